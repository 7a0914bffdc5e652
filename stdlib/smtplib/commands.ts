/**
 * The commands of SMTP, one method for each (RFC 5321 §4.1.1): what `SMTP` offers
 * below `sendmail`, `login` and `starttls`.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { envelopeAddress } from "../../protocols/smtp/address.ts";
import { command } from "../../protocols/smtp/commands.ts";
import type { DebugLine } from "../_client/reply_options.ts";
import { envelopeCommands, envelopeOf } from "./envelope.ts";
import { SMTPException, SMTPNotSupportedError } from "./errors.ts";
import { data } from "./sendmail.ts";
import { Session } from "./session.ts";
import type { MessageSource, SMTPOptions, SMTPReply } from "./types.ts";

/** Gives the state of a client to the other files of this module. */
export let sessionOf: (client: SMTPCommands) => Session;

/** The message is not known yet when MAIL and RCPT are said one by one. */
const NO_BODY = { size: undefined, eightBit: false };

/**
 * The commands that `SMTP` and `SMTP_SSL` share. Each method resolves with the
 * server's reply, whatever its code, as in Python.
 */
export abstract class SMTPCommands {
  readonly #session: Session;

  static {
    sessionOf = (client) => client.#session;
  }

  /**
   * Makes a client without a connection.
   *
   * @param options How it connects, waits and greets.
   * @param implicitTls Whether TLS comes before the first byte.
   */
  constructor(options: SMTPOptions, implicitTls: boolean) {
    this.#session = new Session(options, implicitTls);
  }

  /** Whether there is a connection that was not closed, as far as is known. */
  get connected(): boolean {
    return this.#session.connected;
  }

  /** Whether what is sent travels encrypted. */
  get tls(): boolean {
    return this.#session.tls;
  }

  /** What the server answered to HELO, lines joined by `\n`; `undefined` before. */
  get heloResp(): string | undefined {
    return this.#session.heloResp;
  }

  /** What the server answered to EHLO, lines joined by `\n`; `undefined` before. */
  get ehloResp(): string | undefined {
    return this.#session.ehloResp;
  }

  /** Whether the server has accepted EHLO. */
  get doesEsmtp(): boolean {
    return this.#session.features !== undefined;
  }

  /** The server's extensions by lower-case name, with their parameters; empty before EHLO. */
  get esmtpFeatures(): ReadonlyMap<string, string> {
    return this.#session.features ?? new Map();
  }

  /**
   * Tells whether the server named an extension in its answer to EHLO.
   *
   * @param name The extension, such as `"size"`, in any case.
   * @returns Whether it did.
   */
  hasExtn(name: string): boolean {
    return this.esmtpFeatures.has(name.toLowerCase());
  }

  /**
   * Shows the dialogue from now on, passwords masked; messages are left out. Python
   * takes a level; here it is who gets to see the lines.
   *
   * @param debug Called with every line sent and received; `undefined` for nobody.
   */
  setDebuglevel(debug: ((line: DebugLine) => void) | undefined): void {
    this.#session.debug = debug;
  }

  /**
   * Greets with `EHLO`, and learns what the server can do.
   *
   * @param name What to call oneself; the option `localHostname`, or the local address, if not given.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the name is no domain and no address literal.
   */
  ehlo(name?: string, options: WaitOptions = {}): Promise<SMTPReply> {
    return this.#run(() => this.#session.ehlo(name, options), options);
  }

  /**
   * Greets with `HELO`, for servers that know no extensions.
   *
   * @param name What to call oneself; the option `localHostname`, or the local address, if not given.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the name is no domain and no address literal.
   */
  helo(name?: string, options: WaitOptions = {}): Promise<SMTPReply> {
    return this.#run(() => this.#session.helo(name, options), options);
  }

  /**
   * Greets, unless that was done: with `EHLO`, and where it is refused, with `HELO`.
   *
   * @param options How long to wait.
   * @throws {SMTPHeloError} If the server accepts neither.
   */
  ehloOrHeloIfNeeded(options: WaitOptions = {}): Promise<void> {
    return this.#run(() => this.#session.greet(options), options);
  }

