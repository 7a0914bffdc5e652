/**
 * The SMTP client of Python's `smtplib` (RFC 5321, with PIPELINING, SIZE, 8BITMIME,
 * SMTPUTF8, STARTTLS, AUTH and ENHANCEDSTATUSCODES).
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { ReplyConnection } from "../_client/reply_connection.ts";
import { authenticate, login } from "./auth.ts";
import { sessionOf, SMTPCommands } from "./commands.ts";
import { sendmail } from "./sendmail.ts";
import { starttls } from "./starttls.ts";
import type {
  AuthObject,
  AuthOptions,
  MessageSource,
  SendmailOptions,
  SendmailResult,
  SMTPConnectOptions,
  SMTPOptions,
  SMTPReply,
  StarttlsOptions,
} from "./types.ts";

/** The port of servers for servers (RFC 5321 §4.5.4.2). */
export const SMTP_PORT = 25;

/** The port of TLS from the first byte (RFC 8314 §7.3). */
export const SMTP_SSL_PORT = 465;

/** So long a server may take over QUIT when a client is disposed of, in milliseconds. */
const FAREWELL = 5_000;

/**
 * A client of one SMTP server.
 *
 * The constructor does no I/O; {@linkcode connect} opens the connection. Leaving an
 * `await using` block says QUIT and closes. Calls from several tasks are served one
 * after the other. A call that is broken off while an answer is due closes the
 * connection, and later calls say so.
 *
 * @example Send a mail
 * ```ts
 * import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";
 * import { SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
 *
 * await using server = await SMTPServer.start();
 * await using smtp = await SMTP.connect(server.hostname, { port: server.port });
 * await smtp.sendmail("ann@example.org", ["bob@example.org"], "Subject: Hello\n\nHello, Bob!\n");
 * ```
 */
export class SMTP extends SMTPCommands {
  /** The port that {@linkcode connect} takes where none is given. */
  static readonly defaultPort: number = SMTP_PORT;
  /** Whether TLS comes before the first byte. */
  static readonly implicitTls: boolean = false;

  /**
   * Makes a client without a connection.
   *
   * @param options How it connects, waits and greets.
   * @throws {TypeError} If `localHostname` is no domain and no address literal.
   */
  constructor(options: SMTPOptions = {}) {
    super(options, new.target.implicitTls);
  }

