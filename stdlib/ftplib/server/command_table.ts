/**
 * How a command of the FTP server is described.
 *
 * @module
 */

import type { FTPSessionState } from "./session.ts";

/** One command. */
export interface FTPCommand {
  /**
   * Runs it. Whatever it throws is the reply.
   *
   * @param session The session.
   * @param argument What follows the verb.
   */
  run(session: FTPSessionState, argument: string): void | Promise<void>;
  /**
   * Whether it takes an argument.
   *
   * @default {"none"}
   */
  argument?: "none" | "optional" | "required";
  /**
   * Who may use it: everyone, or who is logged in.
   *
   * @default {"user"}
   */
  access?: "anyone" | "user";
  /**
   * Whether it runs at once while a transfer is going on; others wait for its end.
   *
   * @default {false}
   */
  duringTransfer?: boolean;
  /** What to write after the verb, for HELP. */
  syntax?: string;
}

/** Commands by verb. */
export type CommandTable = Readonly<Record<string, FTPCommand>>;
