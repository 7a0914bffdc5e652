/**
 * In what our client and Python's are allowed to differ, each with its reason, and whatever else
 * differs.
 *
 * @module
 */

import type { Outcome, Result, Script, Step } from "./steps.ts";

/** A difference that is meant to be. */
export interface Difference {
  /** What is different. */
  readonly what: string;
  /** Why ours does it so. */
  readonly why: string;
}

/** Every difference that is meant to be. A test fails where one of them is not met any more. */
export const DIFFERENCES = {
  passive: {
    what: "EPSV is asked before PASV, on IPv4 too",
    why: "it names no address that could be wrong or false, and every server here has it",
  },
  type: {
    what: "TYPE is sent only where it changes",
    why: "a round trip less for each file",
  },
  typeForSize: {
    what: "SIZE is asked in binary, which TYPE I sets first",
    why: "in ASCII a server counts other bytes, or refuses",
  },
  restZero: {
    what: "REST 0 is not sent",
    why: "a transfer begins at the beginning unless it is told otherwise",
  },
  sizeBeforeRetr: {
    what: "SIZE is asked before RETR, where the server has not told the size with its 150",
    why: "so that a download which is cut shows",
  },
  beyondEnd: {
    what: "a download that is to begin behind the end of the file is an error before it begins",
    why: "the file is another than it was; servers answer with nothing, or refuse",
  },
  noop: {
    what: "NOOP follows a transfer that failed",
    why: "servers send one reply or two, and that brings the session back into step",
  },
  self: {
    what: "mlsd leaves out the directory itself and the one above it",
    why: "nobody who walks a tree wants them",
  },
  list: {
    what: "mlsd reads LIST where the server has no MLSD",
    why: "vsftpd and IIS have none",
  },
  loneCr: {
    what: "a CR that no LF follows is part of a line",
    why:
      "lines end in CRLF (RFC 959 §3.1.1.1); servers that put a CR before the CRLF of a file send it",
  },
  usage: {
    what: "wrong arguments are a TypeError, where Python has a ValueError",
    why: "as JavaScript has it",
  },
} as const satisfies Record<string, Difference>;

/** The name of a difference. */
export type DifferenceName = keyof typeof DIFFERENCES;

/**
 * Compares what both clients did in one script.
 *
 * @param script The script.
 * @param python What Python's did.
 * @param ours What ours did.
 * @param met Where the differences that were met are noted.
 * @returns What differs and is not meant to, in words; `undefined` where nothing does.
 */
export function unexpected(
  { steps }: Script,
  python: Outcome,
  ours: Outcome,
  met: Set<DifferenceName>,
): string | undefined {
  const theirCommands = canonical(python.commands);
  const ourCommands = canonical(ours.commands);
  for (const name of theirCommands.met.union(ourCommands.met)) met.add(name);
  // Part 0 is the login, and what follows the last mark is QUIT.
  for (let part = 0; part <= steps.length + 1; part++) {
    const step = steps[part - 1];
    if (ours.results[part - 1] !== undefined && isBeyondEnd(ours.results[part - 1]!)) {
      met.add("beyondEnd");
      continue;
    }
    if (step?.[0] === "mlsd" && lacksMlsd(python.results[part - 1]!)) {
      met.add("list");
      continue;
    }
    const [theirs, mine] = [theirCommands.parts[part], ourCommands.parts[part]];
    if (JSON.stringify(theirs) !== JSON.stringify(mine)) {
      const what = step === undefined ? "login or QUIT" : JSON.stringify(step);
      return `${what}: Python sent ${JSON.stringify(theirs)}, ours ${JSON.stringify(mine)}`;
    }
  }
  for (const [index, step] of steps.entries()) {
    const [theirs, mine] = [python.results[index]!, ours.results[index]!];
    if (step[0] === "mlsd" && lacksMlsd(theirs) || isBeyondEnd(mine)) continue;
    // In ASCII the answer of Python's server was no, and a file that is not there has none from ours.
    if (step[0] === "size" && "error" in theirs && theirs.code === 550 && "value" in mine) continue;
    const [one, other] = [
      JSON.stringify(comparable(step, theirs, met)),
      JSON.stringify(comparable(step, mine, met)),
    ];
    if (one !== other) return `${JSON.stringify(step)}: Python got ${one}, ours ${other}`;
  }
  return undefined;
}

