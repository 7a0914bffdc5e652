/**
 * Errors of connections, on their way from one isolate to another: structured
 * clone keeps neither their classes nor their fields.
 *
 * @module
 */

import { RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import * as errors from "../../errors.ts";

/** An error in a form that can be cloned. */
export interface PackedError {
  /** The name of its class; `null` for the error of the stream, which never crossed. */
  readonly name: string | null;
  /** Its message. */
  readonly message: string;
  /** Its stack, which is that of the other isolate. */
  readonly stack: string | undefined;
  /** Its fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What caused it. */
  readonly cause: PackedError | undefined;
}

/** Stands in a Worker for what went wrong with the stream, outside of it. */
export class StreamFailed extends Error {
  /** The name of the class. */
  override readonly name: string = "StreamFailed";
}

/** The fields of an error of the network, and of one of Node's. */
const FIELDS = ["code", "hostname", "port", "path", "reason"] as const;
/** How far down its causes an error is told. */
const DEPTH = 4;

/**
 * Takes an error apart.
 *
 * @param thrown What was thrown.
 * @param depth How far down it lies.
 */
export function packError(thrown: unknown, depth = 0): PackedError {
  if (!(thrown instanceof Error)) {
    return {
      name: "Error",
      message: String(thrown),
      stack: undefined,
      fields: {},
      cause: undefined,
    };
  }
  const { name, message, stack, cause } = thrown;
  const known = thrown as unknown as Record<string, unknown>;
  const fields = FIELDS.map((field) => [field, known[field]] as const).filter(([, value]) =>
    typeof value === "string" || typeof value === "number"
  );
  return {
    name: thrown instanceof StreamFailed ? null : name,
    message,
    stack,
    fields: Object.fromEntries(fields),
    cause: cause === undefined || depth === DEPTH ? undefined : packError(cause, depth + 1),
  };
}

/**
 * Puts an error together again, of its class where that is one of the network's.
 *
 * @param packed What crossed.
 * @param failure What went wrong with the stream.
 */
export function unpackError(packed: PackedError, failure: unknown): unknown {
  const { name, message, fields, stack } = packed;
  if (name === null) return failure;
  const cause = packed.cause && unpackError(packed.cause, failure);
  const options = cause === undefined ? fields : { ...fields, cause };
  const error = new (classOf(name))(message, options);
  if (error.name !== name) Object.assign(error, { name }, fields);
  if (stack !== undefined) error.stack = stack;
  return error;
}

type ErrorClass = new (message: string, options: object) => Error;

const OTHERS: Record<string, ErrorClass> = {
  TypeError,
  RangeError,
  RuntimeError,
  TimeoutError,
};

function classOf(name: string): ErrorClass {
  const found = Object.hasOwn(errors, name) ? errors[name as keyof typeof errors] : OTHERS[name];
  const isOfNetwork = found === errors.OSError || found?.prototype instanceof errors.OSError;
  return isOfNetwork || Object.hasOwn(OTHERS, name) ? found as unknown as ErrorClass : Error;
}
