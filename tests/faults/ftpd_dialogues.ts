/**
 * What a client says to the FTP server, for clients that stop anywhere in it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryFileSystem } from "../../stdlib/ftplib/server/filesystem_memory.ts";
import type { FTPServerEvent } from "../../stdlib/ftplib/server/events.ts";
import type { FTPServerOptions } from "../../stdlib/ftplib/server/options.ts";
import { FTPServer } from "../../stdlib/ftplib/server.ts";
import type { Served, ServerDialogue, Site } from "../peers/dialogues.ts";
import { type Fault, isHarmless } from "../peers/faults.ts";

/** What an FTP server did: the files that it took or gave whole, and what they hold then. */
export interface Transfers {
  readonly stored: readonly (readonly [path: string, bytes: number])[];
  readonly retrieved: readonly (readonly [path: string, bytes: number])[];
  readonly broken: number;
  /** Files that are open still. */
  readonly open: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Files, and how many of them are open. */
export class CountedFiles extends MemoryFileSystem {
  open = 0;

  override async read(path: string, offset: number) {
    return this.#counted(await super.read(path, offset));
  }

  override async write(path: string, at?: number | "end") {
    return this.#counted(await super.write(path, at));
  }

  #counted<F extends { close(): void | Promise<void> }>(file: F): F {
    this.open++;
    const close = file.close.bind(file);
    return Object.assign(file, {
      close: () => {
        this.open--;
        return close();
      },
    });
  }
}

/** Starts a server with a few files. */
export async function serveFtp(
  { options }: Site,
  files: Record<string, string> = {},
  more: FTPServerOptions = {},
): Promise<Served<Transfers>> {
  const filesystem = new CountedFiles(files, { maxBytes: 1_000_000 });
  const events: FTPServerEvent[] = [];
  const server = await FTPServer.start({
    ...options,
    dataTimeout: options.timeout,
    handshakeTimeout: options.timeout,
    ...more,
    filesystem,
    onEvent: (event) => events.push(event),
  });
  return {
    port: server.port,
    get connections() {
      return server.connections;
    },
    get outcome() {
      const moved = (type: "store" | "retrieve") =>
        events.flatMap((event) => event.type === type ? [[event.path, event.bytes] as const] : []);
      const paths = moved("store").map(([path]) => path);
      const files = paths.map((path) => [path, filesystem.text(path) ?? ""]);
      return {
        stored: moved("store"),
        retrieved: moved("retrieve"),
        broken: events.filter(({ type }) => type === "broken").length,
        open: filesystem.open,
        files: Object.fromEntries(files),
      };
    },
    close: () => server.stop(),
  };
}

/** What a server should have done where nothing went wrong. */
export interface Whole {
  readonly stored?: Readonly<Record<string, string>>;
  /** The sizes of the uploads that they are made of. */
  readonly pieces?: readonly number[];
  readonly retrieved?: readonly (readonly [path: string, bytes: number])[];
}

/**
 * Nothing that is not whole is taken for whole: but the clean end of a data connection is the end of
 * a file (RFC 959 §3.4), whoever made it.
 */
export function checkTransfers(done: Transfers, whole: Whole, fault: Fault): void {
  assert.equal(done.open, 0, "files are open");
  const { stored = {}, retrieved = [] } = whole;
  if (isHarmless(fault)) {
    assert.deepEqual(done.files, stored);
    assert.deepEqual(done.retrieved, retrieved);
    assert.equal(done.broken, 0);
    return;
  }
  // What was spoilt is another dialogue, and right in its own way.
  if (fault.kind === "spoilt") return;
  // A client that gives up over a control connection that is mute can end the other one cleanly only.
  const mayEnd = fault.kind === "cut" &&
    (fault.how === "close" || fault.how === "half" || (fault.how === "silence" && fault.only));
  const sizes = whole.pieces ?? Object.values(stored).map((text) => text.length);
  for (const [path, bytes] of done.stored) {
    // What somebody floods us with is what he has stored.
    const right = mayEnd ? bytes <= Math.max(...sizes) : sizes.includes(bytes);
    if (!right && fault.kind !== "flood") {
      assert.fail(`${path} was taken for whole, with ${bytes} bytes`);
    }
  }
  for (const got of done.retrieved) {
    assert.ok(retrieved.some((want) => String(want) === String(got)), `retrieved ${got}`);
  }
}

