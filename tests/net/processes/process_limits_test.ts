import assert from "node:assert/strict";
import { createSubprocessShell, PIPE } from "../../../net/processes/subprocess.ts";
import { text } from "../cuts.ts";

const SCRIPT = new URL("process_limits.ts", import.meta.url).href;

/** What the script says under limits of the shell. */
async function runUnder(limits: string, what: string): Promise<string> {
  const command = `${limits}; exec "$DENO" run --no-check --no-lock --allow-run ${SCRIPT} ${what}`;
  const env = { DENO: Deno.execPath(), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const shell = await createSubprocessShell(command, { stdout: PIPE, env });
  return text((await shell.communicate(null, { timeout: 30_000 })).stdout!);
}

Deno.test("where there are too many files, a start fails, and leaves none open", async () => {
  const error = "OSError EMFILE";
  assert.equal(await runUnder("ulimit -n 90", "files"), `${error}, ${error}, ${error}; -9`);
});

Deno.test({
  name: "where there are too many processes, a start fails, until one has ended",
  // Only the superuser may start children as somebody else, who has no other processes.
  ignore: Deno.uid() !== 0,
  async fn() {
    const error = "OSError EAGAIN";
    const limits = "ulimit -p 4 2>/dev/null || ulimit -u 4";
    assert.equal(await runUnder(limits, "processes"), `${error}, ${error}, ${error}; -9`);
  },
});
