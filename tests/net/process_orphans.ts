/** Starts what outlives it, run by `process_orphans_test.ts`. */

import { createSubprocessExec, createSubprocessShell, PIPE } from "../../net/subprocess.ts";

const SLEEP = "60";

async function say(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

switch (Deno.args[0]) {
  case "unref": {
    const child = await createSubprocessExec("sleep", [SLEEP], { detached: true });
    child.unref();
    await say(`${child.pid}`);
    break;
  }
  case "grandchild": {
    const command = `sleep ${SLEEP} 2>/dev/null & echo $!`;
    const child = await createSubprocessShell(command, { stdout: PIPE });
    const pid = await child.stdout!.nextLine();
    await child.wait();
    await say(pid!);
    break;
  }
  case "reading": {
    const command = "(sleep 0.2; echo late) & exit 0";
    const child = await createSubprocessShell(command, { stdout: PIPE });
    await child.wait();
    await say((await child.stdout!.nextLine())!);
    break;
  }
}
