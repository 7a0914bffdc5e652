/**
 * CPython's `test_subprocess`: what goes in, and what comes out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { gather } from "../../../loop/gather.ts";
import { BrokenPipeError, ConnectionResetError } from "../../../net/errors.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
} from "../../../net/processes/subprocess.ts";
import { ALL, BOTH, machineTime, PIPE_MAX_SIZE, SHELL, subprocesses, text } from "./suite.ts";

const { held, adapted } = {
  held: (name: string, test: () => Promise<void>) =>
    subprocesses.held(`SubprocessMixin.${name}`, ({ run }) => run(test)),
  adapted: (name: string, why: string, test: () => Promise<void>) =>
    subprocesses.adapted(`SubprocessMixin.${name}`, why, ({ run }) => run(test)),
};

held("test_stdin_stdout", async () => {
  const child = await createSubprocessExec("cat", [], BOTH);
  child.stdin!.write("some data");
  await child.stdin!.drain();
  child.stdin!.close();
  assert.equal(text(await child.stdout!.read()), "some data");
  assert.equal(await child.wait(), 0);
});

held("test_communicate", async () => {
  const child = await createSubprocessExec("cat", [], BOTH);
  const { stdout: output, stderr: errors } = await child.communicate("some data");
  assert.deepEqual([text(output), errors, child.returncode], ["some data", null, 0]);
});

held("test_communicate_none_input", async () => {
  const child = await createSubprocessExec("cat", [], BOTH);
  const { stdout: output } = await child.communicate();
  assert.deepEqual([text(output), child.returncode], ["", 0]);
});

held("test_empty_input", async () => {
  const child = await createSubprocessExec("wc", ["-c"], ALL);
  const { stdout: output } = await child.communicate(new Uint8Array());
  assert.deepEqual([text(output)!.trim(), await child.wait()], ["0", 0]);
});

adapted(
  "test_stdin_not_inheritable",
  "There is no close_fds: a child of Deno's never gets more than its three files",
  async () => {
    const child = await createSubprocessExec("wc", ["-c"], ALL);
    const { stdout: output } = await child.communicate("abc");
    assert.deepEqual([text(output)!.trim(), await child.wait()], ["3", 0]);
  },
);

held("test_devstdin_input", async () => {
  const child = await createSubprocessExec("cat", ["/dev/stdin"], ALL);
  const { stdout: output } = await child.communicate("abc");
  assert.deepEqual([text(output), await child.wait()], ["abc", 0]);
});

adapted(
  "test_stdin_broken_pipe",
  `${SHELL}, and waits for a line of its input, for there is no pass_fds`,
  async () => {
    const child = await createSubprocessShell("read line", { stdin: PIPE });
    child.stdin!.write(`go\n${"x".repeat(PIPE_MAX_SIZE)}`);
    await assert.rejects(
      async () => await child.stdin!.drain(),
      (error) => error instanceof BrokenPipeError || error instanceof ConnectionResetError,
    );
    await child.wait();
  },
);

held("test_communicate_ignore_broken_pipe", async () => {
  const child = await createSubprocessExec("true", [], { stdin: PIPE });
  await child.communicate(new Uint8Array(PIPE_MAX_SIZE));
  assert.equal(await child.wait(), 0);
});

adapted(
  "test_pause_reading",
  "A reader pulls, so nothing has to be paused: what nobody asks for stays in the pipe",
  async () => {
    const limit = 10;
    const size = limit * 2 + 1;
    const child = await createSubprocessExec("printf", [`%0${size}d`, "0"], { ...BOTH, limit });
    await machineTime(5);
    assert.ok(child.stdout!.buffered <= limit);
    const { stdout: output } = await child.communicate();
    assert.equal(text(output), "0".repeat(size));
  },
);

held("test_read_stdout_after_process_exit", async () => {
  const command = "head -c 262144 /dev/zero | tr '\\0' x; exit 1";
  const child = await createSubprocessShell(command, { stdout: PIPE });
  let size = 0;
  for (;;) {
    const data = await child.stdout!.read(65_536);
    if (data.length === 0) break;
    size += data.length;
    await sleep(3);
  }
  assert.equal(size, 262_144);
  assert.equal(await child.wait(), 1);
});

held("test_subprocess_concurrent_wait", async () => {
  const child = await createSubprocessExec("cat", [], BOTH);
  const { stdout: output } = await child.communicate("some data");
  assert.deepEqual([text(output), child.returncode], ["some data", 0]);
  const waits = Array.from({ length: 10 }, () => () => child.wait());
  assert.deepEqual(await gather(waits), Array(10).fill(0));
});

held("test_subprocess_communicate_stdout", async () => {
  const outputOf = async (word: string) => {
    const child = await createSubprocessExec("echo", [word], { stdout: PIPE });
    return text((await child.communicate()).stdout)!.trim();
  };
  const words = Array.from({ length: 10 }, (_, index) => `foo${index}`);
  assert.deepEqual(await gather(words.map((word) => () => outputOf(word))), words);
});

adapted(
  "test_create_subprocess_env_shell",
  "`env` adds to the environment, as with Deno.Command; alone it stands with `clearEnv`",
  () => checkEnvironment("bar", (env) => createSubprocessShell("printf %s $FOO", env)),
);

adapted(
  "test_create_subprocess_env_exec",
  "`env` adds to the environment, as with Deno.Command; alone it stands with `clearEnv`",
  () => checkEnvironment("baz", (env) => createSubprocessExec("printenv", ["FOO"], env)),
);

async function checkEnvironment(
  value: string,
  start: (options: { env: Record<string, string>; stdout: typeof PIPE }) => ReturnType<
    typeof createSubprocessExec
  >,
): Promise<void> {
  const child = await start({ env: { FOO: value }, stdout: PIPE });
  const { stdout: output } = await child.communicate();
  assert.equal(text(output)!.trim(), value);
  assert.equal(child.returncode, 0);
  const task = createTask(() => child.wait());
  assert.equal(await task, 0);
}
