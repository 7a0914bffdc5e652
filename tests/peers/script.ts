/**
 * The language of scripted peers: a dialogue as RFCs print it, `C:` for the client and `S:` for
 * the server.
 *
 * | line | the peer |
 * |---|---|
 * | `S: 220 ready` | sends the line and CRLF |
 * | `S= 220\x0a\r\n` | sends exactly these bytes; `\r \n \t \0 \\ \xNN` are escapes here |
 * | `C: QUIT` | expects exactly this line, ended by CRLF |
 * | `C: /USER \w+/i` | expects a line that the regular expression matches as a whole |
 * | `C* .` | takes every line up to and including this one |
 * | `C! eof` | expects the client to end its side |
 * | `S! close`, `S! reset`, `S! silence` | ends the connection; resets it; never says a word again |
 * | `S! tls`, `S! tls expired` | answers the client's TLS handshake, well or as `tls_mischief.ts` says |
 * | `S! truncate` | ends a connection under TLS without a word inside of it |
 * | `S! turn` | lets the client act before what follows is sent |
 * | `D: a line`, `D= bytes` | sends it on the data connection |
 * | `D? a line` | expects it on the data connection; the lines and CRLFs of one block are the whole |
 * | `D! close`, `D! reset`, `D! silence` | ends the data connection; resets it; leaves it open |
 * | `# words`, empty line | nothing |
 *
 * `{port}` and `{pasv}` in an `S:` line open a listener for the next data connection and say where
 * it is, as the reply to EPSV and to PASV does. A block of `D` lines waits for that connection,
 * and ends it cleanly after its last line where it does not say otherwise.
 *
 * @module
 */

import { isTlsMischief, type TlsMischief } from "./tls_mischief.ts";

/** One step of a script. `line` is where it stands, counted from 1. */
export type Step =
  & { readonly line: number; readonly source: string }
  & (
    | { readonly kind: "send"; readonly bytes: Uint8Array<ArrayBuffer> }
    /** A line with `{port}` or `{pasv}` in it: its bytes are known only when it is played. */
    | { readonly kind: "announce"; readonly text: string }
    | { readonly kind: "expect"; readonly matches: (line: string) => boolean }
    | { readonly kind: "skip"; readonly until: string }
    | { readonly kind: "eof" }
    | { readonly kind: "end"; readonly how: Ending }
    | { readonly kind: "tls"; readonly how: TlsMischief }
    | { readonly kind: "truncate" }
    | { readonly kind: "turn" }
    | { readonly kind: "data-send"; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: "data-expect"; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: "data-end"; readonly how: Ending }
  );

/** How a stream comes to its end: cleanly, by a reset, or by nothing more being said. */
export type Ending = "close" | "reset" | "silence";

/**
 * Reads a script.
 *
 * @param text The script; indentation that all lines share does not matter.
 * @throws {SyntaxError} If a line is none of the table above; with its number.
 */
export function parseScript(text: string): Step[] {
  const steps: Step[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const source = raw.trimStart().replace(/\r$/, "");
    if (source === "" || source.startsWith("#")) continue;
    steps.push(parseLine(source, index + 1));
  }
  return joinExpectedData(steps);
}

function parseLine(source: string, line: number): Step {
  const [, mark = "", text = ""] = /^([A-Z].)(?: (.*))?$/su.exec(source) ?? [];
  const at = { line, source };
  switch (mark) {
    case "S:":
      return /\{(?:port|pasv)\}/.test(text)
        ? { ...at, kind: "announce", text }
        : { ...at, kind: "send", bytes: utf8(`${text}\r\n`) };
    case "S=":
      return { ...at, kind: "send", bytes: unescapeBytes(text) };
    case "C:":
      return { ...at, kind: "expect", matches: matcher(text) };
    case "C*":
      return { ...at, kind: "skip", until: text };
    case "D:":
      return { ...at, kind: "data-send", bytes: utf8(`${text}\r\n`) };
    case "D=":
      return { ...at, kind: "data-send", bytes: unescapeBytes(text) };
    case "D?":
      return { ...at, kind: "data-expect", bytes: utf8(`${text}\r\n`) };
    case "C!":
      if (text === "eof") return { ...at, kind: "eof" };
      break;
    case "S!":
      if (text === "turn" || text === "truncate") return { ...at, kind: text };
      if (text === "tls") return { ...at, kind: "tls", how: "good" };
      if (text.startsWith("tls ") && isTlsMischief(text.slice(4))) {
        return { ...at, kind: "tls", how: text.slice(4) as TlsMischief };
      }
      if (isEnding(text)) return { ...at, kind: "end", how: text };
      break;
    case "D!":
      if (isEnding(text)) return { ...at, kind: "data-end", how: text };
      break;
  }
  throw new SyntaxError(`Cannot read line ${line} of the script: ${JSON.stringify(source)}`);
}

/** The `D?` lines that follow each other are one expectation: TCP keeps no borders between them. */
function joinExpectedData(steps: Step[]): Step[] {
  const joined: Step[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (step.kind === "data-expect" && last?.kind === "data-expect") {
      joined[joined.length - 1] = { ...last, bytes: concat(last.bytes, step.bytes) };
    } else {
      joined.push(step);
    }
  }
  return joined;
}

function matcher(text: string): (line: string) => boolean {
  const pattern = /^\/(.*)\/([a-z]*)$/.exec(text);
  if (pattern === null) return (line) => line === text;
  const whole = new RegExp(`^(?:${pattern[1]})$`, pattern[2]);
  return (line) => whole.test(line);
}

function isEnding(text: string): text is Ending {
  return text === "close" || text === "reset" || text === "silence";
}

const NAMED: Record<string, number> = { r: 13, n: 10, t: 9, "0": 0, "\\": 92 };

/** Bytes as a script writes them, escapes and all. */
export function unescapeBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [whole, hex, name] of text.matchAll(/\\x([\da-fA-F]{2})|\\([rnt0\\])|[^\\]+|\\/g)) {
    if (hex !== undefined) bytes.push(parseInt(hex, 16));
    else if (name !== undefined) bytes.push(NAMED[name]!);
    else if (whole === "\\") throw new SyntaxError(`Unknown escape in ${JSON.stringify(text)}`);
    else bytes.push(...utf8(whole));
  }
  return new Uint8Array(bytes);
}

/** Text as bytes. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
