import assert from "node:assert/strict";
import { cellsOf } from "../../../stdlib/_cli/cells.ts";
import { progressBoard, progressLine, rowsOf } from "../../../stdlib/_cli/progress_lines.ts";
import { ProgressBars } from "../../../stdlib/_cli/progress_bars.ts";
import { ProgressJson, ProgressLog } from "../../../stdlib/_cli/progress_plain.ts";
import { Output } from "../../../stdlib/_cli/output.ts";
import { sleep } from "../../../loop/sleep.ts";
import { FakeTerminal } from "./fake_terminal.ts";

const HALF = { name: "pub/report.bin", transferred: 512 * 1024, total: 1024 ** 2, rate: 65_536 };

Deno.test("a line shows name, part, bar, size, speed and the time that is left", () => {
  assert.equal(
    progressLine(HALF, 80),
    "pub/report.bin             50% [======>       ]  512.0 KiB   64.0 KiB/s     0:08",
  );
  assert.equal(
    progressLine({ name: "a", transferred: 0, total: 0 }, 80),
    "a                         100% [==============]        0 B                  0:00",
  );
});

Deno.test("where nobody knows how much is to come, nothing is made up", () => {
  const line = progressLine({ name: "a", transferred: 2048 }, 80);
  assert.doesNotMatch(line, /%|=|\d:\d\d/);
  assert.match(line, /2\.0 KiB +-:--$/);
});

Deno.test("a line is never wider than the terminal, and always exact where it has a bar", () => {
  for (let width = 0; width <= 200; width++) {
    const line = progressLine({ ...HALF, name: "東京/\x1b[2Jvery long name of a file.bin" }, width);
    assert.ok(cellsOf(line) <= width, `${width}: ${JSON.stringify(line)}`);
    if (width >= 72) assert.equal(cellsOf(line), width);
    assert.ok(!line.includes("\x1b"));
  }
});

Deno.test("what a server says too much or too little draws no bar beyond its ends", () => {
  for (const transferred of [-5, 0, 1, 99, 100, 1e12]) {
    const line = progressLine({ name: "a", transferred, total: 100 }, 100);
    assert.equal(/\[(.*)\]/.exec(line)![1]!.length, 100 - 32 - 1 - 5 - 11 - 13 - 9 - 2);
  }
});

Deno.test("a bar is full only at the end", () => {
  const bar = (transferred: number) =>
    /\[(.*)\]/.exec(progressLine({ name: "a", transferred, total: 1e6 }, 80))![1];
  assert.equal(bar(1), " ".repeat(14));
  assert.equal(bar(100_000), ">".padEnd(14));
  assert.equal(bar(999_999), `${"=".repeat(12)}> `);
  assert.equal(bar(1e6), "=".repeat(14));
});

Deno.test("there are never more lines than the terminal has", () => {
  const running = Array.from({ length: 30 }, (_, index) => ({ ...HALF, name: `file ${index}` }));
  const whole = { ...HALF, name: "30 files" };
  const lines = progressBoard({ running, whole }, { columns: 80, rows: 10 });
  assert.equal(lines.length, 9);
  assert.match(lines[7]!, /^… and 23 more$/);
  assert.match(lines[8]!, /^30 files/);
  assert.equal(
    progressBoard({ running: running.slice(0, 3) }, { columns: 80, rows: 10 }).length,
    3,
  );
  assert.equal(rowsOf(["x".repeat(79), "", "x".repeat(81)], 40), 2 + 1 + 3);
});

