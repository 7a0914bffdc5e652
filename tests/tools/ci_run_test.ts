import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../.ci/run", import.meta.url));

/** Runs CI with a stand-in for npx, which answers each task by a line of shell. */
async function runCi(answers: Record<string, string>): Promise<{ code: number; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const cases = Object.entries(answers).map(([task, answer]) => `*" ${task}") ${answer} ;;\n`);
    await Deno.writeTextFile(
      `${folder}/npx`,
      `#!/bin/sh\ncase "$*" in\n${cases.join("")}*) echo "all well" ;;\nesac\n`,
      { mode: 0o755 },
    );
    const { code, stdout } = await new Deno.Command("bash", {
      args: [SCRIPT],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
      stdin: "null",
      stderr: "null",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// There are eleven steps; one that prints no summary counts as one.
Deno.test("CI adds up tests and gates in its last line", async () => {
  const { code, lines } = await runCi({
    test: `echo "\\033[32mok\\033[0m | 40 passed (3 steps) | 0 failed (12s)"`,
    soak: `echo "ok | 2 passed | 0 failed (1m2s)"`,
  });
  assert.equal(lines.at(-1), "51 passed, 0 failed");
  assert.equal(code, 0);
});

Deno.test("CI goes on after a failure, and fails in the end", async () => {
  const { code, lines } = await runCi({
    test: `echo "FAILED | 38 passed | 2 failed (12s)"; exit 1`,
    fmt: "exit 3",
    soak: `echo "ok | 2 passed | 0 failed (1m2s)"`,
  });
  assert.equal(lines.at(-1), "48 passed, 3 failed");
  assert.ok(lines.includes("failed: test (2)") && lines.includes("failed: fmt (1)"));
  assert.equal(code, 1);
});

Deno.test("CI takes a skipped test for a failed one", async () => {
  const { code, lines } = await runCi({
    test: `echo "ok | 40 passed | 0 failed | 3 ignored (12s)"`,
  });
  assert.equal(lines.at(-1), "50 passed, 3 failed");
  assert.equal(code, 1);
});

Deno.test("CI takes a run that ends badly without a summary for a failure", async () => {
  const { code, lines } = await runCi({ test: "echo crashed; exit 139" });
  assert.equal(lines.at(-1), "10 passed, 1 failed");
  assert.equal(code, 1);
});

/** A soak run with a test that fails, and says so with this error. */
function failing(error: string): string {
  const lines = [error, "", " FAILURES ", "", "fuzz => ./tests/soak/a_test.ts:1:1", ""];
  const summary = "FAILED | 1 passed | 1 failed (1s)";
  return `${[...lines, summary].map((line) => `echo "${line}"`).join("; ")}; exit 1`;
}

Deno.test("CI asks what failed to pass alone, and tells what does", async () => {
  const { code, lines } = await runCi({ soak: failing("too late") });
  assert.equal(lines.at(-1), "12 passed, 0 failed");
  assert.ok(lines.includes("unsteady, passes alone: soak: fuzz => ./tests/soak/a_test.ts:1:1"));
  assert.equal(code, 0);
});

Deno.test("CI has a fuzz try the seeds again that it failed with", async () => {
  const { code, lines } = await runCi({
    soak: failing("wrong with a, seed 7, and b, seed 123"),
    "./tests/soak/a_test.ts": `[ "$TULIP_SEEDS" != "seed 7 seed 123 " ]`,
  });
  assert.ok(lines.includes("failed: soak (1)"));
  assert.equal(code, 1);
});
