/**
 * What an FTP server cannot do.
 *
 * @module
 */

import { maskSecrets } from "../../protocols/text/secrets.ts";
import { FTPError } from "./errors.ts";

/** The server does not offer what was asked for, by what it says of itself in answer to `FEAT`. */
export class UnsupportedError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "UnsupportedError";
  /** What it does not offer, such as `"SHA-256"` or `"MFMT"`. */
  readonly feature: string;

  /**
   * Says what is missing.
   *
   * @param message What is missing, and what to do instead.
   * @param feature What it is called.
   * @param command The command that was to be sent, or was refused.
   * @param cause The refusal, if there was one.
   */
  constructor(message: string, feature: string, command: string, cause?: unknown) {
    super(message, { command: maskSecrets(command), cause });
    this.feature = feature;
  }
}
