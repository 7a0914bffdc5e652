/**
 * Errors that cross from one thread to another. Structured clone keeps neither
 * their classes nor their fields: so they are taken apart, and put together
 * again on the other side.
 *
 * @module
 */

import * as executorErrors from "./executor_errors.ts";
import * as exceptions from "../exceptions.ts";

/** What was thrown, in a form that can be cloned. */
export interface PackedError {
  /** The names of its classes, its own first; `null` if it is no error but a value. */
  classes: string[] | null;
  /** The value that was thrown; of an error, its own fields. */
  fields: unknown;
  /** Its `name`. */
  name: string;
  /** Its `message`. */
  message: string;
  /** Its `stack`. */
  stack: string;
  /** Its `cause`, where it has one. */
  cause?: PackedError;
  /** What it gathers, if it is an `AggregateError`. */
  errors?: PackedError[];
}

/**
 * Takes apart what was thrown. The program of the workers contains this
 * function as text: so it refers to nothing outside of itself.
 *
 * @param thrown What was thrown.
 * @param depth How far down its causes it is.
 * @returns It can be cloned. Fields that cannot are left out.
 */
export function packError(thrown: unknown, depth = 0): PackedError {
  const isCloneable = (value: unknown) => {
    try {
      structuredClone(value);
      return true;
    } catch {
      return false;
    }
  };
  const packed = { classes: null, fields: thrown, name: "", message: "", stack: "" };
  if (!(thrown instanceof Error)) {
    return isCloneable(thrown) ? packed : { ...packed, fields: String(thrown) };
  }
  const classes: string[] = [];
  for (let proto = thrown; (proto = Object.getPrototypeOf(proto)) instanceof Object;) {
    classes.push(String(proto.constructor?.name));
  }
  const elsewhere = ["message", "stack", "cause", "errors"];
  const fields: [string, unknown][] = Object.keys(thrown)
    .filter((key) => !elsewhere.includes(key))
    .map((key) => [key, (thrown as unknown as Record<string, unknown>)[key]]);
  const { name, message, stack, cause, errors } = thrown as Partial<AggregateError>;
  const error: PackedError = {
    classes,
    fields: fields.filter(([, value]) => isCloneable(value)),
    name: String(name),
    message: String(message),
    stack: String(stack),
  };
  // Causes may go round in a circle.
  if (depth < 8) {
    if (cause !== undefined) error.cause = packError(cause, depth + 1);
    if (Array.isArray(errors)) error.errors = errors.map((each) => packError(each, depth + 1));
  }
  return error;
}

/**
 * Puts together what was thrown in another thread.
 *
 * The class is the nearest one that is known here: a built-in one, one of
 * `Deno.errors`, or one of this library. A class of the user's own is not: the
 * error is an `Error` by its name.
 *
 * @param packed What crossed.
 * @param origin Where it was thrown, which its last cause will say.
 * @returns What to throw.
 */
export function unpackError(packed: PackedError, origin: string): unknown {
  if (packed.classes === null) return packed.fields;
  const cause = packed.cause === undefined
    ? new executorErrors.RemoteTraceback(origin)
    : unpackError(packed.cause, origin);
  const errors = packed.errors?.map((each) => unpackError(each, origin));
  const error = make(packed, errors);
  for (const [key, value] of packed.fields as [string, unknown][]) {
    define(error, key, value, true);
  }
  if (error.name !== packed.name) define(error, "name", packed.name);
  define(error, "stack", packed.stack);
  define(error, "cause", cause);
  return error;
}

function make(packed: PackedError, errors: unknown[] | undefined): Error {
  const { message, name } = packed;
  const known = packed.classes!.map(classOf).find((each) => each !== undefined) ?? Error;
  if (known === DOMException) return new DOMException(message, name);
  if (known === exceptions.ExceptionGroup && errors !== undefined) {
    // The number of its errors is added to the message again.
    const title = message.replace(/ \(\d+ sub-exceptions?\)$/, "");
    return new exceptions.ExceptionGroup(title, errors);
  }
  // Constructors differ in what they take. What they would do is in the fields.
  const error = Object.setPrototypeOf(new Error(message), known.prototype);
  if (errors !== undefined) define(error, "errors", errors);
  return error;
}

function classOf(name: string): { readonly prototype: Error } | undefined {
  for (const namespace of [globalThis, exceptions, executorErrors, Deno.errors]) {
    if (!Object.hasOwn(namespace, name)) continue;
    const found = (namespace as Record<string, unknown>)[name];
    const isError = found === Error ||
      typeof found === "function" && found.prototype instanceof Error;
    if (isError) return found as { readonly prototype: Error };
  }
  return undefined;
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
