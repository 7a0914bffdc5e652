/**
 * Starts children with Tulip, and prints what becomes of them, a line for each step.
 *
 * `driver.py` does the same with asyncio; the two must print the same.
 */

// deno-lint-ignore-file no-console

import { CancelledError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  STDOUT,
} from "../../../net/processes/subprocess.ts";

const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** As Python prints it. */
function show(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Uint8Array) return `b'${text(value)}'`;
  if (Array.isArray(value)) return `[${value.map((word) => `'${word}'`).join(", ")}]`;
  return String(value);
}

function log(...words: unknown[]): void {
  console.log(words.map(show).join(" "));
}

function brief(data: Uint8Array | null): string | null {
  if (data === null) return null;
  const first = text(data.subarray(0, 20)).replaceAll("\n", "\\n");
  return `${data.length} '${first}' ${data.reduce((sum, byte) => sum + byte, 0)}`;
}

async function dialogue([program, ...args]: string[]): Promise<void> {
  const child = await createSubprocessExec(program!, args, ALL);
  for (const word of ["one", "two", "ö"]) {
    child.stdin!.write(`${word}\n`);
    await child.stdin!.drain();
    log("said", text(await child.stdout!.readline()).trim());
  }
  log("running", child.returncode);
  child.stdin!.close();
  log("rest", await child.stdout!.read(), text(await child.stderr!.read()).trim());
  log("ended", await child.wait(), child.returncode);
}

async function much([program, ...args]: string[]): Promise<void> {
  const child = await createSubprocessExec(program!, args, ALL);
  const { stdout: output, stderr: errors } = await child.communicate(
    "line of text\n".repeat(20_000),
  );
  log("much", brief(output), brief(errors), child.returncode);
}

async function joined(): Promise<void> {
  const command = "for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 9";
  const child = await createSubprocessShell(command, { stdout: PIPE, stderr: STDOUT });
  const { stdout: output } = await child.communicate();
  log("joined", child.stderr === null, text(output!).trim().split(/\s+/), child.returncode);
}

async function endings(): Promise<void> {
  for (const code of [0, 7, 255]) {
    log("exit", await (await createSubprocessShell(`exit ${code}`)).wait());
  }
  let child;
  for (const name of ["SIGTERM", "SIGKILL", "SIGHUP", "SIGUSR2"] as const) {
    child = await createSubprocessExec("sleep", ["60"]);
    child.sendSignal(name);
    log(name, await child.wait());
  }
  for (const method of ["kill", "terminate"] as const) {
    try {
      child![method]();
    } catch (error) {
      log(method, (error as Error).name);
    }
  }
}

async function refusals(): Promise<void> {
  for (const program of ["no-such-program", "/no/such/program", "/etc/passwd", "/tmp"]) {
    try {
      await createSubprocessExec(program, [], { stdout: PIPE });
    } catch (error) {
      log(program, (error as Error).name);
    }
  }
  try {
    await createSubprocessExec("true", [], { cwd: "/no/such/folder" });
  } catch (error) {
    log("cwd", (error as Error).name);
  }
}

async function edges(): Promise<void> {
  let child = await createSubprocessExec("true", [], { stdin: PIPE });
  let { stdout: output, stderr: errors } = await child.communicate(new Uint8Array(1_000_000));
  log("unread input", `(${show(output)}, ${show(errors)})`, child.returncode);
  child = await createSubprocessShell("wc -c; echo x >&2", {
    stdin: DEVNULL,
    stdout: PIPE,
    stderr: DEVNULL,
  });
  ({ stdout: output, stderr: errors } = await child.communicate());
  log("devnull", text(output!).trim(), errors);
  child = await createSubprocessShell("printf '%05000d' 1; exit 3", { stdout: PIPE });
  log("wait first", await child.wait(), brief(await child.stdout!.read()));
  child = await createSubprocessExec("sleep", ["60"]);
  const waiting = child;
  const task = createTask(() => waiting.wait());
  await sleep(10);
  task.cancel();
  try {
    await task;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    log("cancelled", child.returncode);
  }
  child.kill();
  log("killed", await child.wait());
  child = await createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
  child.stdin!.write("abc");
  child.stdin!.writeEof();
  ({ stdout: output, stderr: errors } = await child.communicate());
  log("eof", `(${show(output)}, ${show(errors)})`, child.returncode);
}

await run(async () => {
  await dialogue(Deno.args);
  await much(Deno.args);
  await joined();
  await endings();
  await refusals();
  await edges();
});
