/**
 * An SMTP server that prints what it gets, as Python's
 * `python -m smtpd -c DebuggingServer -n` did.
 *
 * @module
 */

import type { SMTPServerOptions } from "./options.ts";
import { SMTPServer } from "./server.ts";
import type { Envelope, SMTPSession } from "./types.ts";

/** Options of {@linkcode DebuggingServer}. */
export interface DebuggingServerOptions extends SMTPServerOptions {
  /**
   * Where the lines go.
   *
   * @default {console.log}
   */
  print?: (line: string) => void;
}

/**
 * Prints every message, its control characters escaped, and forgets it.
 *
 * @example Watch what a program sends
 * ```ts
 * import { DebuggingServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
 *
 * await using server = await DebuggingServer.start({ serverName: "mail.example.org" });
 * console.log(`Send to ${server.hostname}:${server.port}`);
 * ```
 */
export class DebuggingServer extends SMTPServer {
  readonly #print: (line: string) => void;

  /**
   * Makes a server that does not listen yet.
   *
   * @param options Those of {@linkcode SMTPServer}, and where to print.
   * @throws {TypeError} If the server's name cannot be a word.
   * @throws {RangeError} If a limit or timeout is no number above 0.
   */
  constructor(options: DebuggingServerOptions = {}) {
    super(options);
    // deno-lint-ignore no-console
    this.#print = options.print ?? ((line) => console.log(line));
  }

  /**
   * Prints the message, between two lines that say so.
   *
   * @param envelope The message.
   * @param session Who sent it: its address is shown behind the header, as X-Peer.
   */
  override processMessage(envelope: Envelope, session: SMTPSession): void {
    const { size, body, smtputf8 } = envelope.mailOptions;
    const options = [
      ...(size === undefined ? [] : [`SIZE=${size}`]),
      ...(body === undefined ? [] : [`BODY=${body}`]),
      ...(smtputf8 ? ["SMTPUTF8"] : []),
    ];
    this.#print("---------- MESSAGE FOLLOWS ----------");
    if (options.length > 0) this.#print(`mail options: ${options.join(" ")}\n`);
    let header = true;
    for (const line of envelope.text.replace(/\r\n$/, "").split("\r\n")) {
      if (header && line === "") {
        this.#print(`X-Peer: ${session.remoteAddress.hostname}`);
        header = false;
      }
      this.#print(visible(line));
    }
    this.#print("------------ END MESSAGE ------------");
  }
}

// A message must not be able to steer the terminal that shows it.
function visible(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
