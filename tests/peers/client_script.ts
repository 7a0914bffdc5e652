/**
 * The same dialogues as `script.ts` has, read from the client's side, for a client that is played.
 *
 * | line | the client |
 * |---|---|
 * | `C: QUIT` | sends the line and CRLF |
 * | `C= QU\x49T\r\n` | sends exactly these bytes |
 * | `C! eof` | ends its side |
 * | `S: 250`, `S: 250 words` | expects a whole reply with this code; the words do not matter |
 * | `S: 229 {port}`, `S: 227 {pasv}` | takes the place for its next data connection from it |
 * | `S! close` | expects the server to end the connection |
 * | `D: a line`, `D= bytes` | expects it on the data connection; one block is the whole of it |
 * | `D: *` | takes all that comes on the data connection |
 * | `D? a line` | sends it on the data connection |
 * | `D! connect` | makes the data connection now, and not when it is needed |
 * | `D! reset`, `D! silence` | resets the data connection, or leaves it open |
 * | `# words`, empty line | nothing |
 *
 * @module
 */

import type { Ending } from "./script.ts";
import { unescapeBytes, utf8 } from "./script.ts";

/** One step of a client that is played. */
export type ClientStep =
  & { readonly line: number; readonly source: string }
  & (
    | { readonly kind: "send"; readonly bytes: Uint8Array }
    | { readonly kind: "reply"; readonly code: number; readonly place?: "port" | "pasv" }
    | { readonly kind: "eof" | "closed" | "data-connect" | "data-all" }
    | { readonly kind: "data-send" | "data-expect"; readonly bytes: Uint8Array }
    | { readonly kind: "data-end"; readonly how: Ending }
  );

/**
 * Reads a script.
 *
 * @param text The script; indentation does not matter.
 * @throws {SyntaxError} If a line is none of the table above; with its number.
 */
export function parseClientScript(text: string): ClientStep[] {
  const steps: ClientStep[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const source = raw.trimStart();
    if (source === "" || source.startsWith("#")) continue;
    const step = { line: index + 1, source, ...parseLine(source, index + 1) } as ClientStep;
    const last = steps.at(-1);
    if (step.kind === "data-expect" && last?.kind === "data-expect") {
      // TCP keeps no borders between lines.
      steps[steps.length - 1] = { ...last, bytes: joined(last.bytes, step.bytes) };
    } else {
      steps.push(step);
    }
  }
  return steps;
}

function parseLine(source: string, line: number): object {
  const [, mark = "", text = ""] = /^([A-Z].)(?: (.*))?$/su.exec(source) ?? [];
  switch (mark) {
    case "C:":
      return { kind: "send", bytes: utf8(`${text}\r\n`) };
    case "C=":
      return { kind: "send", bytes: unescapeBytes(text) };
    case "D?":
      return { kind: "data-send", bytes: utf8(`${text}\r\n`) };
    case "D:":
      if (text === "*") return { kind: "data-all" };
      return { kind: "data-expect", bytes: utf8(`${text}\r\n`) };
    case "D=":
      return { kind: "data-expect", bytes: unescapeBytes(text) };
    case "S:": {
      const [, code, place] = /^(\d{3})(?:$|[ -])(?:.*\{(port|pasv)\})?/.exec(text) ?? [];
      if (code !== undefined) return { kind: "reply", code: Number(code), place };
      break;
    }
    case "C!":
      if (text === "eof") return { kind: "eof" };
      break;
    case "S!":
      if (text === "close") return { kind: "closed" };
      break;
    case "D!":
      if (text === "connect") return { kind: "data-connect" };
      if (text === "close" || text === "reset" || text === "silence") {
        return { kind: "data-end", how: text };
      }
      break;
  }
  throw new SyntaxError(`Cannot read line ${line} of the script: ${JSON.stringify(source)}`);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
