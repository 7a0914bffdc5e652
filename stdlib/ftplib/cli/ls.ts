/**
 * `ls`: what is on a server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import { visible } from "../../_cli/cells.ts";
import { defineCommand } from "../../_cli/command.ts";
import type { FTP } from "../client.ts";
import { FTPError } from "../errors.ts";
import { entryJson, type Located, longLines } from "./listing_text.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { joinPath, sourcesOf } from "./sources.ts";
import type { FTPUrl } from "./url.ts";

/** How deep a tree is followed: a server could have one that never ends. */
const DEEPEST = 100;

/** The command. */
export default defineCommand([{
  title: "What to show",
  options: {
    long: {
      type: "flag",
      short: "l",
      help: "Show mode, owner, group, size and time (UTC) as well",
    },
    recursive: { type: "flag", short: "R", help: "Show what is in the directories as well" },
  },
}, CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Lists directories, one name a line, in the order of names; those in other directories than the " +
    "one asked for with their path. The last part of a URL may be a pattern.",
    "With --json each line has path, name, type (file, directory, link, other), size, modified, " +
    "precision, permissions, owner, group, target; null where the server does not tell.",
  ],
  examples: [
    { text: "List a directory", command: "ls -l ftp://ftp.example.org/pub/" },
    {
      text: "Find large files",
      command: "ls -R --json ftp://ftp.example.org/ | jq 'select(.size > 1e9)'",
    },
  ],
  async run(job) {
    const { options, words, context: { output, signal } } = job;
    const show = output.isTerminal ? visible : (text: string) => text;
    await using sessions = new Sessions(job);
    const print = async (located: readonly Located[]) => {
      const lines = options.json
        ? located.map((one) => JSON.stringify(entryJson(one)))
        : options.long
        ? longLines(located, show)
        : located.map(({ path }) => show(path));
      for (const line of lines) await output.line(line);
    };
    for (const url of words.map((word) => sessions.parse(word))) {
      const top = url.pattern === undefined
        ? await sessions.use(url, (ftp) => listed(ftp, url, signal))
        : (await sourcesOf(sessions, [url], signal)).map(({ name, entry }) => ({
          path: name,
          entry: entry!,
        }));
      await print(top);
      if (!options.recursive) continue;
      const base = url.pattern === undefined ? url.path : url.directory;
      await sessions.use(url, (ftp) => below(ftp, base, top, { print, signal }));
    }
  },
});

/** The entries of a directory; or the entry of a file, by its name. */
async function listed(ftp: FTP, url: FTPUrl, signal: AbortSignal): Promise<Located[]> {
  if (url.name !== "") {
    const entry = await ftp.stat(url.path, { signal });
    if (entry.type !== "directory" && !await leadsToDirectory(ftp, url.path, { entry, signal })) {
      return [{ path: url.name, entry }];
    }
  }
  return locate("", await ftp.mlsd(url.path, { signal }));
}

/** Whether a link leads to a directory, which only going there tells. */
async function leadsToDirectory(
  ftp: FTP,
  path: string,
  { entry, signal }: { entry: Entry; signal: AbortSignal },
): Promise<boolean> {
  if (entry.type !== "link") return false;
  try {
    const home = await ftp.pwd({ signal });
    await ftp.cwd(path, { signal });
    await ftp.cwd(home, { signal });
    return true;
  } catch (error) {
    rethrowIfCancelled(error, signal);
    if (error instanceof FTPError && error.code !== undefined) return false;
    throw error;
  }
}

/** Goes down into directories; not into links, which may lead back. */
async function below(
  ftp: FTP,
  base: string,
  found: readonly Located[],
  { print, signal }: { print: (located: readonly Located[]) => Promise<void>; signal: AbortSignal },
): Promise<void> {
  const left = [...found].reverse();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { path, entry } = next;
    if (entry.type !== "directory" || path.split("/").length > DEEPEST) continue;
    const entries = locate(path, await ftp.mlsd(joinPath(base, path), { signal }));
    await print(entries);
    left.push(...entries.reverse());
  }
}

function locate(directory: string, entries: readonly Entry[]): Located[] {
  return entries
    .map((entry) => ({ path: joinPath(directory, entry.name), entry }))
    .sort((a, b) => a.path < b.path ? -1 : 1);
}