  /**
   * Begins a mail (`MAIL FROM`).
   *
   * @param sender The sender; `""` for none, as bounces have it.
   * @param params Parameters, such as `["SIZE=1024"]`.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the address or a parameter is none.
   * @throws {SMTPNotSupportedError} If the server cannot take the address or a parameter.
   */
  async mail(
    sender: string,
    params: readonly string[] = [],
    options: WaitOptions = {},
  ): Promise<SMTPReply> {
    const envelope = envelopeOf(sender, [], { mailOptions: params });
    return await this.#run(() => {
      const { mail } = envelopeCommands(this.#session, envelope, NO_BODY);
      return this.#session.ask(mail, options);
    }, options);
  }

  /**
   * Names a recipient of the mail that was begun (`RCPT TO`).
   *
   * @param recipient The recipient.
   * @param params Parameters, such as `["NOTIFY=NEVER"]`.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the address or a parameter is none.
   * @throws {SMTPNotSupportedError} If the server cannot take the address.
   */
  async rcpt(
    recipient: string,
    params: readonly string[] = [],
    options: WaitOptions = {},
  ): Promise<SMTPReply> {
    const envelope = envelopeOf("", [recipient], { rcptOptions: params });
    return await this.#run(() => {
      const { recipients } = envelopeCommands(this.#session, envelope, NO_BODY);
      return this.#session.ask(recipients[0]!.command, options);
    }, options);
  }

  /**
   * Sends the message of the mail that was begun (`DATA`): dots stuffed, line ends made CRLF.
   *
   * @param message The message, header and all.
   * @param options How long to wait.
   * @returns The server's last word: 250 if it took the message.
   * @throws {SMTPDataError} If the server does not want the message to be sent.
   */
  data(message: MessageSource, options: WaitOptions = {}): Promise<SMTPReply> {
    return data(this.#session, message, options);
  }

  /**
   * Gives up the mail that was begun (`RSET`).
   *
   * @param options How long to wait.
   * @returns The reply.
   */
  rset(options: WaitOptions = {}): Promise<SMTPReply> {
    return this.docmd("RSET", "", options);
  }

  /**
   * Does nothing (`NOOP`), and so shows whether the server is still there.
   *
   * @param options How long to wait.
   * @returns The reply.
   */
  noop(options: WaitOptions = {}): Promise<SMTPReply> {
    return this.docmd("NOOP", "", options);
  }

  /**
   * Asks for help (`HELP`).
   *
   * @param topic What about.
   * @param options How long to wait.
   * @returns The reply; its `text` is the help.
   */
  help(topic = "", options: WaitOptions = {}): Promise<SMTPReply> {
    return this.docmd("HELP", topic, options);
  }

  /**
   * Asks whether an address exists (`VRFY`). Most servers do not tell: 252.
   *
   * @param address The address.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If it is no address.
   */
  verify(address: string, options: WaitOptions = {}): Promise<SMTPReply> {
    return this.#askAbout("VRFY", address, options);
  }

  /**
   * The short name of {@linkcode verify}.
   *
   * @param address The address.
   * @param options How long to wait.
   * @returns The reply.
   */
  vrfy(address: string, options: WaitOptions = {}): Promise<SMTPReply> {
    return this.verify(address, options);
  }

  /**
   * Asks who is on a mailing list (`EXPN`).
   *
   * @param address The list.
   * @param options How long to wait.
   * @returns The reply; each of its `lines` is a member.
   * @throws {TypeError} If it is no address.
   */
  expn(address: string, options: WaitOptions = {}): Promise<SMTPReply> {
    return this.#askAbout("EXPN", address, options);
  }

  /**
   * Sends a command of one's own and reads the reply.
   *
   * @param verb The command.
   * @param args What follows it.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If it holds CR, LF or another control character.
   */
  async docmd(verb: string, args = "", options: WaitOptions = {}): Promise<SMTPReply> {
    const line = command(verb, args);
    return await this.#run(() => this.#session.ask(line, options), options);
  }

  /**
   * Sends a command of one's own, and leaves its reply to {@linkcode getreply}.
   * Until that was called, no other call goes through.
   *
   * @param verb The command.
   * @param args What follows it.
   * @throws {TypeError} If it holds CR, LF or another control character.
   * @throws {SMTPException} If another call has the connection now.
   */
  putcmd(verb: string, args = ""): void {
    const { line } = this.#session;
    const text = command(verb, args);
    if (line.busy) {
      throw new SMTPException("Cannot send a command: another call is using the connection", {
        origin: "usage",
      });
    }
    line.send(text);
  }

  /**
   * Reads the reply to a command that {@linkcode putcmd} sent.
   *
   * @param options How long to wait.
   * @returns The reply.
   * @throws {SMTPException} If no reply is to come.
   */
  async getreply(options: WaitOptions = {}): Promise<SMTPReply> {
    const { line } = this.#session;
    return await line.exclusive(() => {
      if (line.outstanding > 0 || line.closed) return this.#session.reply(options);
      throw new SMTPException("Cannot read a reply: no command is waiting for one", {
        origin: "usage",
      });
    }, options);
  }

  #run<T>(body: () => Promise<T>, options: WaitOptions): Promise<T> {
    return this.#session.run(body, options);
  }

  async #askAbout(
    verb: "VRFY" | "EXPN",
    address: string,
    options: WaitOptions,
  ): Promise<SMTPReply> {
    const mailbox = envelopeAddress(address);
    if (mailbox === null) throw new TypeError(`Cannot ask ${verb} about an empty address`);
    return await this.#run(() => {
      if (!mailbox.utf8) return this.#session.ask(command(verb, mailbox.text), options);
      if (this.hasExtn("smtputf8")) {
        return this.#session.ask(command(verb, `${mailbox.text} SMTPUTF8`), options);
      }
      throw new SMTPNotSupportedError(
        `The address <${mailbox.text}> is not ASCII, and the server does not offer SMTPUTF8`,
      );
    }, options);
  }
}
