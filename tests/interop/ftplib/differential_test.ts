import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { interopTest } from "../interop.ts";
import { assertAlike, type Stage } from "./differential.ts";
import { type DifferenceName, DIFFERENCES } from "./differences.ts";
import { nameOf, type Place, PLACES } from "./places.ts";
import { PythonFtplib } from "./python.ts";
import { SCRIPTS } from "./scripts.ts";
import { LoggedStage, RelayedStage } from "./stages.ts";
import { anyScript } from "./random_script.ts";

const RUNS = Number(Deno.env.get("RUNS") ?? 20);
const SEED = Number(Deno.env.get("SEED") ?? 5);

const met = new Set<DifferenceName>();
let finished = 0;

// What vsftpd is told over TLS it writes to its log; the others are listened to without TLS alone.
const stages: [place: Place, start: (place: Place) => Promise<Stage & AsyncDisposable>][] = [];
for (const place of PLACES) {
  const { server, security, reuse } = place;
  if (security === "plain") stages.push([place, RelayedStage.start]);
  // Python's client resumes no TLS session, and has no TLS from the first byte.
  if (server === "vsftpd" && security === "explicit" && !reuse) {
    stages.push([place, LoggedStage.start]);
  }
}

for (const [place, start] of stages) {
  interopTest(`Python's ftplib and ours do the same on ${nameOf(place)}`, {
    needs: [place.program, "python3"],
  }, async (context) => {
    await using stage = await start(place);
    await using python = new PythonFtplib();
    for (const mode of ["passive", "active"] as const) {
      for (const [name, steps] of Object.entries(SCRIPTS)) {
        const script = { steps, passive: mode === "passive" };
        await context.step(`${name}, ${mode}`, () => assertAlike(stage, python, script, met));
      }
    }
    if (place.hostname === "::1") return void finished++;
    await context.step(`${RUNS} scripts made at random`, () =>
      fc.assert(
        fc.asyncProperty(anyScript, (script) => assertAlike(stage, python, script, met)),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      ));
    finished++;
  });
}

Deno.test("every difference between Python's ftplib and ours that is listed is there", () => {
  // Where a server is not installed, or some tests were filtered out, nobody can tell.
  if (finished < stages.length) return;
  assert.deepEqual([...met].sort(), Object.keys(DIFFERENCES).sort());
});