const TRANSFERS = /^(?:RETR|STOR|APPE|STOU|LIST|NLST|MLSD)\b/;

/** What is sent, without how it is asked for a data connection, and with the type of each transfer. */
function canonical(
  commands: readonly (readonly string[])[],
): { parts: string[][]; met: Set<DifferenceName> } {
  const met = new Set<DifferenceName>();
  let type = "A";
  const parts = commands.map((part) => {
    const seen: string[] = [];
    for (const [index, command] of part.entries()) {
      const set = /^TYPE (.)$/.exec(command)?.[1];
      if (set !== undefined) {
        if (set === type) met.add("type");
        type = set;
        if (part[index + 1]?.startsWith("SIZE")) met.add("typeForSize");
      } else if (/^(?:EPSV|PASV)$/.test(command)) {
        if (command === "EPSV") met.add("passive");
        seen.push("(passive)");
      } else if (/^(?:EPRT|PORT) /.test(command)) {
        seen.push("(active)");
      } else if (command.startsWith("SIZE") && part.slice(index).some((it) => /^RETR/.test(it))) {
        met.add("sizeBeforeRetr");
      } else if (command === "REST 0") {
        met.add("restZero");
      } else if (command === "NOOP" && part.length > 1) {
        met.add("noop");
      } else {
        seen.push(TRANSFERS.test(command) ? `${command} (${type})` : command);
      }
    }
    return seen;
  });
  return { parts, met };
}

function lacksMlsd(result: Result): boolean {
  return "error" in result && [500, 501, 502].includes(result.code!);
}

function isBeyondEnd(result: Result): boolean {
  return "error" in result && result.error === "FTPError";
}

/** A result without what differs from run to run: numbers in replies, times, the order of names. */
function comparable(step: Step, result: Result, met: Set<DifferenceName>): unknown {
  if ("error" in result) {
    const usage = result.error === "ValueError" || result.error === "TypeError";
    if (result.error === "ValueError") met.add("usage");
    return usage ? { error: "usage" } : result;
  }
  const { value } = result;
  switch (step[0]) {
    case "nlst":
      return [...value as string[]].sort();
    case "dir":
      return (value as string[]).map(withoutTime).sort();
    case "mlsd":
      return entriesOf(value as [string, Record<string, string>][], met);
    case "retrbinary": {
      const [reply, data] = value as [string, string];
      return [withoutNumbers(reply), data];
    }
    case "retrlines": {
      const [reply, lines] = value as [string, string[]];
      if (lines.some((line) => line.includes("\r"))) met.add("loneCr");
      return [withoutNumbers(reply), lines.flatMap((line) => line.split("\r"))];
    }
    default:
      return typeof value === "string" ? withoutNumbers(value) : value;
  }
}

function entriesOf(
  entries: readonly [string, Record<string, string>][],
  met: Set<DifferenceName>,
): unknown[] {
  const children = entries.filter(([, { type }]) => type !== "cdir" && type !== "pdir");
  if (children.length < entries.length) met.add("self");
  return children.map(([name, facts]) => {
    const told = Object.entries(facts).map(([fact, value]) =>
      fact === "unique" || fact === "modify" ? [fact] : [fact, value]
    );
    return [name, told.sort()];
  }).sort();
}

function withoutTime(line: string): string {
  return line.replace(/[A-Z][a-z]{2} [ \d]\d {1,2}\d{1,2}:\d\d/, "(time)");
}

/** The code of a reply counts; other numbers in it are ports, seconds and rates. */
function withoutNumbers(text: string): string {
  if (!/^\d{3}[ -]/.test(text)) return text;
  const lines = text.split("\n").map((line) => line.replace(/^\d{3}[ -]/, ""));
  const told = lines.join("\n").replace(/\d+(?:[.,]\d+)*/g, "#");
  return text.slice(0, 4) + told.replace(/# \w*bytes per second/, "# bytes per second");
}