  /**
   * Makes a client, connects, begins TLS and logs in, as far as the options ask for it.
   *
   * @param host The server.
   * @param options Port, user, password, and all options of the constructor.
   * @returns The client, ready to send.
   * @throws {SMTPConnectError} If the server greets with other than 220.
   * @throws {SMTPNotSupportedError} If it offers no STARTTLS or AUTH, and needs to.
   * @throws {SMTPAuthenticationError} If it does not accept user and password.
   * @throws {ConnectionError} If it cannot be reached.
   * @throws {SSLCertVerificationError} If its certificate does not hold.
   *
   * @example Submit a mail with user and password, over TLS
   * ```ts ignore
   * import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";
   *
   * await using smtp = await SMTP.connect("mail.example.org", {
   *   port: 587,
   *   user: "ann@example.org",
   *   password: "an app password",
   * });
   * ```
   */
  static async connect<Client extends SMTP>(
    this: new (options?: SMTPOptions) => Client,
    host: string,
    options: SMTPConnectOptions = {},
  ): Promise<Client> {
    const { user, password, signal } = options;
    if ((user === undefined) !== (password === undefined)) {
      throw new TypeError("Cannot log in: give both user and password, or neither");
    }
    const client = new this(options);
    try {
      await client.connect(host, options.port, { signal });
      await client.#secure(options);
      if (user !== undefined && password !== undefined) {
        await client.login(user, password, { signal });
      }
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Connects, and reads the server's greeting.
   *
   * @param host The server; it may bring its port along, as `host:port`.
   * @param port Its port; 25, and 465 for `SMTP_SSL`, where none is given.
   * @param options How long to wait for the greeting.
   * @returns The greeting.
   * @throws {SMTPConnectError} If the server greets with other than 220.
   * @throws {ConnectionError} If it cannot be reached.
   * @throws {SSLCertVerificationError} If its certificate does not hold.
   * @throws {TimeoutError} If it takes too long.
   * @throws {SMTPException} If there is a connection already.
   */
  async connect(
    host = "localhost",
    port?: number,
    options: WaitOptions = {},
  ): Promise<SMTPReply> {
    const { defaultPort } = this.constructor as typeof SMTP;
    const [name, known = defaultPort] = port === undefined ? splitPort(host) : [host, port];
    const target = { host: name, port: known };
    return await sessionOf(this).open(ReplyConnection.open, target, options);
  }

  /**
   * Begins TLS (`STARTTLS`, RFC 3207), greeting first where that was not done. The
   * server's certificate and name are verified. What it said of itself before is
   * forgotten; the next call that needs it greets anew.
   *
   * @param options Whom to trust, and how long to wait; the constructor's where not given.
   * @returns The reply that agreed to it.
   * @throws {SMTPNotSupportedError} If the server does not offer it.
   * @throws {SMTPResponseException} If the server refuses it now.
   * @throws {SSLCertVerificationError} If the certificate does not hold. The connection is closed.
   * @throws {SSLError} If TLS fails, or bytes arrived before it. The connection is closed.
   */
  async starttls(options: StarttlsOptions = {}): Promise<SMTPReply> {
    const session = sessionOf(this);
    return await session.run(() => starttls(session, options), options);
  }

  /**
   * Logs in by PLAIN or LOGIN, what the server offers; greets first where that was
   * not done. User and password are sent as UTF-8, and only over TLS, unless
   * `allowInsecureAuth` was set.
   *
   * @param user The user.
   * @param password The password.
   * @param options How long to wait.
   * @returns The reply: 235, or 503 where the session is logged in already.
   * @throws {SMTPAuthenticationError} If the server does not accept them.
   * @throws {SMTPNotSupportedError} If the server offers no AUTH.
   * @throws {SMTPException} If the connection is not encrypted, or no mechanism fits.
   * @throws {TypeError} If the user or the password is empty or holds NUL.
   */
  async login(user: string, password: string, options: AuthOptions = {}): Promise<SMTPReply> {
    const session = sessionOf(this);
    return await session.run(() => login(session, user, password, options), options);
  }

  /**
   * Authenticates by a mechanism of one's own (RFC 4954). Whether the connection is
   * encrypted is not looked at.
   *
   * @param mechanism Its name, such as `"XOAUTH2"`.
   * @param authobject What answers the challenges.
   * @param options How long to wait.
   * @returns The reply: 235, or 503 where the session is authenticated already.
   * @throws {SMTPAuthenticationError} If the server does not accept it.
   * @throws {SMTPException} If the server's challenges do not end. The connection is closed.
   */
  async auth(
    mechanism: string,
    authobject: AuthObject,
    options: AuthOptions = {},
  ): Promise<SMTPReply> {
    const session = sessionOf(this);
    return await session.run(() => authenticate(session, mechanism, authobject, options), options);
  }

  /**
   * Sends a mail. Greets first where that was not done.
   *
   * Where the server offers PIPELINING, the whole envelope goes out in one write. Where
   * several calls wait in line, that of the next leaves together with the message before
   * it: a mail then takes one round trip instead of two. To break off a call whose envelope
   * went ahead closes the connection, after the mail before it has its reply. The message goes as it is, but for line ends, which become CRLF, and its last line,
   * which is ended. The mail is sent if at least one recipient was accepted. After a
   * refusal the session can be used again.
   *
   * Servers may look at a message for minutes before they take it; RFC 5321
   * §4.5.3.2.6 has clients wait for ten: `timeout: 600_000`.
   *
   * @param from The sender; `""` for none, as bounces have it.
   * @param to The recipients, or one.
   * @param message The message, header and all; leave an array unchanged until it is sent.
   * @param options Parameters of the envelope, and how long to wait.
   * @returns Who will get the mail, and who was refused.
   * @throws {SMTPRecipientsRefused} If every recipient was refused.
   * @throws {SMTPSenderRefused} If the sender was refused.
   * @throws {SMTPDataError} If the message was refused.
   * @throws {SMTPNotSupportedError} If the server cannot take the message or an address as it is.
   * @throws {SMTPServerDisconnected} If there is no connection, or it ends.
   * @throws {TypeError} If an address, a parameter or the message is none; nothing was sent.
   *
   * @example See who was refused
   * ```ts
   * import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";
   * import { SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
   *
   * await using server = await SMTPServer.start();
   * await using smtp = await SMTP.connect(server.hostname, { port: server.port });
   * const message = "From: Ann <ann@example.org>\nSubject: Lunch\n\nAt noon?\n";
   * const { refused } = await smtp.sendmail("ann@example.org", ["bob@example.org"], message);
   * for (const { recipient, code, text } of refused) console.log(recipient, code, text);
   * ```
   */
  async sendmail(
    from: string,
    to: string | readonly string[],
    message: MessageSource,
    options: SendmailOptions = {},
  ): Promise<SendmailResult> {
    return await sendmail(sessionOf(this), from, to, message, options);
  }

  /**
   * Says goodbye (`QUIT`) and closes. The client may connect again.
   *
   * @param options How long to wait.
   * @returns The reply, 221 mostly.
   * @throws {SMTPServerDisconnected} If there is no connection.
   */
  async quit(options: WaitOptions = {}): Promise<SMTPReply> {
    try {
      return await this.docmd("QUIT", "", options);
    } finally {
      this.close();
    }
  }

  /** Closes at once, without a word to the server. May be called again. */
  close(): void {
    sessionOf(this).close();
  }

  /** Says goodbye if there is a connection, waits for the answer a little, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Where another task is in the middle of something, there is no polite moment.
    if (!this.connected || sessionOf(this).line.busy) return this.close();
    try {
      const { timeout = FAREWELL } = sessionOf(this).options;
      await this.quit({ timeout: Math.min(timeout, FAREWELL) });
    } catch (error) {
      // Whatever was sent is sent; that the server leaves without a word does not undo it.
      rethrowIfCancelled(error);
    }
  }

  async #secure({ user, starttls: wanted, allowInsecureAuth, signal }: SMTPConnectOptions) {
    if (this.tls || wanted === false) return;
    const needed = wanted ?? (user !== undefined && !allowInsecureAuth);
    if (!needed) {
      if (user === undefined) return;
      await this.ehloOrHeloIfNeeded({ signal });
      if (!this.hasExtn("starttls")) return;
    }
    await this.starttls({ signal });
  }
}

/** A client of a server that speaks TLS from the first byte (port 465, RFC 8314). */
export class SMTP_SSL extends SMTP {
  /** The port that `connect` takes where none is given. */
  static override readonly defaultPort: number = SMTP_SSL_PORT;
  /** Whether TLS comes before the first byte: it does. */
  static override readonly implicitTls: boolean = true;
}

/** Takes `host:port` apart, and leaves IPv6 addresses alone. */
function splitPort(host: string): [host: string, port: number | undefined] {
  const found = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(host);
  if (found === null) return [host.replace(/^\[(.*)\]$/, "$1"), undefined];
  return [found[1] ?? found[2] ?? "", Number(found[3])];
}
