import assert from "node:assert/strict";
import { cellsOf, fit, visible } from "../../../stdlib/_cli/cells.ts";
import {
  formatBytes,
  formatCount,
  formatRate,
  formatSpeed,
  formatTime,
} from "../../../stdlib/_cli/format.ts";
import { RateMeter, timeLeft } from "../../../stdlib/_cli/rate.ts";

Deno.test("bytes, speeds and times are written for people", () => {
  const sizes: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [1023.9 * 1024, "1023.9 KiB"],
    [5 * 1024 ** 3, "5.0 GiB"],
    [2 ** 53, "8.0 PiB"],
  ];
  for (const [bytes, text] of sizes) assert.equal(formatBytes(bytes), text);
  assert.equal(formatRate(1024), "1.0 KiB/s");
  const times: [number, string][] = [
    [0, "0:00"],
    [1_499, "0:01"],
    [59_600, "1:00"],
    [754_000, "12:34"],
    [3_723_000, "1:02:03"],
    [864_000_000, "10 days"],
  ];
  for (const [ms, text] of times) assert.equal(formatTime(ms), text);
  assert.equal(formatCount(1, "file"), "1 file");
  assert.equal(formatCount(0, "directory", "directories"), "0 directories");
  assert.equal(formatSpeed(2048, 2000), "2.0 KiB in 2.0 s (1.0 KiB/s)");
  assert.equal(formatSpeed(2048, 0), "2.0 KiB in 0.0 s");
});

Deno.test("a server's names cannot steer the terminal", () => {
  assert.equal(visible("a\x1b[2Jb\r\n\x9b"), "a\\x1b[2Jb\\x0d\\x0a\\x9b");
  assert.equal(visible("photo\u202egpj.exe"), "photo\\u202egpj.exe");
  assert.equal(visible("Grüße 東京 😀"), "Grüße 東京 😀");
});

Deno.test("wide characters take two cells, marks none", () => {
  assert.equal(cellsOf("plain"), 5);
  assert.equal(cellsOf("東京"), 4);
  assert.equal(cellsOf("e\u0301"), 1);
  assert.equal(cellsOf("😀"), 2);
});

Deno.test("text is filled up, or loses its middle", () => {
  assert.equal(fit("abc", 5), "abc  ");
  assert.equal(fit("abcdefgh", 5), "ab…gh");
  assert.equal(fit("abcdefgh", 4), "ab…h");
  assert.equal(fit("abc", 0), "");
  assert.equal(fit("abc", 1), "…");
  for (let width = 1; width < 12; width++) {
    assert.equal(cellsOf(fit("東京都港区.txt", width)), width);
  }
});

Deno.test("the speed is that of the last seconds", () => {
  const meter = new RateMeter();
  assert.equal(meter.rate(0, 0), undefined);
  meter.mark(0, 0);
  assert.equal(meter.rate(1_000, 100), undefined);
  assert.equal(meter.rate(1_000, 1_000), 1_000);
  // Fast for a while, then slow: what was long ago does not count.
  let bytes = 0;
  for (let now = 0; now <= 10_000; now += 100) meter.mark(bytes += 1_000_000, now);
  for (let now = 10_100; now <= 20_000; now += 100) meter.mark(bytes += 1_000, now);
  assert.equal(Math.round(meter.rate(bytes, 20_000)! / 1_000), 10);
});

Deno.test("the time that is left is known only while something moves", () => {
  assert.equal(timeLeft(1_000, 500), 2_000);
  assert.equal(timeLeft(0, 0), 0);
  assert.equal(timeLeft(1_000, 0), undefined);
  assert.equal(timeLeft(undefined, 500), undefined);
  assert.equal(timeLeft(1_000, undefined), undefined);
});
