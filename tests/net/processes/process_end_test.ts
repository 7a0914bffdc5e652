import assert from "node:assert/strict";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import {
  FileNotFoundError,
  OSError,
  PermissionError,
  ProcessLookupError,
} from "../../../net/errors.ts";
import {
  createSubprocessExec,
  type CreateSubprocessOptions,
  createSubprocessShell,
  PIPE,
  type Process,
  STDOUT,
  subprocessExec,
} from "../../../net/processes/subprocess.ts";
import { SubprocessProtocol } from "../../../net/transports/protocols.ts";
import { rejection } from "../../rejection.ts";
import { text } from "../cuts.ts";
import { isThere, openFiles, until, waitForEnd } from "./processes.ts";

const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

Deno.test("a signal's number, negative, is how a killed child has ended", async () => {
  const endings = [["SIGTERM", -15], ["SIGKILL", -9], ["SIGHUP", -1], ["SIGUSR1", -10]] as const;
  for (const [signal, returncode] of endings) {
    const child = await createSubprocessExec("sleep", ["60"]);
    child.sendSignal(signal);
    assert.equal(await child.wait(), returncode, signal);
    assert.equal(child.returncode, returncode);
    assert.equal(isThere(child.pid), false);
  }
  const terminated = await createSubprocessExec("sleep", ["60"]);
  terminated.terminate();
  assert.equal(await terminated.wait(), -15);
  const high = await createSubprocessShell("exit 200");
  assert.equal(await high.wait(), 200);
});

Deno.test("a child that does not mind SIGTERM minds SIGKILL", async () => {
  const command = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
  const child = await createSubprocessShell(command, { stdout: PIPE });
  assert.equal(await child.stdout!.nextLine(), "ready");
  child.terminate();
  await rejection(child.wait({ timeout: 50 }), TimeoutError);
  assert.equal(child.returncode, null);
  child.kill();
  assert.equal(await child.wait(), -9);
  assert.equal(await child.stdout!.nextLine(), null, "its own child has ended, too");
});

Deno.test("a child that has ended can be sent no signal", async () => {
  const child = await createSubprocessExec("true");
  await child.wait();
  for (const send of [() => child.kill(), () => child.terminate()]) {
    assert.throws(send, (error) => {
      assert.ok(error instanceof ProcessLookupError && error instanceof OSError);
      assert.deepEqual([error.code, error.origin], ["ESRCH", "usage"]);
      return /"true" \(process \d+\): it has ended \(returncode 0\)/.test(error.message);
    });
  }
  await using other = await createSubprocessExec("sleep", ["60"]);
  assert.throws(() => other.sendSignal("SIGNOTHING" as Deno.Signal), TypeError);
});

Deno.test("a signal to a child that has ended a moment ago is lost, without an error", async () => {
  for (let round = 0; round < 5; round += 1) {
    const child = await createSubprocessExec("sleep", ["0.02"]);
    waitForEnd(child.pid);
    assert.equal(child.returncode, null);
    child.sendSignal("SIGUSR1");
    assert.equal(await child.wait(), 0);
  }
});

Deno.test("await using kills what runs, and lets nothing stay open", async () => {
  const before = openFiles();
  let left: Process;
  let orphan = 0;
  {
    await using child = await createSubprocessExec("sleep", ["60"], ALL);
    child.stdin!.write(new Uint8Array(1_000_000));
    left = child;
  }
  assert.equal(left.returncode, -9);
  assert.equal(isThere(left.pid), false);
  {
    await using ended = await createSubprocessExec("true", [], ALL);
    await ended.wait();
    left = ended;
  }
  assert.equal(left.returncode, 0);
  {
    await using shell = await createSubprocessShell("sleep 60 & echo $!; exit 4", { stdout: PIPE });
    const grandchild = Number(await shell.stdout!.nextLine());
    assert.equal(await shell.wait(), 4);
    setTimeout(() => Deno.kill(grandchild, "SIGKILL"));
    orphan = grandchild;
  }
  await until(() => !isThere(orphan) && openFiles() <= before);
});

