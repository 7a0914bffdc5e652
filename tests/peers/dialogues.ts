/**
 * What the rig plays: a dialogue of a client under test with a server that is played, of a server
 * under test with a client that is played, or of both under test with each other.
 *
 * @module
 */

import type { Dial } from "../../net/byte_stream.ts";
import type { Listen } from "../../net/listener.ts";
import type { Cut, Fault, FaultKind, Side } from "./faults.ts";

/** Where a client under test connects to, and how long it may wait. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
  /** To be given to the client with the rest: all waits are short, in test time or in real time. */
  readonly options: { dial: Dial; listen?: Listen; timeout: number; connectTimeout: number };
}

/** Where a server under test listens, and how long it may wait. */
export interface Site {
  /** To be given to the server with the rest. */
  readonly options: { dial?: Dial; listen: Listen; timeout: number };
}

/** What the rig has to know of a server that runs. */
export interface Served<Outcome> {
  readonly port: number;
  /** How many clients it serves now. */
  readonly connections: number;
  /** What it has done so far: mails that it took, files that it holds. */
  readonly outcome: Outcome;
  /** Ends it. */
  close(): void | PromiseLike<void>;
}

/** What every dialogue may say. */
interface Common {
  readonly name: string;
  /**
   * What those under test may take until they end, as a multiple of `timeout`.
   *
   * @default {2}
   */
  readonly patience?: number;
  /**
   * Whether there is a TLS handshake of Deno's in it: a socket that is closed in the middle of that is
   * let go only when the peer stirs, which one that is silent does not.
   *
   * @default {false}
   */
  readonly lingers?: boolean;
  /** What each side sends without end, in place of the rig's own. */
  readonly floods?: Readonly<Partial<Record<Side, readonly string[]>>>;
  /** The kinds of fault that say something here; all where not given. */
  readonly kinds?: readonly FaultKind[];
  /** Where it can be played, if not everywhere. */
  readonly over?: "sockets";
  /** The ways of cutting that say something here; all where not given. */
  readonly cuts?: readonly Cut[];
}

/** The client's part of a dialogue. */
interface WithClient<T> {
  /** Runs as a task: connects, does its work, closes, and returns what it found. */
  client(target: Target): Promise<T>;
  /** What the client returns where nothing goes wrong. */
  readonly expected: T;
  /**
   * Whether another result is right as well where something went wrong.
   *
   * @default no other is
   */
  permits?(value: T, fault: Fault): boolean;
  /** The errors that may come of a server that stops. */
  readonly errors: readonly (abstract new (...args: never[]) => Error)[];
}

/** The server's part of a dialogue. */
interface WithServer<Outcome> {
  /** Starts the server, and says what it has done. */
  server(site: Site): Promise<Served<Outcome>>;
  /**
   * Throws where the outcome is none that is permitted.
   *
   * @param outcome What the server did.
   * @param how What went wrong, and what the client made of it: `true` where it took its work for
   * done, `false` where not, `undefined` where that is not known.
   */
  check(outcome: Outcome, how: { fault: Fault; done?: boolean }): void;
}

/** A client under test, and what is said to it. */
export interface ClientDialogue<T> extends Common, WithClient<T> {
  /** See `script.ts`. */
  readonly script: string;
  readonly server?: undefined;
}

/** A server under test, and what is said to it. */
export interface ServerDialogue<Outcome> extends Common, WithServer<Outcome> {
  /** See `client_script.ts`. */
  readonly script: string;
  /**
   * What the next client says, after whatever became of the first.
   *
   * @default the same
   */
  readonly next?: string;
  readonly client?: undefined;
}

/** A client and a server, both under test. */
export interface PairDialogue<T, Outcome> extends Common, WithClient<T>, WithServer<Outcome> {
  readonly script?: undefined;
}

/** Any of them. */
// deno-lint-ignore no-explicit-any
export type Dialogue = ClientDialogue<any> | ServerDialogue<any> | PairDialogue<any, any>;
