/**
 * Which names, as a server gives them, may become names of local files.
 *
 * A listing is the peer's word: a name in it like `../.ssh/authorized_keys`
 * would put a downloaded file where the peer wants it (CWE-22).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { quote } from "../text/quote.ts";

/** Why a name is no name of a local file. */
export type NameHazard =
  /** It is empty. */
  | "empty"
  /** It is nothing but dots and spaces: the directory itself, or one above it. */
  | "dots"
  /** It has a `/` or a `\` in it. */
  | "separator"
  /** It has a control character in it. */
  | "control"
  /** It begins with a drive, such as `C:`. */
  | "drive"
  /** It is a device on Windows, such as `NUL` or `com1.txt`. */
  | "device"
  /** Windows has no such name: one of `<>:"|?*` in it, or a dot or space at its end. */
  | "windows";

/** Options of {@linkcode nameHazard} and {@linkcode checkName}. */
export interface NameOptions {
  /**
   * Whether the name is for a file on Windows, which allows fewer.
   *
   * @default {false}
   */
  windows?: boolean;
}

/** A server gave a name that is not safe as a local one. */
export class UnsafeNameError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "UnsafeNameError";
  /** The name that the server gave. */
  readonly given: string;
  /** What is wrong with it. */
  readonly hazard: NameHazard;

  /**
   * Says what is wrong.
   *
   * @param given The name that the server gave.
   * @param hazard What is wrong with it.
   */
  constructor(given: string, hazard: NameHazard) {
    super(`Cannot use ${quote(given)} as the name of a local file: ${REASONS[hazard]}`);
    this.given = given;
    this.hazard = hazard;
  }
}

/**
 * Tells why a name is not safe as one component of a local path. Devices and
 * drives of Windows are refused on every system, so that what was fetched on one
 * can be copied to another.
 *
 * @param name The name, as the server gave it.
 * @param options Which system it is for.
 * @returns What is wrong with it, or `undefined` if nothing is.
 *
 * @example
 * ```ts
 * import { nameHazard } from "https://tulip.example/protocols/ftp/names.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(nameHazard("12:30 notes.txt"), undefined);
 * assert.equal(nameHazard("../etc"), "separator");
 * ```
 */
export function nameHazard(
  name: string,
  { windows = false }: NameOptions = {},
): NameHazard | undefined {
  return HAZARDS.find(([hazard, form]) => (hazard !== "windows" || windows) && form.test(name))
    ?.[0];
}

/**
 * Refuses a name that is not safe as one component of a local path.
 *
 * @param name The name, as the server gave it.
 * @param options Which system it is for.
 * @throws {UnsafeNameError} If it is not safe.
 */
export function checkName(name: string, options?: NameOptions): void {
  const hazard = nameHazard(name, options);
  if (hazard !== undefined) throw new UnsafeNameError(name, hazard);
}

const HAZARDS: readonly (readonly [NameHazard, RegExp])[] = [
  ["empty", /^$/],
  ["dots", /^[. ]+$/],
  ["separator", /[/\\]/],
  // deno-lint-ignore no-control-regex
  ["control", /[\x00-\x1f\x7f-\x9f]/],
  ["drive", /^[A-Za-z]:/],
  ["device", /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9¹²³])[ ]*(?:[.:]|$)/i],
  ["windows", /[<>:"|?*]|[. ]$/],
];

const REASONS: Readonly<Record<NameHazard, string>> = {
  empty: "it is empty",
  dots: "it is nothing but dots and spaces",
  separator: "it leads to another directory",
  control: "it holds a control character",
  drive: "it begins with a drive",
  device: "it is a device on Windows",
  windows: "Windows has no such name",
};
