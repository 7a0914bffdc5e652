import assert from "node:assert/strict";
import { createSubprocessExec, PIPE } from "../../../net/processes/subprocess.ts";
import { text } from "../cuts.ts";
import { isThere } from "./processes.ts";

const SCRIPT = new URL("process_script.ts", import.meta.url).href;

/** Runs the script to its end, which must come before that of what it starts. */
async function runScript(what: string): Promise<{ output: string; errors: string }> {
  const args = ["run", "--no-check", "--no-lock", "--quiet", "--allow-run", SCRIPT, what];
  await using child = await createSubprocessExec(Deno.execPath(), args, {
    stdout: PIPE,
    stderr: PIPE,
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  // Not by communicate(): what outlives it may hold its output open.
  const returncode = await child.wait({ timeout: 20_000 });
  assert.equal(returncode, 0);
  return {
    output: text(await child.stdout!.read(100)),
    errors: text(await child.stderr!.read(100)),
  };
}

Deno.test("a program may end before a child that is not its concern any more", async () => {
  const pid = Number((await runScript("unref")).output);
  assert.ok(isThere(pid));
  Deno.kill(pid, "SIGKILL");
});

Deno.test("whom a child leaves behind keeps no program alive in which nobody reads", async () => {
  const pid = Number((await runScript("grandchild")).output);
  assert.ok(isThere(pid));
  Deno.kill(pid, "SIGKILL");
});

Deno.test("where somebody does, what they write is read after the end of the child", async () => {
  assert.equal((await runScript("reading")).output, "late");
});

Deno.test("STDOUT is wherever the output goes: nowhere, or to this program's own", async () => {
  assert.deepEqual(await runScript("silent"), { output: "", errors: "" });
  assert.deepEqual(await runScript("loud"), { output: "1\n2\n3\n4\n5\n", errors: "" });
});
