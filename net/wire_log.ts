/**
 * What travels on a connection, for those who want to see it: an option of every
 * connection and server.
 *
 * It shows what a program writes and what it takes, so inside of TLS, and lines
 * where it takes lines. Protocols say what must stay secret; a log never gets it.
 *
 * @module
 */

import { quote } from "../protocols/text/quote.ts";
import type { Address } from "./byte_stream.ts";
import type { TlsInfo } from "./tls/tls.ts";

/** What a log is told of a connection. */
export interface WireEvent {
  /**
   * What has happened: the connection `"opened"`, something was `"sent"` or `"received"`, the peer
   * `"ended"` its direction, `"tls"` began, or the connection was `"closed"`.
   */
  readonly kind: "opened" | "sent" | "received" | "ended" | "tls" | "closed";
  /** When, in milliseconds since 1970. */
  readonly time: number;
  /** Which connection; they are counted from 1 in the whole program. */
  readonly connection: number;
  /** Who we are on it. */
  readonly side: "client" | "server";
  /** This side. */
  readonly localAddress: Address;
  /** The other side. */
  readonly remoteAddress: Address;
  /**
   * What was sent or received: bytes, which are borrowed until the log returns; or text, where it
   * was a line, without its end, or stands in the place of a secret.
   */
  readonly data?: Uint8Array | string;
  /** What is known about the encryption that began. */
  readonly tlsInfo?: TlsInfo;
  /** Why it was closed, if sending had failed. */
  readonly error?: unknown;
}

/** Is told what happens on a connection. It must not throw. */
export type WireLog = (event: WireEvent) => void;

/** Options of {@linkcode wireLogTo}. */
export interface WireLogOptions {
  /**
   * How much of a line, or of bytes that are no text, is shown, in UTF-16 units or bytes.
   *
   * @default {200}
   */
  maxLength?: number;
}

/**
 * Makes a log for people: one line for each line that is sent or received, with its time (UTC), the
 * number of its connection, and who says it, client or server.
 *
 * @param write Takes a line, without its end; `console.error`, for example.
 * @param options How much is shown.
 * @returns The log.
 *
 * @example
 * ```ts
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import { wireLogTo } from "https://tulip.example/net/wire_log.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startServer(async (reader, writer) => {
 *   writer.write(`Hello, ${await reader.nextLine()}\r\n`);
 * });
 *
 * const lines: string[] = [];
 * const wireLog = wireLogTo((line) => lines.push(line));
 * await using connection = await openConnection(server.hostname, server.port, { wireLog });
 * connection.writer.write("Ada\r\n");
 * await connection.reader.nextLine();
 *
 * assert.match(lines[1]!, /^\d\d:\d\d:\d\d\.\d\d\d #\d+ C: Ada$/);
 * assert.match(lines[2]!, /S: Hello, Ada$/);
 * ```
 */
export function wireLogTo(write: (line: string) => void, options: WireLogOptions = {}): WireLog {
  const { maxLength = 200 } = options;
  quote("", maxLength);
  return (event) => {
    const time = new Date(event.time).toISOString().slice(11, 23);
    for (const text of textsOf(event, maxLength)) write(`${time} #${event.connection} ${text}`);
  };
}

function textsOf(event: WireEvent, maxLength: number): string[] {
  const { kind, side, data, remoteAddress: { hostname, port, path }, error } = event;
  const peer = path ?? (hostname === "" ? "memory" : `${hostname} ${port}`);
  switch (kind) {
    case "opened":
      return [`-- ${side === "client" ? "connected to" : "connection from"} ${peer}`];
    case "ended":
      return [`-- ${peer} has ended its direction`];
    case "tls":
      return [`-- TLS${event.tlsInfo?.protocol ? ` (${event.tlsInfo.protocol})` : ""}`];
    case "closed":
      return [`-- closed${error === undefined ? "" : `: ${shown(String(error), maxLength)}`}`];
  }
  const who = (kind === "sent") === (side === "client") ? "C" : "S";
  return linesOf(data!, maxLength).map((line) => `${who}: ${line}`);
}

function linesOf(data: Uint8Array | string, maxLength: number): string[] {
  const text = typeof data === "string" ? data : textOf(data);
  if (text === undefined) return [`<${data.length} bytes>`];
  return text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => shown(line, maxLength));
}

/** Bytes that are text; others are no use to anybody. */
function textOf(data: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(data);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What moves the cursor of a terminal, or forges a line, is escaped. */
function shown(line: string, maxLength: number): string {
  const quoted = quote(line, maxLength);
  const end = quoted.lastIndexOf('"');
  return `${quoted.slice(1, end)}${quoted.slice(end + 1)}`.replaceAll('\\"', '"');
}

const decoder = new TextDecoder("utf-8", { fatal: true });
