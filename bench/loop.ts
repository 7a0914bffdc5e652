/**
 * What the loop costs, beside asyncio, uvloop, effection and effect: callbacks, tasks, queues,
 * locks, timers, cancellation; the memory of a sleeper; and how well the runtime is served while
 * a task spins.
 *
 * `deno task bench:loop`, on a machine with Python, and uvloop for a column more. With the binary
 * of an older Deno in `TULIP_DENO_2_5`, Tulip on that is one more.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { fileURLToPath } from "node:url";
import { measureRows, printRows } from "./rows.ts";
import type { Entrant } from "./side_by_side.ts";

/** Debian's own Python is the one that has Debian's uvloop. */
const PYTHON = "/usr/bin/python3";
const passes = Number(Deno.env.get("PASSES") ?? 2);
const everybody = await contenders();

console.log("Ratios say how often our time, or memory, goes into theirs.");
printRows("nanoseconds", await measureRows(everybody(["speed"]), passes), {
  digits: 0,
  ratios: true,
});
printRows("bytes", await measureRows(everybody(["memory"]), 1), { digits: 0, ratios: true });

// Whoever comes to measure the echo meets one that has nothing else to do: this program waits.
using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const serving = serveEcho(listener);
printRows(
  "milliseconds, while a task spins",
  await measureRows(everybody(["lateness", String(listener.addr.port)]), passes),
  { digits: 2, ratios: false },
);
listener.close();
await serving;

/** Everybody who is there, as a function of what they shall measure. */
async function contenders(): Promise<(mode: string[]) => Entrant[]> {
  const deno = [Deno.execPath(), "run", "-A", "--v8-flags=--expose-gc"];
  const old = Deno.env.get("TULIP_DENO_2_5");
  const all: Entrant[] = [
    { name: "tulip", command: [...deno, file("tulip.ts")] },
    { name: "asyncio", command: [PYTHON, file("asyncio_loop.py"), "asyncio"] },
    { name: "uvloop", command: [PYTHON, file("asyncio_loop.py"), "uvloop"] },
    { name: "effection", command: [...deno, file("effection.ts")] },
    { name: "effect", command: [...deno, file("effect.ts")] },
  ];
  if (old !== undefined && old !== "") {
    const flags = ["run", "-A", "--no-check", "--no-lock", "--v8-flags=--expose-gc"];
    all.splice(1, 0, { name: "tulip on 2.5", command: [old, ...flags, file("tulip.ts")] });
  }
  const absent = await hasUvloop() ? undefined : "uvloop";
  if (absent !== undefined) console.log("uvloop is not there: deno task servers installs it");
  return (mode) =>
    all.filter(({ name }) => name !== absent)
      .map(({ name, command }) => ({ name, command: [...command, ...mode] }));
}

function file(name: string): string {
  return fileURLToPath(import.meta.resolve(`./loop/${name}`));
}

async function hasUvloop(): Promise<boolean> {
  const { success } = await new Deno.Command(PYTHON, {
    args: ["-c", "import uvloop"],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function serveEcho(listener: Deno.TcpListener): Promise<void> {
  for await (const connection of listener) {
    connection.setNoDelay();
    connection.readable.pipeTo(connection.writable).catch(() => {});
  }
}
