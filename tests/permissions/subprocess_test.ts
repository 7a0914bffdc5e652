import assert from "node:assert/strict";

const SCRIPT = new URL("subprocess_script.ts", import.meta.url).href;

/** What the script says when it may start just this. */
async function runWith(allowed: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-lock", "--no-check", "--quiet", `--allow-run=${allowed}`],
      ...[SCRIPT, ...args],
    ],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(30_000),
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("a child process needs --allow-run for its program, and nothing else", async () => {
  assert.equal(await runWith("echo", "exec", "echo", "hello"), "hello\n");
  assert.equal(await runWith("/bin/sh", "shell", "echo out; echo $((1 + 2))"), "out\n3\n");
  assert.equal(await runWith("/bin/sh", "joined", "echo", "through a shell"), "through a shell\n");
});

Deno.test("where it is missing, the error names it", async () => {
  assert.equal(
    await runWith("echo", "exec", "cat"),
    'PermissionError: Cannot start "cat": the permission is missing. Run this program with ' +
      "--allow-run=cat",
  );
  for (const how of ["shell", "joined"]) {
    assert.equal(
      await runWith("echo", how, "echo"),
      'PermissionError: Cannot start "/bin/sh": the permission is missing. Run this program with ' +
        "--allow-run=/bin/sh",
    );
  }
});
