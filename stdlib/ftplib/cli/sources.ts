/**
 * What URLs name on a server: files, or all files that fit a pattern.
 *
 * @module
 */

import { CommandError, EXIT } from "../../_cli/exit_codes.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import type { Sessions } from "./sessions.ts";
import type { FTPUrl } from "./url.ts";

/** Something on a server. */
export interface Source {
  /** The URL that led to it. */
  readonly url: FTPUrl;
  /** Its path on the server. */
  readonly path: string;
  /** The last part of that. */
  readonly name: string;
  /** What the listing says about it, where one was asked for: for a pattern. */
  readonly entry?: Entry;
}

/**
 * Finds what URLs name. Only patterns ask the server.
 *
 * @param sessions The sessions.
 * @param urls The URLs.
 * @param signal What breaks it off.
 * @returns What they name, in their order; what fits a pattern in the order of names.
 * @throws {CommandError} If nothing fits a pattern (`EXIT.notFound`).
 */
export async function sourcesOf(
  sessions: Sessions,
  urls: readonly FTPUrl[],
  signal: AbortSignal,
): Promise<Source[]> {
  const found: Source[] = [];
  for (const url of urls) {
    const { pattern, path, name, directory } = url;
    if (pattern === undefined) {
      found.push({ url, path, name });
      continue;
    }
    const entries = await sessions.use(url, async (ftp) => {
      const fitting: Entry[] = [];
      for await (const entry of ftp.mlsd(directory, { signal })) {
        if (pattern.test(entry.name)) fitting.push(entry);
      }
      return fitting;
    });
    if (entries.length === 0) {
      throw new CommandError(`Nothing fits ${JSON.stringify(path)}`, EXIT.notFound);
    }
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) {
      found.push({ url, path: joinPath(directory, entry.name), name: entry.name, entry });
    }
  }
  return found;
}

/**
 * Joins a directory on a server and a name in it.
 *
 * @param directory The directory; empty for that where the user arrives.
 * @param name The name.
 * @returns The path.
 */
export function joinPath(directory: string, name: string): string {
  if (directory === "") return name;
  return directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`;
}
