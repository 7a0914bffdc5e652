import assert from "node:assert/strict";
import { CommandError } from "../../../stdlib/_cli/exit_codes.ts";
import { askPassword, askYesOrNo } from "../../../stdlib/_cli/password.ts";
import { FakeTerminal } from "./fake_terminal.ts";

const SIZE = { columns: 80, rows: 24 };

Deno.test("a password is read without a trace of it", async () => {
  const cases: [string[], string][] = [
    [["secret\r"], "secret"],
    [["se", "cr", "et", "\n"], "secret"],
    [["wrong\x15secxx\x7f\x08ret\r"], "secret"],
    [["pä", "ß\u{1f600}x\x7f\r"], "päß\u{1f600}"],
    [["a\x1b\x01b\r"], "ab"],
    [["\x7f\r"], ""],
    [["abc\x04"], "abc"],
  ];
  for (const [typed, password] of cases) {
    const terminal = new FakeTerminal({ size: SIZE, typed });
    assert.equal(await askPassword(terminal, "Password for ada: "), password);
    assert.deepEqual(terminal.raw, [true, false]);
    assert.equal(terminal.err, "Password for ada: \n");
    assert.equal(terminal.out, "");
  }
});

Deno.test("the terminal is as before, however the question ends", async () => {
  for (const [key, code] of [["\x03", 130], ["\x04", 4]] as const) {
    const terminal = new FakeTerminal({ size: SIZE, typed: [key] });
    await assert.rejects(askPassword(terminal, "? "), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.exitCode, code);
      return true;
    });
    assert.deepEqual(terminal.raw, [true, false]);
  }
  const terminal = new FakeTerminal({ size: SIZE });
  const interrupt = new AbortController();
  const asking = askPassword(terminal, "? ", { signal: interrupt.signal });
  interrupt.abort(new Error("stop"));
  await assert.rejects(asking, /stop/);
  assert.deepEqual(terminal.raw, [true, false]);
});

Deno.test("only yes is yes", async () => {
  for (
    const [typed, yes] of [["y\n", true], ["YES\n", true], ["yess\n", false], [
      "\n",
      false,
    ]] as const
  ) {
    const terminal = new FakeTerminal({ size: SIZE, typed: [typed] });
    assert.equal(await askYesOrNo(terminal, "Remove it?"), yes, typed);
    assert.equal(terminal.err, "Remove it? [y/N] ");
  }
  assert.equal(await askYesOrNo(new FakeTerminal(), "Remove it?"), false);
});
