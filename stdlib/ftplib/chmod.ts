/**
 * Setting the rights to a file.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { featuresOf } from "./features.ts";
import type { Session } from "./session.ts";

/** Sets the Unix mode of a file. */
export async function changeMode(
  session: Session,
  path: string,
  mode: number,
  options: WaitOptions,
): Promise<Reply> {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw new RangeError(`Cannot set the mode to ${mode}: need 0 to 0o7777`);
  }
  const octal = mode.toString(8).padStart(3, "0");
  const { encoding } = session.options;
  command("SITE", path, encoding);
  const features = await featuresOf(session, options);
  const cmd = features.supports("MFF", "UNIX.mode")
    ? command("MFF", `UNIX.mode=${octal.padStart(4, "0")}; ${path}`, encoding)
    : command("SITE", `CHMOD ${octal} ${path}`, encoding);
  return await session.exchange(cmd, options);
}
