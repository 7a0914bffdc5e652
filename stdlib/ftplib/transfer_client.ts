/**
 * What transfers need of their client that may outlive its session.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import type { Lock } from "../../loop/locks/lock.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { Session } from "./session.ts";

/** A client, as its transfers see it. */
export interface TransferClient {
  /** The session that there is, open or lost. */
  session(): Session;
  /** Opens another session, as the one before was. */
  reopen(options: WaitOptions): Promise<void>;
  /** Opens one more client like this, which the caller leaves when it is done. */
  another(options: WaitOptions): Promise<OtherClient>;
  /** Held by the call that opens one: the others find it open then. */
  readonly opening: Lock;
}

/** A client that was opened for one transfer. */
export interface OtherClient {
  /** The client. */
  readonly client: TransferClient;
  /** Says goodbye, within a limit, and closes it. */
  leave(): Promise<void>;
}

/**
 * Gives the session, opened again where it is lost.
 *
 * @param client The client.
 * @param wait How long to wait for each step.
 * @param last Why the last attempt failed, if there was one. After silence the session is given up
 * in any case: bringing it back into step could take as long once more.
 * @returns The session.
 * @throws {SessionClosedError} If it was closed on our side.
 */
export async function liveSession(
  client: TransferClient,
  wait: WaitOptions,
  last?: unknown,
): Promise<Session> {
  const session = client.session();
  if (last instanceof TimeoutError) session.close();
  if (!session.closed) return session;
  using _held = await client.opening.acquire({ signal: wait.signal });
  if (client.session().closed) await client.reopen(wait);
  return client.session();
}
