/**
 * Listings of OpenVMS, as DEC's, MultiNet's and Process Software's servers answer
 * LIST: `README.TXT;2  213/216  29-JAN-1996 03:33:12  [GROUP,OWNER]  (RWED,RWED,RE,)`.
 *
 * A name that is too long for its column stands on a line of its own; the rest
 * follows on the next.
 *
 * @module
 */

import { monthOf } from "./months.ts";
import { utcDate } from "./time_val.ts";
import type { Entry } from "./types.ts";

/**
 * Reads one line, or the two of a long name joined by a space.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. The name is without its
 * version, and a directory's without `.DIR`. Sizes are counted in blocks of 512 bytes, the last of
 * which may not be full: they are the fact `blocks`, and no `size`.
 *
 * @example
 * ```ts
 * import { parseVmsLine } from "https://tulip.example/protocols/ftp/list_vms.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseVmsLine("CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)");
 * assert.deepEqual([entry?.name, entry?.type, entry?.owner], ["CORE", "directory", "SYSTEM"]);
 * ```
 */
export function parseVmsLine(line: string): Entry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, text = "", version = "", blocks, day, month = "", year, clock = "", ids] = found;
  const [hour, minute, second] = clock.split(":").map((part) => parseInt(part, 10));
  const modified = day === undefined
    ? undefined
    : utcDate(Number(year), monthOf(month) ?? 0, Number(day), hour, minute, second);
  const isDirectory = /.\.dir$/i.test(text);
  const owners = ids?.split(",").map((id) => id.trim()) ?? [];
  const facts = new Map([["version", version]]);
  if (blocks !== undefined) facts.set("blocks", blocks);
  return {
    name: isDirectory ? text.slice(0, -4) : text,
    type: isDirectory ? "directory" : "file",
    ...(modified && { modified, precision: second === undefined ? "minute" : "second" }),
    ...(owners.at(-1) && { owner: owners.at(-1) }),
    ...(owners.length > 1 && owners[0] && { group: owners[0] }),
    facts,
    line,
  };
}

/**
 * Tells what a line of this dialect is that is no entry.
 *
 * @param line The line.
 * @returns `"name"` for a name whose rest follows on the next line, `"heading"` for what stands
 * around the entries, `undefined` for anything else.
 */
export function vmsLineKind(line: string): "name" | "heading" | undefined {
  if (NAME_ALONE.test(line)) return "name";
  return HEADING.test(line) ? "heading" : undefined;
}

const NAME = String.raw`[^\s;\[\]<>]{1,255};\d{1,5}`;
const NAME_ALONE = new RegExp(`^${NAME}\\s*$`);
const HEADING =
  /^\s*$|^Directory\s+\S+$|^(?:Grand )?Total of \d+ (?:files?|director(?:y|ies)),|^%\w+-[A-Z]-\w+/i;

// A file that may not be looked at has a message in the place of the rest.
const LINE = new RegExp(
  String.raw`^([^\s;\[\]<>]{1,255});(\d{1,5})[ \t]+(?:` +
    String.raw`(\d{1,15})(?:/\d{1,15})?[ \t]+` +
    String.raw`(\d{1,2})-([^\s\d-]{3,4})-(\d{4})[ \t]+(\d{1,2}:\d\d(?::\d\d)?)(?:\.\d\d?)?` +
    String.raw`(?:[ \t]+\[([^\]]{1,64})\])?(?:[ \t]+\([RWED,]*\))?[ \t]*$` +
    String.raw`|%\w{1,20}-[A-Z]-\w{1,20},)`,
  "i",
);
