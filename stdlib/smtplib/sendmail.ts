/**
 * One mail from one sender to many recipients (RFC 5321 §3.3), in as few round
 * trips as the server allows: MAIL, every RCPT and DATA in one write where it
 * offers PIPELINING (RFC 2920), and that right behind the message before, where
 * mails wait in line.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { ConnectionError } from "../../net/errors.ts";
import { type Body, bodyOf, giveUp, writeBody } from "./body.ts";
import { type Envelope, type EnvelopeCommands, envelopeCommands, envelopeOf } from "./envelope.ts";
import type { SMTPException } from "./errors.ts";
import { dataError, Outcome } from "./outcome.ts";
import { isSuccess } from "./replies.ts";
import type { Session } from "./session.ts";
import type { MessageSource, SendmailOptions, SendmailResult, SMTPReply } from "./types.ts";

/**
 * Sends one mail.
 *
 * @param session Whose.
 * @param from The sender.
 * @param to The recipients.
 * @param message The message.
 * @param options Parameters, and how long to wait.
 * @returns Who will get it, and who not.
 */
export async function sendmail(
  session: Session,
  from: string,
  to: string | readonly string[],
  message: MessageSource,
  options: SendmailOptions,
): Promise<SendmailResult> {
  const envelope = envelopeOf(from, to, options);
  if (envelope.recipients.length === 0) {
    throw new TypeError("Cannot send to nobody: need at least one recipient");
  }
  return await withBody(bodyOf(message, options.size), (body) =>
    session.run(
      async () => {
        await session.greet(options);
        return await transact(session, envelope, body, options);
      },
      options,
      {
        ahead: () => commandsAhead(session, envelope, body),
        prepare: () => body.prepare?.(),
      },
    ));
}

/**
 * Sends a message for which the envelope was given already.
 *
 * @param session Whose.
 * @param message The message.
 * @param options How long to wait.
 * @returns The last reply, whatever its code.
 */
export async function data(
  session: Session,
  message: MessageSource,
  options: WaitOptions,
): Promise<SMTPReply> {
  return await withBody(bodyOf(message), (body) =>
    session.run(async () => {
      const go = await session.ask("DATA", options);
      if (go.code !== 354) throw dataError(session.line.peer, go, "DATA");
      return await deliver(session, body, options);
    }, options));
}

/** Whatever becomes of a message, its source is told when no more of it is wanted, and why. */
async function withBody<T>(body: Body, send: (body: Body) => Promise<T>): Promise<T> {
  let fault: unknown;
  try {
    return await send(body);
  } catch (error) {
    fault = error;
    throw error;
  } finally {
    giveUp(body, fault);
  }
}

async function transact(
  session: Session,
  envelope: Envelope,
  body: Body,
  options: SendmailOptions,
): Promise<SendmailResult> {
  const commands = envelopeCommands(session, envelope, body);
  const { mail, recipients } = commands;
  const { line, pipelined } = session;
  const { peer } = line;
  const outcome = new Outcome(peer);
  if (pipelined && !line.takeOver()) line.send(batch(commands));
  const speak = (command: string) =>
    outcome.orRefusal(pipelined ? session.reply(options) : session.ask(command, options));
  // A batch is answered in full: where it is refused, the rest is read all the same.
  const giveUpNow = (reply: SMTPReply) => !pipelined || reply.code === 421;

  const begun = await speak(mail);
  outcome.takeSender(begun, envelope.sender?.text ?? "", mail);
  if (outcome.refusal && giveUpNow(begun)) throw await reset(session, outcome.refusal, options);
  for (const { recipient, command } of recipients) {
    const reply = await speak(command);
    outcome.takeRecipient(reply, recipient);
    if (reply.code === 421) throw outcome.refusal ?? outcome.recipientsRefused();
  }
  const { refusal, accepted, refused } = outcome;
  if (refusal && !pipelined) throw await reset(session, refusal, options);

  const go = await speak("DATA");
  if (refusal) {
    // Some servers say 354 even so. An empty message is what they then must be given (RFC 2920 §3.1).
    if (go.code === 354) await outcome.orRefusal(deliverNothing(session, options));
    throw await reset(session, refusal, options);
  }
  if (go.code !== 354) throw await reset(session, dataError(peer, go, "DATA"), options);
  const reply = await deliver(session, body, options);
  if (isSuccess(reply)) return { accepted, refused, reply };
  const error = dataError(peer, reply, "the message");
  // The end of a message ends its transaction; RSET would fall into the next one.
  throw line.sentAhead ? error : await reset(session, error, options);
}

/** What may go out before the turn of a mail. What is wrong with it is told at its turn. */
function commandsAhead(session: Session, envelope: Envelope, body: Body): string[] | undefined {
  if (!session.greeted || !session.pipelined) return undefined;
  try {
    return batch(envelopeCommands(session, envelope, body));
  } catch {
    return undefined;
  }
}

function batch({ mail, recipients }: EnvelopeCommands): string[] {
  return [mail, ...recipients.map(({ command }) => command), "DATA"];
}

async function deliver(session: Session, body: Body, options: WaitOptions): Promise<SMTPReply> {
  const { line } = session;
  line.expect("the message");
  try {
    const refuseEightBit = session.features?.has("8bitmime") ? undefined : line.peer;
    await writeBody(line.connection.writer, body, {
      signal: options.signal,
      timeout: options.timeout,
      refuseEightBit,
      writeLast: (pieces) => line.writeLast(pieces),
    });
  } catch (error) {
    rethrowIfCancelled(error, options.signal);
    // A server that has enough closes before the end, but not without a word of why.
    if (!(error instanceof ConnectionError)) throw error;
  }
  return await session.reply(options, line);
}

async function deliverNothing(session: Session, options: WaitOptions): Promise<void> {
  session.line.expect("the empty message");
  session.line.connection.writer.write(".\r\n");
  await session.reply(options);
}

/** Has the server forget the transaction. That it does not do so shows in the next call. */
async function reset<E extends SMTPException>(
  session: Session,
  refusal: E,
  options: WaitOptions,
): Promise<E> {
  try {
    await session.ask("RSET", options);
  } catch (error) {
    rethrowIfCancelled(error, options.signal);
  }
  return refusal;
}
