import assert from "node:assert/strict";
import { monthOf } from "../../../protocols/ftp/months.ts";

// What `date +%b` writes in these languages, by the tables of GNU libc.
const WRITTEN: Record<string, string> = {
  C: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
  de_DE: "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
  fr_FR: "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.",
  es_ES: "ene feb mar abr may jun jul ago sep oct nov dic",
  it_IT: "gen feb mar apr mag giu lug ago set ott nov dic",
  pt_BR: "jan fev mar abr mai jun jul ago set out nov dez",
  nl_NL: "jan feb mrt apr mei jun jul aug sep okt nov dec",
  da_DK: "jan feb mar apr maj jun jul aug sep okt nov dec",
  nb_NO: "jan. feb. mars april mai juni juli aug. sep. okt. nov. des.",
  fi_FI: "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
  pl_PL: "sty lut mar kwi maj cze lip sie wrz paź lis gru",
  cs_CZ: "led úno bře dub kvě čen čec srp zář říj lis pro",
  hu_HU: "jan febr márc ápr máj jún júl aug szept okt nov dec",
  ru_RU: "янв фев мар апр мая июн июл авг сен окт ноя дек",
  tr_TR: "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
  ja_JP: "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
  ko_KR: "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
};

for (const [locale, words] of Object.entries(WRITTEN)) {
  Deno.test(`monthOf knows the months of ${locale}`, () => {
    assert.deepEqual(words.split(" ").map(monthOf), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
}

Deno.test("monthOf takes whole names, other letters and composed ones", () => {
  assert.deepEqual(["January", "SEPT", "sep.", "MÄR", "a\u006fu\u0302t", "deze"].map(monthOf), [
    1,
    9,
    9,
    3,
    8,
    undefined,
  ]);
});

Deno.test("monthOf knows no other words", () => {
  for (
    const word of ["", "ja", "janua ry", "Januar1", "marble", "13月", "0月", "toString", "foo"]
  ) {
    assert.equal(monthOf(word), undefined, word);
  }
});
