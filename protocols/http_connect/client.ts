/**
 * A tunnel through an HTTP proxy, the client's side: the request CONNECT
 * (RFC 9110 §9.3.6, RFC 9112 §3.2.3).
 *
 * @module
 */

import { LimitError } from "../errors.ts";
import type { Handshake, HandshakeStep } from "../handshake.ts";
import { checkLimit } from "../limits.ts";
import { decodeLatin1 } from "../text/latin1.ts";
import { quote } from "../text/quote.ts";
import { HttpConnectError, HttpSyntaxError } from "./errors.ts";
import { encodeConnect, type HttpConnectRequest } from "./request.ts";

/** Options of an {@linkcode HttpConnectClient}. */
export interface HttpConnectLimits {
  /**
   * The most bytes in the answer of the proxy, before the tunnel begins.
   *
   * @default {16_384}
   */
  maxHeadBytes?: number;
}

/** The shortest that a head can be: a status line, and an empty line after it. */
const SHORTEST = "HTTP/1.1 200\n\n".length;
const BEGINNING = "HTTP/1.";
const CR = 13;
const LF = 10;

/**
 * Asks an HTTP proxy for a connection.
 *
 * @example A dialogue
 * ```ts
 * import { HttpConnectClient } from "https://tulip.example/protocols/http_connect/client.ts";
 * import assert from "node:assert/strict";
 *
 * const client = new HttpConnectClient({ hostname: "example.org", port: 25 });
 * assert.match(new TextDecoder().decode(client.start()), /^CONNECT example\.org:25 HTTP\/1\.1\r\n/);
 * const answer = "HTTP/1.1 200 Connection established\r\n\r\n";
 * const { consumed } = client.push(new TextEncoder().encode(`${answer}220 ready\r\n`));
 * assert.equal(consumed, answer.length);
 * assert.equal(client.wanted, 0);
 * ```
 */
export class HttpConnectClient implements Handshake {
  readonly #request: Uint8Array;
  readonly #maximum: number;
  readonly #head: Uint8Array;
  #length = 0;
  #lineStart = 0;
  /** Where the head begins that is being read: after those of preliminary answers. */
  #headStart = 0;
  #state: "head" | "done" | "failed" = "head";

  /**
   * Says where to, and as whom.
   *
   * @param request Where the proxy is to connect to, and what else it is told.
   * @param limits What its answer may cost.
   * @throws {TypeError} If the host, a header or the credentials cannot be sent.
   * @throws {RangeError} If the port or a limit is out of range.
   */
  constructor(request: HttpConnectRequest, { maxHeadBytes }: HttpConnectLimits = {}) {
    this.#maximum = checkLimit("maxHeadBytes", maxHeadBytes, 16_384);
    this.#request = encodeConnect(request);
    this.#head = new Uint8Array(this.#maximum);
  }

  /** How many bytes are surely part of the answer and still to come; 0 once it is done. */
  get wanted(): number {
    if (this.#state !== "head") return 0;
    const read = this.#length - this.#headStart;
    if (read < SHORTEST) return SHORTEST - read;
    // In an empty line the next byte, or the one after it, may be the last.
    const inLine = this.#length - this.#lineStart;
    return inLine === 0 || this.#head[this.#length - 1] === CR ? 1 : 2;
  }

  /** What is to be sent first: the whole request. */
  start(): Uint8Array {
    return this.#request;
  }

  /**
   * Takes bytes as they come, in pieces of any size.
   *
   * @param data The bytes.
   * @returns What came of them. What is not consumed came through the tunnel.
   * @throws {HttpSyntaxError} If they are no answer of an HTTP proxy.
   * @throws {LimitError} If the answer is too long.
   * @throws {HttpConnectError} If the proxy does not connect.
   */
  push(data: Uint8Array): HandshakeStep {
    if (this.#state === "failed") throw new HttpSyntaxError("The handshake has failed before");
    let consumed = 0;
    while (this.#state === "head" && consumed < data.length) {
      this.#state = "failed";
      const done = this.#take(data[consumed++]!);
      this.#state = done ? "done" : "head";
    }
    return { consumed };
  }

  /** Takes a byte; whether it is the last of the answer. */
  #take(byte: number): boolean {
    if (this.#length === this.#maximum) {
      throw new LimitError(
        `The answer of a proxy may have ${this.#maximum} bytes, this one sends more`,
        "maxHeadBytes",
        this.#maximum,
      );
    }
    this.#head[this.#length++] = byte;
    const read = this.#length - this.#headStart;
    if (read <= BEGINNING.length && byte !== BEGINNING.charCodeAt(read - 1)) this.#refuseOther();
    if (byte !== LF) return false;
    const line = this.#length - this.#lineStart;
    const empty = line === 1 || line === 2 && this.#head[this.#length - 2] === CR;
    this.#lineStart = this.#length;
    return empty && this.#readHead();
  }

  /** Reads a whole head; whether it is the last. */
  #readHead(): boolean {
    const lines = decodeLatin1(this.#head, this.#headStart, this.#length).split("\n")
      .map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
    const status = readStatus(lines[0]!);
    const challenges = readHeaders(lines.slice(1, -2))
      .filter(([name]) => name === "proxy-authenticate").map(([, value]) => value);
    if (status.status >= 300) {
      const words = `the proxy answers ${status.status} ${quote(status.reason)}`;
      throw new HttpConnectError(words, { ...status, challenges });
    }
    this.#headStart = this.#length;
    // RFC 9110 §15.2: any number of preliminary answers may come before the one that counts.
    return status.status >= 200;
  }

  #refuseOther(): never {
    const start = this.#head.subarray(this.#headStart, this.#length);
    const [first] = start;
    const hint = first === 0x15 || first === 0x16
      ? ". It seems to speak TLS: is it an https proxy?"
      : first === 5 || first === 0
      ? ". It seems to speak SOCKS"
      : "";
    throw new HttpSyntaxError(
      `Expected the answer of an HTTP proxy, got ${quote(decodeLatin1(start))}${hint}`,
    );
  }
}

function readStatus(line: string): { status: number; reason: string } {
  const [, digits, reason = ""] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: (.*))?$/.exec(line) ?? [];
  if (digits === undefined) {
    throw new HttpSyntaxError(`Expected the status line of an HTTP proxy, got ${quote(line)}`);
  }
  return { status: Number(digits), reason };
}

function readHeaders(lines: readonly string[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (const line of lines) {
    const last = headers.at(-1);
    // Old servers fold long lines (RFC 9112 §5.2).
    if (/^[ \t]/.test(line) && last !== undefined) {
      last[1] += ` ${line.trim()}`;
      continue;
    }
    // deno-lint-ignore no-control-regex
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):[ \t]*([^\x00\r]*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new HttpSyntaxError(`Expected a header of an HTTP proxy, got ${quote(line)}`);
    }
    headers.push([name.toLowerCase(), value!.trimEnd()]);
  }
  return headers;
}
