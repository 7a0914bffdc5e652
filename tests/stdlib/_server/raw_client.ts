/**
 * A client that sends what it is told, byte by byte if need be, and reads replies as text.
 *
 * @module
 */

import type { Connection } from "../../../net/streams/connection.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { ConnectionError } from "../../../net/errors.ts";
import type { Dial } from "../../../net/byte_stream.ts";

/** Where a server listens. */
export interface Listening {
  readonly hostname: string;
  readonly port: number;
}

/** How to reach it. */
export interface RawOptions {
  dial?: Dial;
  /** The longest silence, in milliseconds. */
  timeout?: number;
}

export class RawClient implements AsyncDisposable {
  readonly connection: Connection;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  static async connect(server: Listening, options: RawOptions = {}): Promise<RawClient> {
    const { dial, timeout = 5000 } = options;
    return new RawClient(await openConnection(server.hostname, server.port, { dial, timeout }));
  }

  /** Connects, and passes over the greeting. */
  static async greeted(server: Listening, options: RawOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(server, options);
    await client.reply();
    return client;
  }

  send(data: string | Uint8Array): void {
    this.connection.writer.write(data);
  }

  /** The next reply, its lines joined by "\n"; `null` once the server has closed. */
  async reply(): Promise<string | null> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.connection.reader.nextLine().catch(closed);
      if (line === null) return null;
      lines.push(line);
      if (/^\d{3}(?: |$)/.test(line) && line.slice(0, 3) === lines[0]?.slice(0, 3)) {
        return lines.join("\n");
      }
    }
  }

  /** Sends commands and gives the reply to each. */
  async ask(...commands: string[]): Promise<string | null> {
    let reply: string | null = null;
    for (const command of commands) {
      this.send(`${command}\r\n`);
      reply = await this.reply();
    }
    return reply;
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

/** All the bytes until the end. */
export async function readAll(connection: Connection): Promise<Uint8Array> {
  return await connection.reader.read(-1);
}

// A client that was still sending learns of the end by the failure of that.
function closed(error: unknown): null {
  if (error instanceof ConnectionError) return null;
  throw error;
}
