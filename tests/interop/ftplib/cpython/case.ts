/**
 * CPython's own tests of ftplib as cases, by the names that they have there.
 *
 * @module
 */

import type { FTP } from "../../../../stdlib/ftplib/client.ts";
import type { FTPOptions } from "../../../../stdlib/ftplib/session_options.ts";
import type { Dummy, DummyOptions } from "./dummy.ts";

/** What a case is run against. */
export interface World {
  /** The dummy server of CPython's. */
  readonly dummy: Dummy;
  /** A session with it, with TLS on both its connections where the case is run with TLS. */
  readonly ftp: FTP;
  /** Opens another session like that. */
  connect(options?: FTPOptions): Promise<FTP>;
  /** Runs a body against another dummy server. */
  elsewhere(options: DummyOptions, body: (world: World) => Promise<void>): Promise<void>;
}

/** How a test of CPython's stands here. */
export type Verdict = "held" | "adapted" | "differs";

/** One test of CPython's. */
export interface Case {
  /** The name of the method. */
  readonly name: string;
  /** How it stands here. */
  readonly verdict: Verdict;
  /** What is different, and why; empty where it is held. */
  readonly why: string;
  /** Runs it. */
  readonly test: (world: World) => void | Promise<void>;
}

/** The tests of one class of CPython's. */
export class Cases {
  /** The cases, in the order in which they were added. */
  readonly all: Case[] = [];

  /**
   * Begins without cases.
   *
   * @param name The class.
   * @param options Against which dummy server they are run; against none where it is `undefined`.
   */
  constructor(readonly name: string, readonly options?: DummyOptions) {}

  /** Adds one that is the same as in Python. */
  held(name: string, test: Case["test"]): void {
    this.all.push({ name, verdict: "held", why: "", test });
  }

  /** Adds one that is the same in what it promises, and is written another way. */
  adapted(name: string, why: string, test: Case["test"]): void {
    this.all.push({ name, verdict: "adapted", why, test });
  }

  /** Adds one that is different. The test shows what happens instead. */
  differs(name: string, why: string, test: Case["test"]): void {
    this.all.push({ name, verdict: "differs", why, test });
  }
}
