/**
 * `put`: local files to a server.
 *
 * @module
 */

import { interruptible } from "../../../loop/wait.ts";
import { visible } from "../../_cli/cells.ts";
import { type Context, defineCommand } from "../../_cli/command.ts";
import { CommandError, EXIT, UsageError } from "../../_cli/exit_codes.ts";
import { messageOf } from "../../_cli/failures.ts";
import { localName, localStatus } from "../../_cli/files.ts";
import type { Terminal } from "../../_cli/terminal.ts";
import { Throttle } from "../throttle.ts";
import type { UploadFromOptions } from "../types.ts";
import { CONNECTION, TRANSFER } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { joinPath } from "./sources.ts";
import { together } from "./together.ts";
import { transferOptions } from "./transfer_options.ts";
import { checkType, type FTPUrl, urlOf } from "./url.ts";

/** The command. */
export default defineCommand([
  {
    title: "How to store",
    options: {
      atomic: {
        type: "flag",
        help: "Store under another name and rename at the end, so that nobody sees half a file",
      },
      parents: { type: "flag", help: "Make the directory on the server, and those above it" },
      append: { type: "flag", short: "a", help: "Add to what the file on the server holds" },
    },
  },
  TRANSFER,
  CONNECTION,
], {
  usage: "FILE... URL",
  words: { least: 2 },
  description: [
    "Stores local files on a server. A URL that ends in / is the directory where they go, which " +
    "several files need; otherwise it is the name that the file gets. - is standard input.",
  ],
  examples: [
    { text: "Store a file", command: "put report.pdf ftpes://ada@ftp.example.org/reports/" },
    {
      text: "Store it under another name, for all to see only when it is complete",
      command: "put --atomic --verify site.tar.gz ftpes://ada@ftp.example.org/new.tar.gz",
    },
    {
      text: "Store what another program writes",
      command: "put - ftpes://ada@ftp.example.org/dump.sql",
    },
  ],
  async run(job) {
    const { options, words, context } = job;
    const { signal, progress } = context;
    const clash = APPENDS_WITHOUT.find((name) => options[name]);
    if (options.append && clash !== undefined) {
      throw new UsageError(`--append does not go with --${clash}`);
    }
    await using sessions = new Sessions(job);
    const url = sessions.parse(words.at(-1)!);
    checkType(url);
    const locals = words.slice(0, -1);
    if (locals.some((local) => /^ftp(?:e?s)?:\/\//i.test(local))) {
      throw new UsageError("The URL stands at the end, behind the files: put FILE... URL");
    }
    const sendings = await Promise.all(locals.map((local) => sendingOf(local, url, locals.length)));
    if (sendings.length > 1) {
      const bytes = sendings.reduce((sum, { size = NaN }) => sum + size, 0);
      progress.expect({ items: sendings.length, bytes: Number.isNaN(bytes) ? undefined : bytes });
    }
    if (options.parents && url.directory !== "") {
      await sessions.use(url, (ftp) => ftp.ensureDir(url.directory, { signal }));
    }
    const rate = options["limit-rate"];
    const shared = {
      ...transferOptions(options, context),
      // What was appended could be appended twice.
      ...(options.append ? { retries: 0 } : {}),
      throttle: rate === undefined ? undefined : new Throttle(rate),
      preserveModified: options.preserve,
      atomic: options.atomic,
      append: options.append,
      signal,
    };
    await together(
      sendings,
      (sending) => send(sessions, sending, { url, context, ...shared }),
      { parallel: options.parallel ?? 1, signal, report: context.report },
    );
  },
});

/** What needs the file to be there as a whole. */
const APPENDS_WITHOUT = ["atomic", "resume", "verify", "checksum", "retries"] as const;

/** One file that is to be stored. */
interface Sending {
  /** The local file; `-` is standard input. */
  readonly local: string;
  /** Its size, where it has one. */
  readonly size: number | undefined;
  /** Its path on the server. */
  readonly path: string;
}

async function sendingOf(local: string, url: FTPUrl, count: number): Promise<Sending> {
  const shown = visible(local);
  if (url.name !== "" && count > 1) {
    throw new UsageError(`Several files need a directory: end the URL with a /`);
  }
  if (local === "-") {
    if (url.name === "") throw new UsageError("Standard input has no name: write it into the URL");
    return { local, size: undefined, path: url.path };
  }
  const status = await localStatus(local);
  if (status === undefined) {
    throw new CommandError(`There is no file ${shown} here`, EXIT.notFound);
  }
  if (status.isDirectory) {
    throw new UsageError(`${shown} is a directory: mirror --up stores those`);
  }
  const path = url.name === "" ? joinPath(url.path, localName(local)) : url.path;
  return { local, size: status.size, path };
}

interface SendOptions extends UploadFromOptions {
  readonly url: FTPUrl;
  readonly context: Context;
}

async function send(
  sessions: Sessions,
  { local, size, path }: Sending,
  { url, context, ...options }: SendOptions,
): Promise<void> {
  const item = context.progress.start(path, {
    total: size,
    fields: { from: local, to: urlOf(url, path) },
  });
  const onProgress = ({ transferred }: { transferred: number }) => item.update({ transferred });
  try {
    await sessions.use(url, async (ftp) => {
      if (local !== "-") {
        await ftp.uploadFrom(local, path, { ...options, onProgress });
        return;
      }
      // What was read once cannot be read again.
      const { resume: _, preserveModified: __, retries: ___, ...once } = options;
      await ftp.upload(path, typedIn(context.terminal, context.signal), { ...once, onProgress });
    });
    item.done();
  } catch (error) {
    item.failed(messageOf(error));
    throw error;
  }
}

/** Standard input, no faster than it is sent. */
async function* typedIn(terminal: Terminal, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(262_144);
  for (;;) {
    const count = await interruptible(terminal.input.read(buffer), { signal });
    if (count === null) return;
    yield buffer.slice(0, count);
  }
}
