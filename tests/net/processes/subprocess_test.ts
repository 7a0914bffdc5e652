import assert from "node:assert/strict";
import { RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { BrokenPipeError, LimitOverrunError } from "../../../net/errors.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  STDOUT,
} from "../../../net/processes/subprocess.ts";
import { rejection } from "../../rejection.ts";
import { sameBytes, text } from "../cuts.ts";
import { isThere, openFiles, until } from "./processes.ts";

const BOTH = { stdin: PIPE, stdout: PIPE } as const;

Deno.test("a program gets its arguments as they are, without a shell", async () => {
  const args = ["%s|", "a b", "$HOME", "*", '"', "ö", "", "\n"];
  const printf = await createSubprocessExec("printf", args, { stdout: PIPE });
  const { stdout: output, stderr: errors } = await printf.communicate();
  assert.equal(text(output!), 'a b|$HOME|*|"|ö||\n|');
  assert.equal(errors, null);
  assert.equal(printf.returncode, 0);
  assert.ok(printf.pid > 0);
});

Deno.test("streams and exit code: input goes in, lines come out", async () => {
  const cat = await createSubprocessExec("cat", [], BOTH);
  assert.equal(cat.stderr, null);
  assert.equal(cat.returncode, null);
  cat.stdin!.write("one\ntwo\n");
  assert.equal(await cat.stdout!.nextLine(), "one");
  assert.equal(await cat.stdout!.nextLine(), "two");
  cat.stdin!.close();
  await cat.stdin!.waitClosed();
  assert.equal(await cat.stdout!.nextLine(), null);
  assert.equal(await cat.wait(), 0);
  assert.equal(await cat.wait(), 0);
});

Deno.test("output, errors and a code, each by itself", async () => {
  const command = "echo out; echo err >&2; exit 5";
  const shell = await createSubprocessShell(command, { stdout: PIPE, stderr: PIPE });
  const { stdout: output, stderr: errors } = await shell.communicate();
  assert.deepEqual([text(output!), text(errors!), shell.returncode], ["out\n", "err\n", 5]);
});

Deno.test("STDOUT: errors and output in the exact order of writing", async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `${index}\n`);
  const script = lines.map((line, index) => `echo ${line.trim()}${index % 3 === 0 ? " >&2" : ""}`)
    .join("\n");
  const options = { stdout: PIPE, stderr: STDOUT } as const;
  const shell = await createSubprocessShell(script, options);
  assert.equal(shell.stderr, null);
  assert.equal(text((await shell.communicate()).stdout!), lines.join(""));

  const program = await createSubprocessExec("sh", ["-c", script], options);
  assert.equal(program.stderr, null);
  assert.equal(text((await program.communicate()).stdout!), lines.join(""));
});

Deno.test("STDOUT: the program is the child itself, with its arguments and its code", async () => {
  const script = 'echo "$$ $1" >&2; exit 9';
  const args = ["-c", script, "sh", 'a "b" $c'];
  await using child = await createSubprocessExec("sh", args, { stdout: PIPE, stderr: STDOUT });
  const { stdout: output } = await child.communicate();
  assert.equal(text(output!), `${child.pid} a "b" $c\n`);
  assert.equal(child.returncode, 9);

  const silent = await createSubprocessExec("sh", ["-c", "echo x; echo y >&2"], {
    stdout: DEVNULL,
    stderr: STDOUT,
  });
  assert.deepEqual(await silent.communicate(), { stdout: null, stderr: null });
  assert.equal(silent.returncode, 0);
});

Deno.test("DEVNULL: an empty input, and an output that is dropped", async () => {
  const options = { stdin: DEVNULL, stdout: PIPE, stderr: DEVNULL } as const;
  const shell = await createSubprocessShell("wc -c; echo dropped >&2", options);
  const { stdout: output, stderr: errors } = await shell.communicate();
  assert.equal(text(output!).trim(), "0");
  assert.equal(errors, null);
});

