/**
 * What an SMTP client knows of its session, and how it speaks: one connection,
 * the state that EHLO gave, one exchange after the other.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Address } from "../../net/byte_stream.ts";
import { heloCommand } from "../../protocols/smtp/commands.ts";
import { parseEhlo } from "../../protocols/smtp/ehlo.ts";
import { isIPv4, isIPv6, unmapped } from "../../protocols/text/ip.ts";
import type { DebugLine, SendOptions } from "../_client/reply_options.ts";
import type { ReplyConnection } from "../_client/reply_connection.ts";
import type { ReplyFault } from "../_client/reply_fault.ts";
import type { Turn } from "../_client/turns.ts";
import { adviceOn, explainConnectFailure } from "./advice.ts";
import {
  SMTPConnectError,
  SMTPException,
  SMTPHeloError,
  SMTPServerDisconnected,
} from "./errors.ts";
import { isSuccess, showReply, toSMTPReply } from "./replies.ts";
import type { SMTPOptions, SMTPReply } from "./types.ts";

/** The state of one client. Its functions speak without asking for a turn, but {@linkcode run}. */
export class Session {
  /** What the client was made with. */
  readonly options: SMTPOptions;
  /** Whether TLS comes before the first byte. */
  readonly implicitTls: boolean;
  /** The text of the last reply to HELO. */
  heloResp: string | undefined;
  /** The text of the last reply to EHLO. */
  ehloResp: string | undefined;
  /** The extensions that EHLO named, in lower case; `undefined` where the server does no ESMTP. */
  features: ReadonlyMap<string, string> | undefined;
  #line: ReplyConnection | undefined;
  #debug: ((line: DebugLine) => void) | undefined;
  #opening: AbortController | undefined;
  #greeted = false;

  /**
   * Begins without a connection.
   *
   * @param options What the client was made with.
   * @param implicitTls Whether TLS comes before the first byte.
   */
  constructor(options: SMTPOptions, implicitTls: boolean) {
    if (options.localHostname !== undefined) heloCommand("EHLO", options.localHostname);
    this.options = options;
    this.#debug = options.debug;
    this.implicitTls = implicitTls;
  }

  /** The connection. */
  get line(): ReplyConnection {
    if (this.#line === undefined) {
      throw new SMTPServerDisconnected("Not connected to a server: call connect() first", {
        origin: "usage",
      });
    }
    return this.#line;
  }

  /** Who sees the lines that are sent and received. */
  set debug(debug: ((line: DebugLine) => void) | undefined) {
    this.#debug = debug;
    if (this.#line !== undefined) this.#line.debug = debug;
  }

  /** Whether there is a connection, and it was not closed. */
  get connected(): boolean {
    return this.#line?.closed === false;
  }

  /** Whether the connection is encrypted. */
  get tls(): boolean {
    return this.#line?.connection.tls ?? false;
  }

  /** Whether the server was greeted. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Whether commands are sent in one write. */
  get pipelined(): boolean {
    return this.options.pipelining !== false && this.features?.has("pipelining") === true;
  }

  /**
   * Connects, and reads the greeting.
   *
   * @param connect What connects.
   * @param target The server and its port.
   * @param options How long to wait.
   * @returns The greeting.
   */
  async open(
    connect: typeof ReplyConnection.open,
    target: { readonly host: string; readonly port: number },
    options: WaitOptions,
  ): Promise<SMTPReply> {
    if (this.connected || this.#opening !== undefined) {
      throw new SMTPException("Cannot connect: there is a connection already. Call quit() first", {
        origin: "usage",
      });
    }
    this.forget();
    const opening = this.#opening = new AbortController();
    const { signal = opening.signal } = options;
    return await this.#open(connect, target, {
      ...options,
      signal: AbortSignal.any([signal, opening.signal]),
    }).catch((error) => {
      this.#line?.close();
      throw explainConnectFailure(error, { port: target.port, tls: this.implicitTls });
    }).finally(() => this.#opening = undefined);
  }

  /**
   * Has the connection for itself while `body` runs.
   *
   * @param body What to do.
   * @param options What ends the wait for one's turn.
   * @param early Gives the commands that may go out before it, and prepares them and the rest.
   * @returns What `body` returns.
   */
  async run<T>(
    body: () => Promise<T>,
    { signal, timeout }: WaitOptions,
    early: Pick<Turn, "ahead" | "prepare"> = {},
  ): Promise<T> {
    const { line } = this;
    return await line.exclusive(() => {
      if (line !== this.#line) {
        throw new SMTPServerDisconnected(
          `The connection to ${line.peer} was closed on our side before the call had its turn`,
          { origin: "usage" },
        );
      }
      if (line.outstanding > 0) {
        throw new SMTPException(
          "Cannot go on: putcmd() sent a command whose reply getreply() did not read yet",
          { origin: "usage" },
        );
      }
      return body();
    }, { signal, timeout, ...early });
  }