function dialogue(
  name: string,
  script: string,
  whole: Whole = {},
  files: Record<string, string> = {},
  more: Partial<ServerDialogue<Transfers>> = {},
): ServerDialogue<Transfers> {
  return {
    name,
    script:
      `S: 220\nC: USER me\nS: 331\nC: PASS secret\nS: 230\n${script}\nC: QUIT\nS: 221\nS! close`,
    next:
      "S: 220\nC: USER you\nS: 331\nC: PASS x\nS: 230\nC: PWD\nS: 257\nC: QUIT\nS: 221\nS! close",
    server: (site) => serveFtp(site, files),
    check: (outcome, { fault }) => checkTransfers(outcome, whole, fault),
    // A transfer may time out first, then the command that does not come, then the last words.
    patience: 4,
    ...more,
  };
}

/** Byte by byte it may take ten times as long as silence, and then the last command as well. */
const SLOWLY: Partial<ServerDialogue<Transfers>> = {
  kinds: ["trickle", "deaf", "flood"],
  patience: 14,
};

const FILES = { "/f": "one\r\ntwo\r\n", "/d/a": "1", "/d/b": "22" };

/** Every dialogue. Each is short: how often it is played grows with its length. */
export const FTPD_DIALOGUES: readonly ServerDialogue<Transfers>[] = [
  dialogue(
    "rename, make, remove, refuse",
    `
    C: CWD d
    S: 250
    C: RNFR a
    S: 350
    C: RNTO c
    S: 250
    C: MKD e
    S: 257
    C: RMD e
    S: 250
    C: DELE e
    S: 550
    C: RNFR c
    S: 350
    C: RNTO a
    S: 250`,
    {},
    FILES,
  ),
  dialogue(
    "download",
    `
    C: TYPE I
    S: 200
    C: EPSV
    S: 229 {port}
    C: RETR f
    D! connect
    S: 150
    D= one\\r\\ntwo\\r\\n
    S: 226`,
    { retrieved: [["/f", 10]] },
    FILES,
  ),
  dialogue(
    "download the rest, over PASV, and list",
    `
    C: TYPE I
    S: 200
    C: PASV
    S: 227 {pasv}
    C: REST 5
    S: 350
    C: RETR f
    D! connect
    S: 150
    D= two\\r\\n
    S: 226
    C: EPSV
    S: 229 {port}
    C: NLST d
    D! connect
    S: 150
    D: d/a
    D: d/b
    S: 226`,
    { retrieved: [["/f", 5]] },
    FILES,
  ),
  dialogue(
    "upload and append",
    `
    C: TYPE I
    S: 200
    C: EPSV
    S: 229 {port}
    C: STOR new
    D! connect
    S: 150
    D? first
    S: 226
    C: EPSV
    S: 229 {port}
    C: APPE new2
    D! connect
    S: 150
    D? second
    S: 226`,
    { stored: { "/new": "first\r\n", "/new2": "second\r\n" } },
  ),
  dialogue(
    "a long upload, slowly",
    `
    C: TYPE I
    S: 200
    C: EPSV
    S: 229 {port}
    C: STOR new
    D! connect
    S: 150
    D? ${"x".repeat(998)}
    S: 226`,
    { stored: { "/new": `${"x".repeat(998)}\r\n` } },
    {},
    SLOWLY,
  ),
  dialogue(
    "a long download, slowly",
    `
    C: TYPE I
    S: 200
    C: EPSV
    S: 229 {port}
    C: RETR long
    D! connect
    S: 150
    D: *
    S: 226`,
    { retrieved: [["/long", 600_000]] },
    { "/long": "x".repeat(600_000) },
    SLOWLY,
  ),
];
