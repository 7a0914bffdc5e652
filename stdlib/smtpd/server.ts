/**
 * An SMTP server to embed: to take mail in, and to test what sends it (RFC 5321;
 * SIZE, 8BITMIME, SMTPUTF8, PIPELINING, ENHANCEDSTATUSCODES, AUTH).
 *
 * @module
 */

import { checkTimeout } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { checkLine } from "../../protocols/text/guard.ts";
import type { FrameReplies, StopOptions } from "../_server/command_server.ts";
import { CommandServer } from "../_server/command_server.ts";
import { Conversation, type SMTPSettings } from "./conversation.ts";
import { SMTPReplyError } from "./errors.ts";
import { Mailbox } from "./mailbox.ts";
import { DATA_SIZE_DEFAULT, type SMTPServerOptions } from "./options.ts";
import type { Envelope, SMTPSession } from "./types.ts";

/**
 * An SMTP server. It listens on loopback, on a free port, unless told otherwise.
 *
 * Messages go to the handler's `data` or `message`, else to `onMessage`, else
 * they are collected in {@linkcode SMTPServer.messages}. A subclass may override
 * {@linkcode SMTPServer.processMessage} instead, as in Python.
 *
 * @example Collect messages in a test
 * ```ts
 * import assert from "node:assert/strict";
 * import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";
 * import { SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
 *
 * await using server = await SMTPServer.start();
 * await using smtp = await SMTP.connect(server.hostname, { port: server.port });
 * await smtp.sendmail("ann@example.org", ["bob@example.org"], "Subject: Hi\n\nHello.\n");
 *
 * assert.deepEqual(server.messages[0]?.rcptTos, ["bob@example.org"]);
 * assert.equal(server.messages[0]?.text, "Subject: Hi\r\n\r\nHello.\r\n");
 * ```
 */
export class SMTPServer implements AsyncDisposable, AsyncIterable<Envelope> {
  readonly #options: SMTPServerOptions;
  readonly #settings: SMTPSettings;
  readonly #mailbox: Mailbox;
  #server: CommandServer | undefined;

  /**
   * Makes a server that does not listen yet.
   *
   * @param options What to do with mail, for whom, where, and within which limits.
   * @throws {TypeError} If the server's name cannot be a word.
   * @throws {RangeError} If a limit or timeout is no number above 0.
   */
  constructor(options: SMTPServerOptions = {}) {
    this.#options = options;
    this.#mailbox = new Mailbox(checkLimit("maxCollected", options.maxCollected, 268_435_456));
    this.#settings = settingsOf(
      options,
      (envelope, session) => this.processMessage(envelope, session),
    );
  }

  /**
   * Makes a server and starts it; it is listening when the promise resolves.
   *
   * @param options What to do with mail, for whom, where, and within which limits.
   * @throws {TypeError} If the server's name cannot be a word.
   * @throws {RangeError} If a limit or timeout is no number above 0.
   * @throws {OSError} If the port is taken.
   */
  static async start<Options extends SMTPServerOptions, Kind extends SMTPServer>(
    this: new (options?: Options) => Kind,
    options?: Options,
  ): Promise<Kind> {
    const server = new this(options);
    await server.listen();
    return server;
  }

  /**
   * Begins to listen.
   *
   * @throws {TypeError} If it listens already.
   * @throws {OSError} If the port is taken.
   */
  async listen(): Promise<void> {
    if (this.#server) throw new TypeError("Cannot listen twice");
    let clients = 0;
    this.#server = await CommandServer.start({
      style: "coded",
      encoding: "utf-8",
      replies: REPLIES,
      // A line of AUTH may be longer than a command (RFC 4954 §4).
      maxLineLength: Math.max(this.#settings.maxCommandLength, 12_288),
      open: (channel) => new Conversation(++clients, channel, this.#settings),
    }, this.#options);
  }

  /** The address that it listens on. */
  get hostname(): string {
    return this.#listening.hostname;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listening.port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#listening.connections;
  }

  /** The messages that were collected, in the order of their arrival. */
  get messages(): readonly Envelope[] {
    return this.#mailbox.messages;
  }

  /** Throws the collected messages away. */
  clear(): void {
    this.#mailbox.clear();
  }

  /**
   * Takes a message: gives it to `onMessage`, or collects it. To be overridden; called only where
   * the handler has neither `data` nor `message`.
   *
   * @param envelope The message.
   * @param session Who sent it.
   * @throws {SMTPReplyError} To refuse it.
   */
  processMessage(envelope: Envelope, session: SMTPSession): void | Promise<void> {
    if (this.#options.onMessage) return this.#options.onMessage(envelope, session);
    this.#mailbox.add(envelope);
  }

  /** Gives each collected message, and waits for the next until the server stops. */
  [Symbol.asyncIterator](): AsyncGenerator<Envelope, void, undefined> {
    return this.#mailbox[Symbol.asyncIterator]();
  }

  /** Stops at once, and cuts off whoever is connected. */
  close(): void {
    this.#server?.close();
    this.#mailbox.close();
  }

  /**
   * Stops in good order: 421 to whoever waits, and time for messages that are coming in.
   *
   * @param options How much time.
   */
  async stop(options?: StopOptions): Promise<void> {
    await this.#server?.stop(options);
    this.#mailbox.close();
  }

  /** Stops in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #listening(): CommandServer {
    if (!this.#server) throw new TypeError("The server does not listen yet: call listen()");
    return this.#server;
  }
}

const REPLIES: FrameReplies = {
  closing: new SMTPReplyError(421, "Service closing", "4.3.2"),
  crowded: new SMTPReplyError(421, "Too many connections", "4.3.2"),
  silent: new SMTPReplyError(421, "Too long silent, closing", "4.4.2"),
  tooManyErrors: new SMTPReplyError(421, "Too many errors, closing", "4.7.0"),
  longLine: new SMTPReplyError(500, "Line too long", "5.5.6"),
  endlessLine: new SMTPReplyError(421, "Line too long, closing", "4.5.0"),
  failed: new SMTPReplyError(451, "Local error", "4.3.0"),
};

function settingsOf(
  options: SMTPServerOptions,
  take: SMTPSettings["take"],
): SMTPSettings {
  const { handler = {}, serverName = "localhost" } = options;
  checkLine("serverName", serverName);
  if (!/^[!-~]+$/.test(serverName)) throw new TypeError("Cannot use a serverName with spaces");
  return {
    handler,
    take: handler.message ? (envelope, session) => handler.message?.(session, envelope) : take,
    authenticate: options.authenticate,
    allowInsecureAuth: options.allowInsecureAuth ?? false,
    authRequired: options.authRequired ?? false,
    serverName,
    maxCommandLength: checkLimit("maxCommandLength", options.maxCommandLength, 2048),
    maxMessageSize: checkLimit("maxMessageSize", options.maxMessageSize, DATA_SIZE_DEFAULT),
    maxRecipients: checkLimit("maxRecipients", options.maxRecipients, 1000),
    maxLoginFailures: checkLimit("maxLoginFailures", options.maxLoginFailures, 3),
    bareNewlines: options.bareNewlines ?? "reject",
    timeout: checkTimeout(options.timeout, 300_000),
  };
}
