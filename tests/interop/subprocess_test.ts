import assert from "node:assert/strict";
import { createSubprocessExec, PIPE } from "../../net/processes/subprocess.ts";
import { interopTest } from "./interop.ts";
import { pathOf } from "./servers/installed.ts";

const path = (name: string) => new URL(`subprocess/${name}`, import.meta.url).pathname;
const DENO = [Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A"];
const PYTHON = [pathOf("python3"), "-B"];

/** What a driver prints, when it drives this program. */
async function transcript(driver: string[], program: string[]): Promise<string> {
  const [command, ...args] = [...driver, ...program];
  const child = await createSubprocessExec(command!, args, { stdout: PIPE, stderr: PIPE });
  const { stdout: output, stderr: errors } = await child.communicate(null, { timeout: 60_000 });
  // asyncio grumbles of the input that its child did not read, although it went well.
  assert.equal(child.returncode, 0, new TextDecoder().decode(errors!));
  return new TextDecoder().decode(output!);
}

interopTest("Tulip and asyncio start the same children alike", { needs: ["python3"] }, async () => {
  const [ours, theirs] = [[...DENO, path("driver.ts")], [...PYTHON, path("driver.py")]];
  const shout = [...PYTHON, path("shout.py")];
  const expected = await transcript(theirs, shout);
  assert.match(expected, /^said ONE$/m);
  assert.match(expected, /^rest b'' 3 lines$/m);
  assert.equal(await transcript(ours, shout), expected);

  // A program of ours as the child, which has a child in turn.
  const nested = [...DENO, path("shout.ts")];
  assert.equal(await transcript(theirs, nested), expected);
  assert.equal(await transcript(ours, nested), expected);
});