  /**
   * Sends a command and reads the reply.
   *
   * @param command The command.
   * @param options How long to wait, and whether the line is secret.
   * @param line On which connection, as for {@linkcode reply}.
   * @returns The reply.
   */
  async ask(
    command: string,
    options: WaitOptions & SendOptions,
    line: ReplyConnection = this.line,
  ): Promise<SMTPReply> {
    line.send(command, options);
    return await this.reply(options, line);
  }

  /**
   * Reads the next reply.
   *
   * @param options How long to wait.
   * @param line On which connection: where something of the caller's ran since it asked, it may
   * have closed that one and opened another.
   * @returns The reply.
   */
  async reply(options: WaitOptions, line: ReplyConnection = this.line): Promise<SMTPReply> {
    return toSMTPReply(line.takeReply() ?? await line.readReply(options));
  }

  /**
   * Says EHLO, and learns what the server can do (RFC 5321 §4.1.1.1).
   *
   * @param name The name to greet with.
   * @param options How long to wait.
   * @returns The reply.
   */
  async ehlo(name: string | undefined, options: WaitOptions): Promise<SMTPReply> {
    this.features = undefined;
    this.#greeted = false;
    const reply = await this.ask(heloCommand("EHLO", this.#name(name)), options);
    this.ehloResp = reply.lines.join("\n");
    this.#greeted = isSuccess(reply);
    if (reply.code === 250) this.features = parseEhlo(reply).features;
    return reply;
  }

  /**
   * Says HELO, as before ESMTP.
   *
   * @param name The name to greet with.
   * @param options How long to wait.
   * @returns The reply.
   */
  async helo(name: string | undefined, options: WaitOptions): Promise<SMTPReply> {
    const reply = await this.ask(heloCommand("HELO", this.#name(name)), options);
    this.heloResp = reply.lines.join("\n");
    this.#greeted = isSuccess(reply);
    return reply;
  }

  /**
   * Greets, unless that was done: by EHLO, and where the server does not know it, by HELO.
   *
   * @param options How long to wait.
   * @throws {SMTPHeloError} If the server accepts neither.
   */
  async greet(options: WaitOptions): Promise<void> {
    if (this.#greeted) return;
    let command = "EHLO";
    let reply = await this.ehlo(undefined, options);
    if (!isSuccess(reply) && reply.code !== 421) {
      command = "HELO";
      reply = await this.helo(undefined, options);
    }
    if (isSuccess(reply)) return;
    throw new SMTPHeloError(
      `${this.line.peer} accepts no greeting: ${showReply(reply)}${adviceOn(reply)}`,
      { reply, command },
    );
  }

  /** Forgets what the server said of itself, as TLS demands (RFC 3207 §4.2). */
  forget(): void {
    this.heloResp = undefined;
    this.ehloResp = undefined;
    this.features = undefined;
    this.#greeted = false;
  }

  /** Closes at once. */
  close(): void {
    this.#opening?.abort(
      new SMTPServerDisconnected("The connection was closed on our side", { origin: "usage" }),
    );
    this.#line?.close();
    this.forget();
  }

  async #open(
    connect: typeof ReplyConnection.open,
    { host, port }: { readonly host: string; readonly port: number },
    options: WaitOptions,
  ): Promise<SMTPReply> {
    this.#line = await connect(host, port, {
      ...this.options,
      ...options,
      tls: this.implicitTls,
      style: "coded",
      errorFor: toException,
      debug: this.#debug,
    });
    const greeting = toSMTPReply(await this.#line.readReply(options));
    if (greeting.code === 220) return greeting;
    throw new SMTPConnectError(
      `${this.#line.peer} does not want to talk: ${showReply(greeting)}${adviceOn(greeting)}`,
      { reply: greeting, command: "the connection" },
    );
  }

  #name(given: string | undefined): string {
    return given ?? this.options.localHostname ?? addressLiteral(this.line.connection.localAddress);
  }
}

// An address literal is always true and costs no look-up; the name of a machine
// behind a router is mostly neither (RFC 5321 §4.1.4).
function addressLiteral({ hostname }: Address): string {
  const [ip = ""] = unmapped(hostname).split("%");
  if (isIPv6(ip)) return `[IPv6:${ip}]`;
  return isIPv4(ip) ? `[${ip}]` : "[127.0.0.1]";
}

function toException({ kind, message, origin, cause }: ReplyFault): SMTPException {
  const Exception = kind === "protocol" ? SMTPException : SMTPServerDisconnected;
  return new Exception(message, { origin, cause });
}
