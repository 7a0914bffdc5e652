/**
 * From the options of the command line to those of a transfer.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import type { Context } from "../../_cli/command.ts";
import { messageOf } from "../../_cli/failures.ts";
import { formatTime } from "../../_cli/format.ts";
import type { OptionValues } from "../../_cli/options.ts";
import type { RetryEvent, Verification } from "../types.ts";
import { RETRIES, type TRANSFER } from "./options.ts";

/** What downloads and uploads are told alike. */
export interface CommonTransferOptions {
  /** Whether to go on where an earlier transfer stopped. */
  readonly resume: boolean;
  /** What is compared afterwards. */
  readonly verify: boolean | Verification;
  /** How often it is tried again. */
  readonly retries: number;
  /** Says so. */
  readonly onRetry: (event: RetryEvent) => void;
}

/**
 * Reads the options that downloads and uploads have in common.
 *
 * @param options What was asked for.
 * @param context What the command works with.
 * @returns The options for the library.
 */
export function transferOptions(
  options: OptionValues<typeof TRANSFER.options>,
  context: Context,
): CommonTransferOptions {
  return {
    resume: options.resume,
    verify: options.checksum ? "checksum" : options.verify,
    retries: options.retries ?? RETRIES,
    onRetry: ({ delay, error }) => {
      context.note(`${visible(messageOf(error))}; trying again in ${formatTime(delay)}`);
    },
  };
}
