/**
 * Paths of Unix sockets, and what can go wrong with them.
 *
 * @module
 */

import { quote } from "../../protocols/text/quote.ts";
import {
  ConnectionError,
  ConnectionRefusedError,
  FileNotFoundError,
  OSError,
  PermissionError,
} from "../errors.ts";
import { fromNative } from "../native_errors.ts";
import { isAtLeast } from "../runtime.ts";

/** What the name of a socket may take in the system's structure, without the NUL at its end. */
const LONGEST: number = Deno.build.os === "linux" ? 107 : 103;

/**
 * Checks the path of a Unix socket.
 *
 * @param path The path; an abstract name begins with NUL.
 * @throws {TypeError} If it can be none.
 */
export function checkPath(path: string): void {
  if (typeof path !== "string") {
    throw new TypeError(`Cannot use a ${typeof path} as the path of a Unix socket`);
  }
  const length = new TextEncoder().encode(path).length;
  const why = path === "" || path === "\0"
    ? "it is empty"
    : path.includes("\0", 1)
    ? "it holds NUL"
    : /\p{Cs}/u.test(path)
    ? "it holds half a surrogate pair"
    : path.startsWith("\0") && Deno.build.os !== "linux" && Deno.build.os !== "android"
    ? "only Linux has abstract names"
    : length > LONGEST
    ? `it has ${length} bytes, and the system allows ${LONGEST}. Use a relative path, or a link`
    : undefined;
  if (why === undefined) return;
  throw new TypeError(`Cannot use ${quote(path)} as the path of a Unix socket: ${why}`);
}

/**
 * Turns what Deno threw into an error that says what to do about a socket's file.
 *
 * @param error What was thrown.
 * @param doing What was being done, to stand after "Cannot".
 * @param path The path of the socket.
 * @returns The error to throw.
 */
export function fromUnix(error: unknown, doing: string, path: string): unknown {
  if (!(error instanceof Error) || error instanceof OSError) return error;
  const place = path.replace("\0", "@");
  const what = `Cannot ${doing} ${place}`;
  const options = { cause: error, path };
  if (error instanceof Deno.errors.NotCapable) {
    return new PermissionError(`${what}: permission denied. ${flags(path, error)}`, options);
  }
  switch ((error as { code?: string }).code) {
    case "ENOENT":
      return new FileNotFoundError(
        doing === "connect to"
          ? `${what}: there is no such file. Is the server running, and is the path right?`
          : `${what}: its folder does not exist`,
        options,
      );
    case "ECONNREFUSED":
      return new ConnectionRefusedError(
        `${what}: nobody listens there. The server may have ended without removing its file`,
        options,
      );
    case "EADDRINUSE":
      return new OSError(
        `${what}: it is taken, by a file that is no socket or by another program`,
        { code: "EADDRINUSE", ...options },
      );
    case "EACCES":
    case "EPERM":
      return new PermissionError(
        `${what}: the system does not let this user do it. Look at who owns the file and its folder`,
        options,
      );
    case "EAGAIN":
      return new ConnectionError(
        `${what}: the server does not accept fast enough, and no more may wait in its line`,
        { code: "EAGAIN", ...options },
      );
  }
  return fromNative(error, doing, { hostname: "", port: 0, path: place });
}

/** The flags that a program needs. */
function flags(path: string, error: Error): string {
  const asksForNet = error.message.includes("net access");
  if (path.startsWith("\0")) {
    return `Run the program with ${asksForNet ? "--allow-net" : "--allow-read --allow-write"}, ` +
      "in full: an abstract name cannot be named there";
  }
  const net = asksForNet || isAtLeast("2.9.0") ? ` --allow-net=unix:${path}` : "";
  return `Run the program with --allow-read=${path} --allow-write=${path}${net}`;
}
