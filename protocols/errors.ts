/**
 * What every codec throws when the other side broke the rules of its protocol.
 *
 * Wrong arguments of the caller are no business of these classes: they are a
 * `TypeError` or a `RangeError`, thrown before anything is sent.
 *
 * @module
 */

/**
 * Who is to blame for an error: the caller (`"usage"`), the other side
 * (`"peer"`), or what lies between (`"transport"`).
 */
export type Origin = "usage" | "peer" | "transport";

/**
 * The peer sent what its protocol does not allow.
 *
 * The base class of all errors that codecs raise about what they read.
 */
export class ProtocolError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "ProtocolError";
  /** Who is to blame: what was read came from the peer. */
  readonly origin: Origin = "peer";
}

/** The peer sent more than a limit allows; the rest was not read into memory. */
export class LimitError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "LimitError";
  /** The option that sets the limit, such as `"maxLines"`. */
  readonly limit: string;
  /** Its value. */
  readonly maximum: number;

  /**
   * Says which limit was passed.
   *
   * @param message What the peer sent too much of.
   * @param limit The option that sets the limit.
   * @param maximum Its value.
   */
  constructor(message: string, limit: string, maximum: number) {
    super(message);
    this.limit = limit;
    this.maximum = maximum;
  }
}