Deno.test("directory and environment", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const read = async (options: Parameters<typeof createSubprocessExec>[2]) => {
      const child = await createSubprocessExec("/usr/bin/env", ["sh", "-c", "pwd; env"], {
        stdout: PIPE,
        ...options,
      });
      return text((await child.communicate()).stdout!);
    };
    const output = await read({ cwd: folder, env: { TULIP: "red and white" } });
    assert.match(output, new RegExp(`^${folder}\n`));
    assert.match(output, /^TULIP=red and white$/m);
    assert.match(output, /^PATH=/m);

    const url = new URL(`file://${folder}/`);
    const bare = await read({
      cwd: url,
      env: { TULIP: "1", PATH: "/usr/bin:/bin" },
      clearEnv: true,
    });
    assert.match(bare, new RegExp(`^${folder}\n`));
    assert.doesNotMatch(bare, /^HOME=/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a program may be given by URL", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a program " });
  try {
    const path = `${folder}/say it`;
    await Deno.writeTextFile(path, "#!/bin/sh\necho said; echo loud >&2\n", { mode: 0o755 });
    const url = new URL(`file://${path}`);
    for (const stderr of [STDOUT, PIPE] as const) {
      const child = await createSubprocessExec(url, [], { stdout: PIPE, stderr });
      const { stdout: output } = await child.communicate();
      assert.equal(text(output!), stderr === PIPE ? "said\n" : "said\nloud\n");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("detached: a session of its own", async () => {
  const script = "ps -o sid= -p $$";
  const options = { stdout: PIPE, detached: true } as const;
  const leader = await createSubprocessExec("sh", ["-c", script], options);
  assert.equal(Number(text((await leader.communicate()).stdout!)), leader.pid);
});

Deno.test("communicate() moves much in both directions at once, without a deadlock", async () => {
  const data = new Uint8Array(8_000_000).map((_, index) => (index * 7) % 251);
  const cat = await createSubprocessExec("cat", [], BOTH);
  const { stdout: output } = await cat.communicate(data);
  assert.ok(sameBytes(output!, data));

  const tee = await createSubprocessExec("tee", ["/dev/stderr"], { ...BOTH, stderr: PIPE });
  const { stdout: out, stderr: errors } = await tee.communicate(data);
  assert.ok(sameBytes(out!, data) && sameBytes(errors!, data));
});

Deno.test("a slow reader holds the child up, and gets everything", async () => {
  const command = "head -c 1000000 /dev/zero; echo done >&2";
  const child = await createSubprocessShell(command, { stdout: PIPE, stderr: PIPE });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(child.stdout!.buffered, 0, "nothing is read before somebody asks");
  assert.equal(child.returncode, null);
  let size = 0;
  for (;;) {
    const piece = await child.stdout!.read(50_000);
    if (piece.length === 0) break;
    size += piece.length;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(size, 1_000_000);
  assert.equal(await child.stderr!.nextLine(), "done");
  assert.equal(await child.wait(), 0);
});

Deno.test("what a child left in its pipes can be read after its end", async () => {
  const command = "printf '%060000d' 7; echo late >&2; exit 1";
  const child = await createSubprocessShell(command, { stdout: PIPE, stderr: PIPE });
  assert.equal(await child.wait(), 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const first = await child.stdout!.read(1000);
  assert.ok(first.length > 0 && first.length <= 1000);
  const rest = await child.stdout!.read();
  assert.equal(first.length + rest.length, 60_000);
  assert.equal(rest.at(-1), 0x37);
  assert.deepEqual(await child.stderr!.read(), new TextEncoder().encode("late\n"));
});

Deno.test("of what a grandchild writes no more is taken unasked than a pipe holds", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const command = `(head -c 400000 /dev/zero; echo done > ${folder}/done) &`;
    const child = await createSubprocessShell(command, { stdout: PIPE });
    await child.wait();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await assert.rejects(Deno.stat(`${folder}/done`), Deno.errors.NotFound);
    assert.equal((await child.stdout!.read()).length, 400_000);
    await until(() => Deno.readTextFileSync(`${folder}/done`) === "done\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a child that has ended holds no pipe, whether it was read or not", async () => {
  const before = openFiles();
  const all = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
  const child = await createSubprocessShell("echo one; echo two; echo three >&2", all);
  assert.equal(await child.stdout!.nextLine(), "one");
  await child.wait();
  await until(() => openFiles() <= before);
  assert.equal(await child.stdout!.nextLine(), "two");
});

Deno.test("writing to a child that has closed its input, or has ended, is a BrokenPipeError", async () => {
  const child = await createSubprocessShell("exec <&-; exec sleep 60", { stdin: PIPE });
  await using _ = child;
  const error = await rejection(
    (async () => {
      for (;;) {
        child.stdin!.write("x".repeat(100_000));
        await child.stdin!.drain();
      }
    })(),
    BrokenPipeError,
  );
  assert.equal(error.code, "EPIPE");
  assert.match(error.message, /the input of "exec <&-; exec sleep 60" \(process \d+\)/);

  const ended = await createSubprocessExec("true", [], { stdin: PIPE });
  await ended.wait();
  ended.stdin!.write("late");
  await rejection(ended.stdin!.flush(), BrokenPipeError);
});

Deno.test("communicate() does not mind a child that does not read", async () => {
  const child = await createSubprocessShell("echo no thanks", BOTH);
  const { stdout: output } = await child.communicate(new Uint8Array(1_000_000));
  assert.equal(text(output!), "no thanks\n");
  assert.equal(child.returncode, 0);
});

Deno.test("communicate() without input ends the child's input", async () => {
  for (const input of [undefined, null, "", new Uint8Array()]) {
    const child = await createSubprocessExec("wc", ["-c"], BOTH);
    assert.equal(text((await child.communicate(input)).stdout!).trim(), "0");
  }
});

Deno.test("communicate() brings each byte once", async () => {
  const child = await createSubprocessExec("echo", ["once"], { stdout: PIPE });
  assert.equal(text((await child.communicate()).stdout!), "once\n");
  assert.equal(text((await child.communicate()).stdout!), "");
});

Deno.test("communicate() that is called while another reads leaves the child alone", async () => {
  const options = { ...BOTH, stderr: PIPE } as const;
  await using child = await createSubprocessShell("cat; echo over >&2", options);
  const line = child.stdout!.nextLine();
  await rejection(child.communicate("x"), RuntimeError);
  assert.equal(child.returncode, null);
  child.stdin!.write("\n");
  child.stdin!.close();
  assert.equal(await line, "x");
  assert.equal(await child.wait(), 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await child.stderr!.nextLine(), "over");
});

Deno.test("communicate() refuses input that has no pipe", async () => {
  await using child = await createSubprocessExec("sleep", ["60"]);
  await rejection(child.communicate("lost"), TypeError);
  assert.equal(child.returncode, null);
});

Deno.test("communicate() kills what writes more than the limit, and names it", async () => {
  for (const [command, what] of [["yes", "output"], ["yes >&2", "errors"]] as const) {
    const child = await createSubprocessShell(command, { stdout: PIPE, stderr: PIPE });
    const error = await rejection(child.communicate(null, { limit: 100_000 }), LimitOverrunError);
    assert.match(error.message, new RegExp(`limit of 100000 bytes to its ${what}`));
    assert.equal(error.consumed, 100_000);
    assert.equal(child.returncode, -9);
    assert.equal(isThere(child.pid), false);
  }
  const exact = await createSubprocessExec("printf", ["12345"], { stdout: PIPE });
  assert.equal(text((await exact.communicate(null, { limit: 5 })).stdout!), "12345");
  const above = await createSubprocessExec("printf", ["123456"], { stdout: PIPE });
  await rejection(above.communicate(null, { limit: 5 }), LimitOverrunError);

  await using idle = await createSubprocessExec("sleep", ["60"]);
  for (const limit of [0, NaN, Infinity, -1]) {
    await rejection(idle.communicate(null, { limit }), RangeError);
  }
});

Deno.test("communicate() kills what takes longer than the timeout, also in the midst of input", async () => {
  const asleep = await createSubprocessExec("sleep", ["60"], BOTH);
  const error = await rejection(
    asleep.communicate(new Uint8Array(1_000_000), { timeout: 30 }),
    TimeoutError,
  );
  assert.match(error.message, /"sleep" \(process \d+\) has not ended within 30 ms/);
  assert.equal(asleep.returncode, -9);
  for (const timeout of [0, NaN, -1]) {
    await rejection(asleep.communicate(null, { timeout }), RangeError);
  }
});

Deno.test("communicate() kills what its signal puts an end to", async () => {
  const child = await createSubprocessExec("sleep", ["60"], BOTH);
  const stop = new AbortController();
  const talk = child.communicate("x", { signal: stop.signal });
  const reason = new Error("enough");
  setTimeout(() => stop.abort(reason), 10);
  assert.equal(await rejection(talk, Error), reason);
  assert.equal(child.returncode, -9);
});

Deno.test("whom a child leaves behind holds communicate(), and only a timeout ends that", async () => {
  const child = await createSubprocessShell("sleep 5 &", { stdout: PIPE });
  const before = performance.now();
  await rejection(child.communicate(null, { timeout: 200 }), TimeoutError);
  assert.ok(performance.now() - before < 5000);
  assert.equal(child.returncode, 0);

  const other = await createSubprocessShell("sleep 60 & echo $!", { stdout: PIPE });
  const grandchild = Number(await other.stdout!.nextLine());
  assert.equal(await other.wait(), 0, "wait() waits for the child alone");
  assert.ok(isThere(grandchild));
  Deno.kill(grandchild, "SIGKILL");
  assert.equal(await other.stdout!.nextLine(), null);
});
