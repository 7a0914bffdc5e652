/**
 * The envelope of a mail: sender and recipients, and what a server must know to
 * take them as they are (SIZE, RFC 1870; 8BITMIME, RFC 6152; SMTPUTF8, RFC 6531).
 *
 * @module
 */

import { asciiDomain, envelopeAddress, type Mailbox } from "../../protocols/smtp/address.ts";
import { mailCommand, rcptCommand } from "../../protocols/smtp/commands.ts";
import { checkParameterWord } from "../../protocols/smtp/parameters.ts";
import { type Body, eightBitError } from "./body.ts";
import { SMTPNotSupportedError } from "./errors.ts";
import type { Session } from "./session.ts";
import type { SendmailOptions } from "./types.ts";

/** Who sends to whom, checked; nothing was said to the server yet. */
export interface Envelope {
  /** The sender; `null` for none, as bounces have it. */
  readonly sender: Mailbox | null;
  /** The recipients, as they were given and as they are. */
  readonly recipients: readonly { readonly given: string; readonly mailbox: Mailbox }[];
  /** What the caller wants to say with MAIL. */
  readonly mailOptions: readonly string[];
  /** What the caller wants to say with every RCPT. */
  readonly rcptOptions: readonly string[];
}

/** The commands that give an envelope to the server. */
export interface EnvelopeCommands {
  /** The MAIL command. */
  readonly mail: string;
  /** The RCPT command of each recipient. */
  readonly recipients: readonly { readonly recipient: string; readonly command: string }[];
}

/**
 * Checks the addresses and parameters of a mail.
 *
 * @param from The sender; `""` or `"<>"` for none.
 * @param to The recipients.
 * @param options Parameters of MAIL and RCPT.
 * @returns The envelope.
 * @throws {TypeError} If an address or a parameter is none.
 */
export function envelopeOf(
  from: string,
  to: string | readonly string[],
  { mailOptions = [], rcptOptions = [] }: SendmailOptions,
): Envelope {
  const given = typeof to === "string" ? [to] : to;
  for (const word of [...mailOptions, ...rcptOptions]) checkParameterWord(word);
  return {
    sender: envelopeAddress(from),
    recipients: given.map((each) => ({ given: each, mailbox: recipientOf(each) })),
    mailOptions,
    rcptOptions,
  };
}

/**
 * Writes the commands for a server, in its extensions.
 *
 * @param session The session, after EHLO.
 * @param envelope The envelope.
 * @param body What is known of the message.
 * @returns The commands.
 * @throws {SMTPNotSupportedError} If the server cannot take the addresses or the message as they are.
 */
export function envelopeCommands(
  session: Session,
  { sender, recipients, mailOptions, rcptOptions }: Envelope,
  body: Pick<Body, "size" | "eightBit">,
): EnvelopeCommands {
  const { features } = session;
  const said = new Set(mailOptions.map(keywordOf));
  const words = [...mailOptions];
  if (body.size !== undefined && features?.has("size") && !said.has("SIZE")) {
    words.push(`SIZE=${body.size}`);
  }
  if (body.eightBit !== false && !said.has("BODY")) {
    if (features?.has("8bitmime")) words.push("BODY=8BITMIME");
    else if (body.eightBit) throw eightBitError(session.line.peer);
  }
  const mailboxes = recipients.map(({ mailbox }) => mailbox);
  if (needsUtf8(session, [sender, ...mailboxes]) && !said.has("SMTPUTF8")) words.push("SMTPUTF8");
  checkOffered(session, words, rcptOptions);
  return {
    mail: mailCommand(sender && speakable(session, sender), words),
    recipients: recipients.map(({ given, mailbox }) => ({
      recipient: given,
      command: rcptCommand(speakable(session, mailbox), rcptOptions),
    })),
  };
}

/** Tells whether an address is left that only SMTPUTF8 can say. */
function needsUtf8({ features }: Session, mailboxes: readonly (Mailbox | null)[]): boolean {
  return features?.has("smtputf8") === true && mailboxes.some((mailbox) => mailbox?.utf8 === true);
}

/** Writes a mailbox so that the server can read it: its domain in ASCII where that is all it takes. */
function speakable({ features, line }: Session, mailbox: Mailbox): Mailbox {
  if (!mailbox.utf8 || features?.has("smtputf8")) return mailbox;
  const at = mailbox.text.lastIndexOf("@");
  const local = mailbox.text.slice(0, at);
  const domain = asciiDomain(mailbox.domain);
  // deno-lint-ignore no-control-regex
  if (at < 0 || domain === undefined || /[^\x00-\x7f]/.test(local)) {
    throw new SMTPNotSupportedError(
      `The address <${mailbox.text}> is not ASCII, and ${line.peer} does not offer SMTPUTF8`,
    );
  }
  return { ...mailbox, text: `${local}@${domain}`, domain, utf8: false };
}

function checkOffered(
  { features, line }: Session,
  mailWords: readonly string[],
  rcptWords: readonly string[],
): void {
  if (features === undefined && mailWords.length + rcptWords.length > 0) {
    throw new SMTPNotSupportedError(
      `${line.peer} speaks plain SMTP, without parameters: cannot say ${
        [...mailWords, ...rcptWords].join(" ")
      }`,
    );
  }
  for (const word of mailWords) {
    const extension = EXTENSION_OF[word.toUpperCase()];
    if (extension !== undefined && !features?.has(extension.toLowerCase())) {
      throw new SMTPNotSupportedError(
        `${line.peer} does not offer ${extension}: cannot say ${word}`,
      );
    }
  }
}

/** Parameters that change how the server reads what follows; others it refuses itself. */
const EXTENSION_OF: Readonly<Record<string, string>> = {
  "SMTPUTF8": "SMTPUTF8",
  "BODY=8BITMIME": "8BITMIME",
  "BODY=BINARYMIME": "BINARYMIME",
  "REQUIRETLS": "REQUIRETLS",
};

function keywordOf(word: string): string {
  return word.split("=", 1)[0]?.toUpperCase() ?? "";
}

function recipientOf(text: string): Mailbox {
  const mailbox = envelopeAddress(text);
  if (mailbox === null) throw new TypeError("Cannot send to an empty address");
  return mailbox;
}
