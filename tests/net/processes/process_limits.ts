/** Starts children until the system has had enough, run by `process_limits_test.ts`. */

import type { OSError } from "../../../net/errors.ts";
import { createSubprocessExec, PIPE, type Process } from "../../../net/processes/subprocess.ts";

const options = Deno.args[0] === "files"
  ? { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const
  : { uid: 54_321, gid: 54_321 };
const children: Process[] = [];
const codes: string[] = [];
for (let round = 0; round < 3; round += 1) {
  try {
    for (let count = 0; count < 200; count += 1) {
      children.push(await createSubprocessExec("sleep", ["60"], options));
    }
  } catch (error) {
    codes.push(`${(error as OSError).name} ${(error as OSError).code}`);
  }
  const last = children.pop()!;
  await last[Symbol.asyncDispose]();
}
for (const child of children) await child[Symbol.asyncDispose]();
const { returncode } = children[0]!;
await Deno.stdout.write(new TextEncoder().encode(`${codes.join(", ")}; ${returncode}`));