Deno.test("a wait that is broken off leaves the child alone", async () => {
  await using child = await createSubprocessExec("sleep", ["60"]);
  const error = await rejection(child.wait({ timeout: 10 }), TimeoutError);
  assert.match(error.message, /"sleep" \(process \d+\) has not ended within 10 ms/);
  const reason = new Error("no patience");
  await assert.rejects(child.wait({ signal: AbortSignal.abort(reason) }), reason);
  await run(async () => {
    const task = createTask(() => child.wait());
    await sleep(0);
    task.cancel();
    await rejection(task, CancelledError);
  });
  for (const timeout of [0, NaN]) await rejection(child.wait({ timeout }), RangeError);
  assert.equal(child.returncode, null);
});

Deno.test("timeout() around await using kills the child", async () => {
  let pid = 0;
  await run(async () => {
    await rejection(
      timeout(30, async () => {
        await using child = await createSubprocessExec("sleep", ["60"], ALL);
        pid = child.pid;
        await child.communicate(new Uint8Array(1_000_000));
      }),
      TimeoutError,
    );
  });
  assert.equal(isThere(pid), false);
});

Deno.test("communicate() that is cancelled loses nothing: called again, it brings all", async () => {
  await run(async () => {
    const command = "cat; echo first; sleep 0.2; echo second";
    await using child = await createSubprocessShell(command, { ...ALL });
    const task = createTask(() => child.communicate("input\n"));
    await sleep(80);
    task.cancel();
    await rejection(task, CancelledError);
    assert.equal(child.returncode, null);
    const { stdout: output, stderr: errors } = await child.communicate();
    assert.equal(text(output!), "input\nfirst\nsecond\n");
    assert.equal(errors!.length, 0);
    assert.equal(child.returncode, 0);
    await rejection(child.communicate("more"), RuntimeError);
  });
});

