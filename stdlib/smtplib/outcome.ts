/**
 * What a server said to the envelope of one mail, and which error that is.
 *
 * @module
 */

import { adviceOn } from "./advice.ts";
import {
  SMTPDataError,
  type SMTPException,
  SMTPRecipientsRefused,
  SMTPSenderRefused,
  SMTPServerDisconnected,
} from "./errors.ts";
import { isSuccess, showReply } from "./replies.ts";
import type { RecipientReply, SMTPReply } from "./types.ts";

/** So many refused recipients are named in a message. */
const SHOWN = 5;

/** The replies to MAIL and RCPT, as they come. */
export class Outcome {
  /** The recipients that were accepted. */
  readonly accepted: RecipientReply[] = [];
  /** The recipients that were refused. */
  readonly refused: RecipientReply[] = [];
  readonly #peer: string;
  #senderRefused: SMTPSenderRefused | undefined;

  /**
   * Begins before MAIL.
   *
   * @param peer How messages name the server.
   */
  constructor(peer: string) {
    this.#peer = peer;
  }

  /**
   * Takes the reply to MAIL.
   *
   * @param reply The reply.
   * @param sender The address.
   * @param command The command.
   */
  takeSender(reply: SMTPReply, sender: string, command: string): void {
    if (isSuccess(reply)) return;
    this.#senderRefused = new SMTPSenderRefused(
      `${this.#peer} takes no mail from <${sender}>: ${showReply(reply)}${adviceOn(reply)}`,
      { reply, sender, command },
    );
  }

  /**
   * Takes the reply to RCPT.
   *
   * @param reply The reply.
   * @param recipient The address, as it was given.
   */
  takeRecipient(reply: SMTPReply, recipient: string): void {
    (isSuccess(reply) ? this.accepted : this.refused).push({ recipient, ...reply });
  }

  /** Why nobody will get the mail, as far as is known; `undefined` while somebody may. */
  get refusal(): SMTPException | undefined {
    if (this.#senderRefused !== undefined) return this.#senderRefused;
    return this.accepted.length === 0 && this.refused.length > 0
      ? this.recipientsRefused()
      : undefined;
  }

  /**
   * Waits for a step of the dialogue. A server that leaves after a refusal has said
   * why: then the refusal is what is thrown.
   *
   * @param step The step.
   * @returns What it gives.
   */
  async orRefusal<T>(step: Promise<T>): Promise<T> {
    return await step.catch((error) => {
      throw error instanceof SMTPServerDisconnected ? this.refusal ?? error : error;
    });
  }

  /**
   * The error that names the refused recipients.
   *
   * @returns The error; it is not thrown here.
   */
  recipientsRefused(): SMTPRecipientsRefused {
    const { refused: recipients } = this;
    const shown = recipients.slice(0, SHOWN).map((each) => `${each.recipient}: ${showReply(each)}`);
    if (recipients.length > SHOWN) shown.push(`and ${recipients.length - SHOWN} more`);
    const [first] = recipients;
    const advice = first === undefined ? "" : adviceOn(first);
    return new SMTPRecipientsRefused(
      `${this.#peer} takes no mail for any recipient (${shown.join("; ")})${advice}`,
      { recipients },
    );
  }
}

/**
 * The error for a message that was refused.
 *
 * @param peer How messages name the server.
 * @param reply The reply.
 * @param command What it answered.
 * @returns The error; it is not thrown here.
 */
export function dataError(peer: string, reply: SMTPReply, command: string): SMTPDataError {
  return new SMTPDataError(
    `${peer} refuses the message: ${showReply(reply)}${adviceOn(reply)}`,
    { reply, command },
  );
}
