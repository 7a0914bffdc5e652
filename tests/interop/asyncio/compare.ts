/**
 * Runs programs with Tulip and with asyncio, and tells what differs.
 *
 * @module
 */

import { generate } from "./generate.ts";
import { interpret } from "./interpreter.ts";
import type { Program } from "./program.ts";
import { smaller } from "./shrink.ts";

const PYTHON = "/usr/bin/python3";
/** How often a program is made smaller. */
const ROUNDS = 50;

/**
 * Compares programs. One Python process runs them all.
 *
 * @param from The first seed.
 * @param count How many.
 * @returns For the first program that differs: its seed, what is left of it when it is shrunk, and
 *   both traces side by side; or `null` where none does.
 */
export async function firstDifference(from: number, count: number): Promise<string | null> {
  const programs = Array.from({ length: count }, (_, index) => generate(from + index));
  const index = await indexOfDifferent(programs);
  if (index === null) return null;
  let program = programs[index]!;
  for (let round = 0; round < ROUNDS; round += 1) {
    const candidates = smaller(program);
    const next = await indexOfDifferent(candidates);
    if (next === null) break;
    program = candidates[next]!;
  }
  const [theirs] = await withPython([program]);
  return report(from + index, program, theirs!, await interpret(program));
}

async function indexOfDifferent(programs: Program[]): Promise<number | null> {
  const traces = await withPython(programs);
  for (const [index, program] of programs.entries()) {
    const ours = await interpret(program);
    if (ours.join("\n") !== traces[index]!.join("\n")) return index;
  }
  return null;
}

async function withPython(programs: Program[]): Promise<string[][]> {
  const interpreter = new URL("interpreter.py", import.meta.url).pathname;
  // Without -B, the compiled backports would be written beside them.
  await using process = new Deno.Command(PYTHON, {
    args: ["-B", interpreter],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = programs.map((program) => `${JSON.stringify(program)}\n`);
  const output = new Response(process.stdout).text();
  await ReadableStream.from(lines).pipeThrough(new TextEncoderStream()).pipeTo(process.stdin);
  const { success } = await process.status;
  if (!success) throw new Error("The interpreter in Python has failed: see above");
  return (await output).trimEnd().split("\n").map((line) => JSON.parse(line) as string[]);
}

function report(seed: number, { main }: Program, theirs: string[], ours: string[]): string {
  const lines = Array.from({ length: Math.max(theirs.length, ours.length) }, (_, index) => {
    const [python = "", tulip = ""] = [theirs[index], ours[index]];
    return `${python === tulip ? "  " : "! "}${python.padEnd(50)} ${tulip}`;
  });
  return [`Seed ${seed}: ${JSON.stringify(main)}`, `  ${"asyncio".padEnd(50)} Tulip`, ...lines]
    .join(
      "\n",
    );
}
