/**
 * The months, as `ls` abbreviates them in the languages that its users have.
 *
 * @module
 */

/**
 * Tells which month a word means.
 *
 * @param word The word, as a listing has it: `Feb`, `févr.`, `мая`, `3月`.
 * @returns The month, 1 to 12, or `undefined` if it is none in any language known here.
 *
 * @example
 * ```ts
 * import { monthOf } from "https://tulip.example/protocols/ftp/months.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(monthOf("March"), 3);
 * assert.equal(monthOf("août"), 8);
 * ```
 */
export function monthOf(word: string): number | undefined {
  // Most words are English, and need no more than this.
  const english = ENGLISH.get(word.slice(0, 3).toLowerCase());
  if (english !== undefined && english.name.startsWith(plain(word))) return english.month;
  const number = /^(\d{1,2})[月월]$/.exec(word)?.[1];
  if (number !== undefined) return Number(number) <= 12 ? Number(number) || undefined : undefined;
  return (others ??= otherMonths()).get(plain(word));
}

const ENGLISH: ReadonlyMap<string, { name: string; month: number }> = new Map(
  [
    ...["january", "february", "march", "april", "may", "june"],
    ...["july", "august", "september", "october", "november", "december"],
  ].map((name, index) => [name.slice(0, 3), { name, month: index + 1 }]),
);

/**
 * One language a line; `/` between ways to write a month. A language whose words
 * contradict another's is left out: `lis` is October in Croatian, November in Polish.
 */
const LANGUAGES: readonly string[] = [
  "jan feb mär/mrz/märz apr mai jun/juni jul/juli aug sep/sept okt nov dez",
  "jän feb mär apr mai jun jul aug sep okt nov dez",
  "janv/jan févr/fév/fevr mars avr/avril mai juin juil/jui août/aou/aoû sept oct nov déc",
  "ene feb mar abr may jun jul ago sep/sept/set oct nov dic",
  "gen feb mar apr mag giu lug ago set ott nov dic",
  "jan fev mar abr mai jun jul ago set out nov dez",
  "jan feb mrt/maa apr mei jun jul aug sep okt nov dec",
  "jan feb mar apr maj jun jul aug sep okt nov dec",
  "jan feb mar/mars apr mai juni juli aug sep okt nov des",
  "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
  "sty lut mar kwi maj cze lip sie wrz paź/paz lis gru",
  "led úno bře dub kvě čen/čer čec/čvc srp zář říj lis pro",
  "jan feb mar apr máj jún júl aug sep okt nov dec",
  "jan feb/febr márc/már ápr máj jún júl aug szept/sze okt nov dec",
  "ian feb mar apr mai iun iul aug sep/sept oct noi/nov dec",
  "янв фев мар апр май/мая июн июл авг сен окт ноя дек",
  "січ лют бер кві тра чер лип сер вер жов лис гру",
  "oca şub mar nis may haz tem ağu eyl eki kas ara",
  "jaan veebr/vee märts/mär apr/aprill mai juuni/juun juuli/juul aug sept okt nov dets",
];

let others: Map<string, number> | undefined;

function otherMonths(): Map<string, number> {
  const months = new Map<string, number>();
  for (const language of LANGUAGES) {
    for (const [word, month] of numbered(language)) {
      if (!months.has(word)) months.set(word, month);
    }
  }
  return months;
}

function numbered(language: string): Map<string, number> {
  const months = new Map<string, number>();
  language.split(" ").forEach((words, index) => {
    for (const word of words.split("/")) months.set(plain(word), index + 1);
  });
  return months;
}

/** In small letters, composed, and without the dot of an abbreviation. */
function plain(word: string): string {
  return word.toLowerCase().normalize("NFC").replace(/\.$/, "");
}
