import assert from "node:assert/strict";
import { formatTimeVal, parseTimeVal } from "../../../protocols/ftp/time_val.ts";

Deno.test("parseTimeVal reads seconds and fractions (RFC 3659 §2.3)", () => {
  const times: [string, string][] = [
    ["19990929003355", "1999-09-29T00:33:55.000Z"],
    ["19990929003355.237", "1999-09-29T00:33:55.237Z"],
    ["19980615100045.014", "1998-06-15T10:00:45.014Z"],
    ["20240229235959.9", "2024-02-29T23:59:59.900Z"],
    ["20240101000000.123456", "2024-01-01T00:00:00.123Z"],
    ["00990101000000", "0099-01-01T00:00:00.000Z"],
    // A leap second.
    ["19981231235960", "1999-01-01T00:00:00.000Z"],
  ];
  for (const [text, iso] of times) {
    const time = parseTimeVal(text);
    assert.equal(time?.date.toISOString(), iso);
    assert.equal(time.precision, text.includes(".") ? "millisecond" : "second");
  }
});

Deno.test("parseTimeVal refuses what the calendar does not have", () => {
  for (
    const text of [
      ...[
        "",
        "1999092900335",
        "199909290033555",
        "19990229000000",
        "19991301000000",
        "19990001000000",
      ],
      ...["19990100000000", "19990101240000", "19990101006000", "19990101000061", "1999010100000x"],
      ...["19990101000000.", "19990101000000Z", " 19990101000000", "-9990101000000"],
    ]
  ) {
    assert.equal(parseTimeVal(text), undefined, text);
  }
});

Deno.test("formatTimeVal writes what can be read", () => {
  assert.equal(formatTimeVal(new Date("1999-09-29T00:33:55Z")), "19990929003355");
  assert.equal(formatTimeVal(new Date("1999-09-29T00:33:55.007Z")), "19990929003355.007");
  assert.throws(() => formatTimeVal(new Date(NaN)), RangeError);
  assert.throws(() => formatTimeVal(new Date(8.64e15)), RangeError);
  assert.throws(() => formatTimeVal(new Date("-000001-01-01T00:00:00Z")), RangeError);
});
