/** Starts what it is told to, run by `subprocess_test.ts` with the least permission. */

import {
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  STDOUT,
} from "../../net/processes/subprocess.ts";

const [how, program, ...args] = Deno.args;
const options = { stdin: PIPE, stdout: PIPE, stderr: how === "joined" ? STDOUT : null } as const;
try {
  const child = how === "shell"
    ? await createSubprocessShell(program!, options)
    : await createSubprocessExec(program!, args, options);
  const { stdout: output } = await child.communicate();
  await Deno.stdout.write(output!);
} catch (error) {
  const { name, message } = error as Error;
  await Deno.stdout.write(new TextEncoder().encode(`${name}: ${message}`));
}