const TOKENS =
  // deno-lint-ignore no-control-regex
  /\x1b\[(\d+)A|\x1b\[J|\x1b\[\?25[lh]|\r|\n|[^\x1b\r\n]+/g;

/** What a terminal shows at the end of what it was sent, as far as these programs go. */
function screen(sent: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const [token, up] of sent.matchAll(TOKENS)) {
    if (up !== undefined) row -= Number(up);
    else if (token === "\x1b[J") lines.splice(row, Infinity, "");
    else if (token === "\n") lines[++row] ??= "";
    else if (!token.startsWith("\x1b") && token !== "\r") lines[row] = lines[row]! + token;
    assert.ok(row >= 0, "above the first line");
  }
  return lines;
}

Deno.test("bars are drawn in place, lines above them, and the cursor comes back", async () => {
  const terminal = new FakeTerminal({ size: { columns: 80, rows: 24 } });
  const progress = new ProgressBars(terminal);
  progress.expect({ items: 2, bytes: 200 });
  const first = progress.start("one", { total: 100 });
  const second = progress.start("two", { total: 100 });
  first.update({ transferred: 50 });
  await sleep(150);
  assert.ok(terminal.err.startsWith("\x1b[?25l"));
  assert.deepEqual(screen(terminal.err).map((line) => line.slice(0, 26).trim()), [
    "one",
    "two",
    "0 of 2 files, 200 B",
    "",
  ]);
  progress.print("a warning");
  first.update({ transferred: 100 });
  first.done();
  const shown = screen(terminal.err);
  assert.equal(shown[0], "a warning");
  assert.match(shown[1]!, /^one: 100 B in \d/);
  assert.match(shown[2]!, /^two/);
  assert.match(shown[3]!, /^1 of 2 files, 200 B +50% /);
  second.failed("refused");
  progress.end();
  assert.ok(terminal.err.endsWith("\x1b[?25h"));
  assert.deepEqual(screen(terminal.err).slice(2), [""]);
  assert.equal(terminal.listeners, 0);
  const before = terminal.err;
  progress.end();
  assert.equal(terminal.err, before);
});

Deno.test("bars are drawn at most ten times a second", async () => {
  const terminal = new FakeTerminal({ size: { columns: 80, rows: 24 } });
  const progress = new ProgressBars(terminal);
  const item = progress.start("one", { total: 1e6 });
  const begun = performance.now();
  for (let turn = 0; turn < 200; turn++) {
    item.update({ transferred: turn });
    await sleep(1);
  }
  const took = performance.now() - begun;
  const drawn = terminal.err.split("one").length - 1;
  progress.end();
  assert.ok(drawn >= 1 && drawn <= 2 + took / 100, `${drawn} times in ${took} ms`);
});

Deno.test("a terminal that became narrower loses no line to wrapped bars", async () => {
  const terminal = new FakeTerminal({ size: { columns: 80, rows: 24 } });
  const progress = new ProgressBars(terminal);
  progress.start("one", { total: 100 });
  await sleep(150);
  terminal.err = "";
  terminal.resize({ columns: 40, rows: 24 });
  // 79 cells are two lines there.
  assert.ok(terminal.err.startsWith("\x1b[2A\r\x1b[J"), JSON.stringify(terminal.err));
  assert.ok(cellsOf(terminal.err.split("\x1b[J")[1]!.trimEnd()) <= 39);
  progress.end();
});

Deno.test("a log gets a line for each transfer that is done", () => {
  const terminal = new FakeTerminal();
  const progress = new ProgressLog(terminal.errors);
  const item = progress.start("a.txt", { total: 10 });
  item.update({ transferred: 5 });
  item.update({ transferred: 10 });
  item.done();
  progress.start("b.txt").failed("refused");
  assert.match(terminal.err, /^a\.txt: 10 B in [\d.]+ s[^\n]*\n$/);
});

Deno.test("a program gets a line of JSON for each transfer that ends", async () => {
  const terminal = new FakeTerminal();
  const output = new Output(terminal.output);
  const progress = new ProgressJson(output, terminal.errors);
  const item = progress.start("a.txt", { total: 10, transferred: 4, fields: { to: "x/a.txt" } });
  item.update({ transferred: 10 });
  item.done({ verified: true });
  item.done();
  progress.start("b.txt").failed("refused");
  await output.flush();
  const lines = terminal.out.trim().split("\n").map((line) => JSON.parse(line));
  const seconds = lines.map((line) => line.seconds);
  assert.ok(seconds.every((value) => typeof value === "number" && value >= 0));
  assert.deepEqual(lines, [
    {
      event: "done",
      name: "a.txt",
      to: "x/a.txt",
      transferred: 10,
      resumedAt: 4,
      seconds: seconds[0],
      verified: true,
    },
    {
      event: "failed",
      name: "b.txt",
      transferred: 0,
      resumedAt: 0,
      seconds: seconds[1],
      message: "refused",
    },
  ]);
  assert.equal(terminal.err, "");
});
