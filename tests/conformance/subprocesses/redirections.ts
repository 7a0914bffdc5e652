/**
 * CPython's `test_subprocess`: where input and output go, and in which session.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
} from "../../../net/processes/subprocess.ts";
import { ALL, subprocesses, text } from "./suite.ts";

const held = (name: string, test: () => Promise<void>) =>
  subprocesses.held(`SubprocessMixin.${name}`, ({ run }) => run(test));

held("test_shell", async () => {
  const child = await createSubprocessShell("exit 7");
  assert.equal(await child.wait(), 7);
});

subprocesses.adapted(
  "SubprocessMixin.test_start_new_session",
  "It is called `detached`, as in Deno",
  ({ run }) =>
    run(async () => {
      const child = await createSubprocessShell("exit 8", { detached: true });
      assert.equal(await child.wait(), 8);
    }),
);

held("test_devnull_input", async () => {
  const child = await createSubprocessExec("wc", ["-c"], { ...ALL, stdin: DEVNULL });
  assert.equal(child.stdin, null);
  const { stdout: output } = await child.communicate();
  assert.deepEqual([text(output)!.trim(), await child.wait()], ["0", 0]);
});

held("test_devnull_output", async () => {
  const child = await createSubprocessExec("wc", ["-c"], { ...ALL, stdout: DEVNULL });
  const { stdout: output } = await child.communicate("abc");
  assert.deepEqual([output, await child.wait()], [null, 0]);
});

held("test_devnull_error", async () => {
  const child = await createSubprocessExec("wc", ["-c"], { ...ALL, stderr: DEVNULL });
  const { stderr: errors } = await child.communicate("abc");
  assert.deepEqual([errors, await child.wait()], [null, 0]);
});
