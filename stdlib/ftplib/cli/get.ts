/**
 * `get`: files from a server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { visible } from "../../_cli/cells.ts";
import { type Context, defineCommand } from "../../_cli/command.ts";
import { CommandError, UsageError } from "../../_cli/exit_codes.ts";
import { messageOf } from "../../_cli/failures.ts";
import { joinLocal, localStatus, makeLocalDirectory } from "../../_cli/files.ts";
import { formatBytes } from "../../_cli/format.ts";
import type { FTP } from "../client.ts";
import { FTPError } from "../errors.ts";
import { isSafeName } from "../names.ts";
import { Throttle } from "../throttle.ts";
import type { DownloadToOptions } from "../types.ts";
import { CONNECTION, TRANSFER } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { type Source, sourcesOf } from "./sources.ts";
import { together } from "./together.ts";
import { transferOptions } from "./transfer_options.ts";
import { checkType, urlOf } from "./url.ts";

/** The command. */
export default defineCommand([
  {
    title: "What and where to",
    options: {
      output: {
        type: "text",
        short: "o",
        value: "PATH",
        help: "The local file; or, for several files or with a / at its end, the directory",
      },
      segments: {
        type: "count",
        value: "N",
        least: 1,
        most: 32,
        help: "Fetch each large file in so many pieces at once (1 unless given)",
      },
    },
  },
  TRANSFER,
  CONNECTION,
], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Fetches files. Each is written as NAME.part first, and gets its name when it is complete; " +
    "what was broken off stays, and --resume goes on from there.",
    "The last part of a URL may be a pattern: * is any text, ? one character, [a-z] one of several. " +
    "Quote it, so that the shell leaves it alone.",
  ],
  examples: [
    { text: "Fetch a file", command: "get ftp://ftp.example.org/pub/report.pdf" },
    {
      text: "Go on after a cut, and try again for a while",
      command: "get --resume --retries 20 ftpes://ada@ftp.example.org/big.iso",
    },
    {
      text: "Fetch all files of a kind, four at once, into a directory",
      command: "get -P 4 -o photos/ 'ftpes://ada@ftp.example.org/2026/*.jpg'",
    },
  ],
  async run(job) {
    const { options, words, context } = job;
    const { signal, progress } = context;
    await using sessions = new Sessions(job);
    const urls = words.map((word) => sessions.parse(word));
    for (const url of urls) {
      checkType(url);
      if (url.name === "") {
        throw new UsageError(`${urlOf(url, url.path)} names a directory: mirror fetches those`);
      }
    }
    const sources = (await sourcesOf(sessions, urls, signal))
      .filter(({ entry }) => entry?.type !== "directory");
    const targets = await targetsOf(sources, options.output, urls);
    if (sources.length > 1) {
      const sizes = sources.map(({ entry }) => entry?.size);
      const bytes = sizes.every((size) => size !== undefined)
        ? sizes.reduce((sum, size) => sum + size, 0)
        : undefined;
      progress.expect({ items: sources.length, bytes });
    }
    const rate = options["limit-rate"];
    const shared = {
      ...transferOptions(options, context),
      throttle: rate === undefined ? undefined : new Throttle(rate),
      preserveModified: options.preserve,
      segments: options.segments,
      signal,
    };
    await together(
      sources,
      (source) => fetchOne(sessions, source, { target: targets.get(source)!, context, ...shared }),
      { parallel: options.parallel ?? 1, signal, report: context.report },
    );
  },
});

/** Which local file each becomes. */
async function targetsOf(
  sources: readonly Source[],
  output: string | undefined,
  urls: readonly { pattern: RegExp | undefined }[],
): Promise<Map<Source, string>> {
  const several = urls.length > 1 || urls.some(({ pattern }) => pattern !== undefined);
  const slash = output !== undefined && /[/\\]$/.test(output);
  const directory = output !== undefined &&
    (several || slash || (await localStatus(output))?.isDirectory === true);
  if (directory) await makeLocalDirectory(output);
  const targets = new Map<Source, string>();
  const taken = new Set<string>();
  for (const source of sources) {
    const named = output === undefined || directory;
    if (named && !isSafeName(source.name)) {
      throw new CommandError(
        `${JSON.stringify(source.name)} cannot be the name of a local file: give one with -o`,
      );
    }
    const target = directory ? joinLocal(output, source.name) : output ?? source.name;
    if (taken.has(target)) throw new UsageError(`Two files would both become ${target}`);
    taken.add(target);
    targets.set(source, target);
  }
  return targets;
}

interface Fetching extends DownloadToOptions {
  readonly target: string;
  readonly context: Context;
}

async function fetchOne(
  sessions: Sessions,
  { url, path, entry }: Source,
  { target, context, ...options }: Fetching,
): Promise<void> {
  const { progress, signal } = context;
  const begun = await localStatus(`${target}.part`);
  const before = options.resume ? begun?.size ?? 0 : 0;
  const item = progress.start(path, {
    total: entry?.size,
    transferred: before,
    fields: { from: urlOf(url, path), to: target },
  });
  try {
    await sessions.use(url, async (ftp) => {
      const fresh = begun === undefined && await localStatus(`${target}.parts`) === undefined;
      if (options.resume && fresh && await isWhole(ftp, path, { target, signal })) {
        item.done({ skipped: true });
        context.note(`${visible(target)} is there already, and as large as on the server`);
        return;
      }
      const { size, offset } = await ftp.downloadTo(path, target, {
        ...options,
        onProgress: ({ transferred, total }) => item.update({ transferred, total }),
      });
      item.update({ transferred: size, total: size, resumedAt: offset });
      item.done();
    });
  } catch (error) {
    item.failed(messageOf(error));
    await hint(target, context);
    throw error;
  }
}

/** Says what is left of a download that was broken off, and what to do with it. */
async function hint(target: string, { note }: Context): Promise<void> {
  const advice = "the same command with --resume goes on there";
  const part = await localStatus(`${target}.part`);
  if (part !== undefined && part.size > 0) {
    note(`${visible(target)}.part keeps ${formatBytes(part.size)}: ${advice}`);
  } else if (await localStatus(`${target}.parts`) !== undefined) {
    note(`${visible(target)}.parts keeps what has arrived: ${advice}`);
  }
}

/** Whether an earlier download has come to its end. */
async function isWhole(
  ftp: FTP,
  path: string,
  { target, signal }: { target: string; signal: AbortSignal },
): Promise<boolean> {
  const there = await localStatus(target);
  if (there === undefined || there.isDirectory) return false;
  try {
    return await ftp.size(path, { signal }) === there.size;
  } catch (error) {
    rethrowIfCancelled(error, signal);
    if (error instanceof FTPError && error.code !== undefined) return false;
    throw error;
  }
}