Deno.test("a start that is cancelled or aborted leaves no child", async () => {
  const marker = `60.${Deno.pid}1`;
  const running = async () => {
    const list = await createSubprocessExec("ps", ["-eo", "args="], { stdout: PIPE });
    const lines = text((await list.communicate()).stdout!).split("\n");
    return lines.filter((line) => line.endsWith(`sleep ${marker}`)).length;
  };
  const starts: (() => Promise<unknown>)[] = [
    () => createSubprocessExec("sleep", [marker]),
    () => createSubprocessExec("sleep", [marker], { stdout: PIPE, stderr: STDOUT }),
    () => createSubprocessShell(`exec sleep ${marker}`, ALL),
    () => subprocessExec(() => new SubprocessProtocol(), "sleep", [marker]),
  ];
  await run(async () => {
    const control = await createSubprocessExec("sleep", [marker]);
    assert.equal(await running(), 1);
    control.kill();
    await control.wait();
    for (const start of starts) {
      for (const before of [false, true]) {
        const task = createTask(start);
        if (before) task.cancel();
        else getRunningLoop().callSoon(() => task.cancel());
        await rejection(task, CancelledError);
      }
    }
  });
  const options = (signal: AbortSignal): CreateSubprocessOptions => ({ ...ALL, signal });
  const reason = new Error("too late");
  const aborted = options(AbortSignal.abort(reason));
  await assert.rejects(createSubprocessExec("sleep", [marker], aborted), reason);
  for (const stderr of [PIPE, STDOUT] as const) {
    const stop = new AbortController();
    const starting = createSubprocessExec("sleep", [marker], { ...options(stop.signal), stderr });
    stop.abort(reason);
    await assert.rejects(starting, reason);
  }
  for (let round = 0; round < 100 && await running() > 0; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(await running(), 0);

  await assert.rejects(createSubprocessExec("/no/such/program", [], aborted), reason);

  const stop = new AbortController();
  await using child = await createSubprocessExec("sleep", ["60"], { signal: stop.signal });
  stop.abort();
  await rejection(child.wait({ timeout: 20 }), TimeoutError);
});

Deno.test("what cannot be started says why, by Python's names", async () => {
  const folder = await Deno.makeTempDir();
  const before = openFiles();
  try {
    await Deno.writeTextFile(`${folder}/plain`, "no program");
    await Deno.writeTextFile(`${folder}/lost`, "#!/no/such/interpreter\n", { mode: 0o755 });
    const cases: [string, CreateSubprocessOptions, typeof OSError, RegExp][] = [
      ["no-such-program", {}, FileNotFoundError, /"no-such-program": there is no such program/],
      ["/no/such/program", {}, FileNotFoundError, /there is no such program/],
      [`${folder}/lost`, {}, FileNotFoundError, /or none that could run it/],
      [`${folder}/plain`, {}, PermissionError, /the file is not executable/],
      [folder, {}, PermissionError, /not executable/],
      ["cat", { cwd: "/no/such/folder" }, FileNotFoundError, /no directory "\/no\/such\/folder"/],
    ];
    for (const [program, options, type, words] of cases) {
      for (const pipes of [{}, ALL, { stdout: PIPE, stderr: STDOUT } as const]) {
        if (program.endsWith("lost") && pipes.stderr === STDOUT) continue;
        const error = await rejection(
          createSubprocessExec(program, [], { ...pipes, ...options }),
          type,
        );
        assert.match(error.message, pipes.stderr === STDOUT ? /^Cannot start "/ : words);
        assert.equal(error.code, type === PermissionError ? "EACCES" : "ENOENT");
      }
    }
    const long = await rejection(createSubprocessExec("echo", ["x".repeat(3_000_000)]), OSError);
    assert.equal(long.code, "E2BIG");
    await until(() => openFiles() <= before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("wrong arguments are refused before anything starts", async () => {
  const exec = (program: unknown, args: unknown = [], options: unknown = {}) =>
    createSubprocessExec(
      program as string,
      args as string[],
      options as CreateSubprocessOptions,
    );
  await rejection(exec(""), TypeError);
  await rejection(exec(7), TypeError);
  await rejection(exec("echo", "a b"), TypeError);
  await rejection(exec("echo", [7]), TypeError);
  await rejection(exec("echo", ["a\0b"]), TypeError);
  await rejection(exec("ec\0ho"), TypeError);
  for (const text of ["text", "encoding", "errors", "universalNewlines"]) {
    await rejection(exec("echo", [], { [text]: "utf-8" }), TypeError);
    await rejection(createSubprocessShell("echo", { [text]: true }), TypeError);
  }
  await rejection(exec("echo", [], { stdin: STDOUT }), TypeError);
  await rejection(exec("echo", [], { stdout: STDOUT }), TypeError);
  await rejection(exec("echo", [], { stdout: 1 }), TypeError);
  await rejection(exec("echo", [], { stdout: "piped" }), TypeError);
  await rejection(exec("echo", [], { env: { "A=B": "" } }), TypeError);
  await rejection(exec("echo", [], { env: { "": "x" } }), TypeError);
  await rejection(exec("echo", [], { env: { A: "\0" } }), TypeError);
  await rejection(exec("echo", [], { env: { A: 1 } }), TypeError);
  await rejection(exec("echo", [], { uid: 1.5 }), RangeError);
  await rejection(exec("echo", [], { gid: -1 }), RangeError);
  await rejection(exec("echo", [], { limit: 0 }), RangeError);
  await rejection(createSubprocessShell("echo \0"), TypeError);
});

Deno.test("many children in a row and side by side leave nothing behind", async () => {
  const before = openFiles();
  for (let round = 0; round < 100; round += 1) {
    const child = await createSubprocessExec("true", [], ALL);
    if (round % 2 === 0) assert.equal(await child.wait(), 0);
    else {assert.deepEqual(await child.communicate(), {
        stdout: new Uint8Array(),
        stderr: new Uint8Array(),
      });}
  }
  const children = await Promise.all(
    Array.from(
      { length: 50 },
      (_, index) =>
        createSubprocessShell(`echo ${index}; exit ${index}`, { ...ALL, stderr: STDOUT }),
    ),
  );
  for (const [index, child] of children.entries()) {
    assert.equal(text((await child.communicate()).stdout!), `${index}\n`);
    assert.equal(child.returncode, index);
  }
  await until(() => openFiles() <= before);
  for (const child of children) assert.equal(isThere(child.pid), false);
});
