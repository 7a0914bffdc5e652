/** Starts children in a program of its own, run by `process_script_test.ts`. */

import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  STDOUT,
} from "../../../net/processes/subprocess.ts";

const SLEEP = "60";

async function say(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

switch (Deno.args[0]) {
  case "unref": {
    const child = await createSubprocessExec("sleep", [SLEEP], {
      stdin: DEVNULL,
      stdout: DEVNULL,
      stderr: DEVNULL,
      detached: true,
    });
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
  case "silent": {
    const options = { stdout: DEVNULL, stderr: STDOUT } as const;
    await (await createSubprocessExec("sh", ["-c", "echo out; echo err >&2"], options)).wait();
    await (await createSubprocessShell("echo out; echo err >&2", options)).wait();
    break;
  }
  case "loud": {
    const options = { stderr: STDOUT } as const;
    await (await createSubprocessExec("sh", ["-c", "echo 1; echo 2 >&2"], options)).wait();
    await (await createSubprocessShell("echo 3; echo 4 >&2; echo 5", options)).wait();
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
