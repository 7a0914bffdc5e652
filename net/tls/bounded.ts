/**
 * The wait for a handshake of TLS, which ends.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import type { ByteStream, HandshakeOptions } from "../byte_stream.ts";
import { hostAndPort } from "../native_errors.ts";

/**
 * Waits for a handshake. Who gives it up closes the connection.
 *
 * @param stream What it is over; closed if it fails.
 * @param begin Begins it.
 * @param options What may end the wait.
 * @returns The encrypted stream.
 * @throws {TimeoutError} If it is not done in time.
 */
export async function bounded<Encrypted extends ByteStream>(
  stream: ByteStream,
  begin: () => Promise<Encrypted>,
  options: HandshakeOptions,
): Promise<Encrypted> {
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  options.signal?.throwIfAborted();
  const handshake = begin();
  let done = false;
  try {
    const encrypted = await interruptible(handshake, {
      signal: options.signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(
          `TLS with ${hostAndPort(stream.remoteAddress)} was not set up within ${timeout} ms`,
        ),
    });
    done = true;
    return encrypted;
  } finally {
    if (!done) {
      stream.close();
      handshake.then((late) => late.close()).catch(() => {});
    }
  }
}
