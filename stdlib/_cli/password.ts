/**
 * Asking whoever sits at the terminal: for a password, which is not shown, and for a yes or no.
 *
 * @module
 */

import { interruptible } from "../../loop/wait.ts";
import { CommandError, EXIT } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";

/** What ends a question. */
export interface QuestionOptions {
  /** Breaks it off: it rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** The longest answer, in characters. */
const LONGEST = 4096;

/**
 * Asks for a password. What is typed is not shown, nor how long it is; the terminal is as before
 * when the promise settles, however it does.
 *
 * @param terminal The terminal. Somebody must sit there: see `terminal.input.isTerminal`.
 * @param prompt What to ask.
 * @param options What ends it.
 * @returns The password.
 * @throws {CommandError} If Ctrl-C was typed (`EXIT.interrupted`), or Ctrl-D and nothing else.
 */
export async function askPassword(
  terminal: Terminal,
  prompt: string,
  options: QuestionOptions = {},
): Promise<string> {
  const { input, errors } = terminal;
  // Before the prompt: somebody may type as soon as it is there.
  input.setRaw(true);
  try {
    errors.writeText(prompt);
    const typed: string[] = [];
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(256);
    for (;;) {
      const count = await interruptible(input.read(buffer), options);
      const text = count === null ? "\x04" : decoder.decode(buffer.subarray(0, count), STREAM);
      for (const key of text) {
        if (typeKey(typed, key)) return typed.join("");
      }
    }
  } finally {
    input.setRaw(false);
    errors.writeText("\n");
  }
}

const STREAM = { stream: true } as const;

/** Takes one key; tells whether it was the last. */
function typeKey(typed: string[], key: string): boolean {
  switch (key) {
    case "\r":
    case "\n":
      return true;
    case "\x03":
      throw new CommandError("Interrupted", EXIT.interrupted);
    case "\x04":
      if (typed.length > 0) return true;
      throw new CommandError("No password was given", EXIT.loginRefused);
    case "\x7f":
    case "\b":
      typed.pop();
      return false;
    case "\x15":
      typed.length = 0;
      return false;
  }
  // Other control characters are keys that write nothing.
  if (key >= " " && typed.length < LONGEST) typed.push(key);
  return false;
}

/**
 * Asks for a yes or no.
 *
 * @param terminal The terminal.
 * @param question What to ask, such as `Remove 3 files?`.
 * @param options What ends it.
 * @returns Whether the answer was yes; anything but `y` and `yes` is a no.
 */
export async function askYesOrNo(
  terminal: Terminal,
  question: string,
  options: QuestionOptions = {},
): Promise<boolean> {
  terminal.errors.writeText(`${question} [y/N] `);
  let answer = "";
  const buffer = new Uint8Array(256);
  const decoder = new TextDecoder();
  while (!answer.includes("\n") && answer.length < LONGEST) {
    const count = await interruptible(terminal.input.read(buffer), options);
    if (count === null) {
      terminal.errors.writeText("\n");
      break;
    }
    answer += decoder.decode(buffer.subarray(0, count), STREAM);
  }
  return /^\s*y(?:es)?\s*$/i.test(answer);
}
