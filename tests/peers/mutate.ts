/**
 * Bad input made of good input: what a parser meets when a peer is old, broken or hostile.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** What parsers trip over, in one text or another. */
const TOKENS = [
  ...["", " ", "  ", "\t", "\0", "\r", "\n", "\r\n", "-", "=", ";", ",", ".", "..", "/", "\\", '"'],
  ...["(", ")", "|", "<", ">", ":", "@", "+", "[", "]", "*", "\x7f", "\x80", "\xff", "\u{e9}"],
  ...["0", "1", "-1", "255", "256", "65535", "65536", "99999999999999999999", "1e9", "NaN"],
  ...["220 ", "220-", "999 ", "000 ", " -> ", "->", "::1", "127,0,0,1,0,0", "19700101000000"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty"],
];

/**
 * Changes a text in one to five places.
 *
 * @param random Where chance comes from.
 * @param samples What is good input, and the pieces that bad input is made of.
 */
export function mutate(random: Random, samples: readonly string[]): string {
  let text = random.pick(samples);
  for (let change = random.below(5); change >= 0; change--) {
    const from = random.below(text.length + 1);
    const until = from + random.below(text.length - from + 1);
    text = changed(random, samples, text, from, until);
  }
  // A parser that is not linear shows at a length that a peer may well send.
  return text.slice(0, 65_536);
}

function changed(
  random: Random,
  samples: readonly string[],
  text: string,
  from: number,
  until: number,
): string {
  const [before, inside, after] = [text.slice(0, from), text.slice(from, until), text.slice(until)];
  switch (random.below(7)) {
    case 0:
      return before + after;
    case 1:
      return before + random.pick(TOKENS) + inside + after;
    case 2:
      return before + inside + inside + after;
    case 3:
      return before + random.pick(samples) + after;
    case 4:
      return before + String.fromCharCode(random.below(256)) + inside.slice(1) + after;
    case 5:
      return before + inside.replace(/[a-z]/g, (letter) => letter.toUpperCase()) + after;
    default:
      return before +
        (inside.slice(0, 64) || random.pick(TOKENS)).repeat(random.pick([2, 10, 1_000])) + after;
  }
}
