/** Says everything again in upper case, and counts the lines in its errors: by a child of its own. */

import { run } from "../../../loop/runners.ts";
import { createSubprocessExec, PIPE } from "../../../net/processes/subprocess.ts";

const returncode = await run(async () => {
  const options = { stdout: PIPE, stderr: null } as const;
  await using child = await createSubprocessExec(
    "python3",
    [new URL("shout.py", import.meta.url).pathname],
    options,
  );
  for await (const line of child.stdout!) await Deno.stdout.write(line);
  return await child.wait();
});
Deno.exit(returncode);
