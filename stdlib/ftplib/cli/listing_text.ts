/**
 * Entries of listings as lines and as JSON. Pure.
 *
 * @module
 */

import type { Entry } from "../../../protocols/ftp/types.ts";

/** An entry, and where it is. */
export interface Located {
  /** Its path, as it is shown. */
  readonly path: string;
  /** What the server says about it. */
  readonly entry: Entry;
}

/**
 * Writes entries in the manner of `ls -l`: mode, owner, group, size, time (UTC), path.
 *
 * @param located The entries.
 * @param show Makes names safe to look at, where somebody does.
 * @returns A line for each.
 */
export function longLines(
  located: readonly Located[],
  show: (text: string) => string,
): string[] {
  const rows = located.map(({ path, entry }) => {
    const { owner = "-", group = "-", size, target } = entry;
    const arrow = target === undefined ? "" : ` -> ${show(target)}`;
    return {
      mode: modeOf(entry),
      owner: show(owner),
      group: show(group),
      size: size === undefined ? "-" : String(size),
      time: timeOf(entry),
      name: show(path) + arrow,
    };
  });
  const widest = (column: "owner" | "group" | "size") =>
    Math.max(0, ...rows.map((row) => row[column].length));
  const [owner, group, size] = [widest("owner"), widest("group"), widest("size")];
  return rows.map((row) =>
    [
      row.mode,
      row.owner.padEnd(owner),
      row.group.padEnd(group),
      row.size.padStart(size),
      row.time,
      row.name,
    ].join(" ")
  );
}

/**
 * Makes an entry's JSON: what the server does not tell is `null`.
 *
 * @param located The entry.
 * @returns Fields; sizes in bytes, times by ISO 8601 in UTC, permissions in octal.
 */
export function entryJson({ path, entry }: Located): Record<string, unknown> {
  const { permissions, modified } = entry;
  return {
    path,
    name: entry.name,
    type: entry.type,
    size: entry.size ?? null,
    modified: modified?.toISOString() ?? null,
    precision: entry.precision ?? null,
    permissions: permissions === undefined ? null : permissions.toString(8).padStart(4, "0"),
    owner: entry.owner ?? null,
    group: entry.group ?? null,
    target: entry.target ?? null,
  };
}

const LETTERS = { file: "-", directory: "d", link: "l", other: "?" } as const;

function modeOf({ type, permissions }: Entry): string {
  if (permissions === undefined) return `${LETTERS[type]}?????????`;
  const bits = Array.from("rwxrwxrwx", (letter, index) => {
    return (permissions >> (8 - index)) & 1 ? letter : "-";
  });
  // Set-user-ID, set-group-ID and the sticky bit stand where `x` does.
  for (
    const [bit, index, letter] of [[0o4000, 2, "s"], [0o2000, 5, "s"], [0o1000, 8, "t"]] as const
  ) {
    if (permissions & bit) bits[index] = bits[index] === "x" ? letter : letter.toUpperCase();
  }
  return LETTERS[type] + bits.join("");
}

/** As exact as the listing is. */
function timeOf({ modified, precision }: Entry): string {
  if (modified === undefined) return "-".padEnd(16);
  const text = modified.toISOString();
  return (precision === "day" ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ")).padEnd(16);
}
