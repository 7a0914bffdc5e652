/**
 * A peer that plays a dialogue (see `script.ts` for its language), in memory or on sockets.
 *
 * ```ts ignore
 * await using peer = scripted(`
 *   S: 220 ready
 *   C: USER anonymous
 *   S: 230 in
 * `);
 * await using ftp = await FTP.connect("peer", { dial: peer.dial, user: "anonymous" });
 * ```
 *
 * Leaving the scope fails the test where the client said something else than the script, or
 * stopped before its end. A last `QUIT` need not be in the script.
 *
 * @module
 */

import type { Dial } from "../../net/byte_stream.ts";
import { MemoryStage } from "./memory.ts";
import type { Listening, Stage } from "./pipe.ts";
import { Player } from "./player.ts";
import { parseScript, type Step } from "./script.ts";
import { socketStage } from "./sockets.ts";

/** A peer in memory: give `dial` to the client; the host's name does not matter. */
export function scripted(scripts: string | string[]): MemoryPeer {
  return new MemoryPeer(scripts, new MemoryStage());
}

/** A peer on loopback: connect to its `hostname` and `port`. */
export async function scriptedOverSockets(
  scripts: string | string[],
): Promise<ScriptedPeer> {
  return new ScriptedPeer(scripts, socketStage, await socketStage.listen());
}

/** A running peer. Several scripts are for several connections, one after the other. */
export class ScriptedPeer implements AsyncDisposable {
  /** Where it can be reached, if it lives on sockets. */
  readonly hostname: string;
  /** The port of the control connection. */
  readonly port: number;
  /** Settles when every script was played. */
  readonly done: Promise<void>;
  readonly #scripts: Step[][];
  readonly #players: Player[] = [];
  readonly #place: Listening;
  readonly #patience: number;

  constructor(
    scripts: string | string[],
    stage: Stage,
    place: Listening,
  ) {
    this.hostname = stage.address;
    this.port = place.port;
    this.#place = place;
    this.#patience = stage.patience;
    this.#scripts = [scripts].flat().map(parseScript);
    this.done = this.#serve(stage);
  }

  /** Where the client did not keep to the script. */
  get problems(): string[] {
    return this.#players.flatMap((player) => player.problems);
  }

  /** All that the client sent on its control connections, a character for a byte. */
  get received(): string {
    return this.#players.map((player) => player.received).join("");
  }

  /** How many bytes the peer sent, on all connections. */
  get sent(): number {
    return this.#players.reduce((sum, player) => sum + player.sent, 0);
  }

  /** Gives up every connection at once, and says nothing of the script. */
  close(): void {
    this.#place.close();
    for (const player of this.#players) player.close();
  }

  /**
   * Waits for the client to leave, and closes.
   *
   * @throws {Error} If the client did not keep to the script, or left connections open.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.settled(this.#patience);
    this.close();
    await this.done;
    const missing = this.#scripts.length - this.#players.length;
    const problems = [
      ...this.problems,
      ...missing > 0 ? [`${missing} of ${this.#scripts.length} scripts had no connection`] : [],
      ...left || missing > 0 ? [] : ["the client keeps a connection open"],
    ];
    if (problems.length === 0) return;
    const words = `Not as in the script: ${problems.join("; ")}`;
    // An error of the test itself, which often follows from this one, would hide it.
    // deno-lint-ignore no-console
    console.error(words);
    throw new Error(words);
  }

  /** Whether the scripts end within this time. */
  async settled(milliseconds: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    const settled = await Promise.race([this.done.then(() => true), late]);
    clearTimeout(timer);
    return settled;
  }

  async #serve(stage: Stage): Promise<void> {
    const plays: Promise<void>[] = [];
    for (const steps of this.#scripts) {
      const pipe = await this.#place.accept().catch(() => undefined);
      if (pipe === undefined) break;
      const player = new Player(steps, pipe, stage);
      this.#players.push(player);
      plays.push(player.play());
    }
    this.#place.close();
    await Promise.all(plays);
  }
}

/** A peer in memory. */
export class MemoryPeer extends ScriptedPeer {
  /** What the client is given in place of the network. */
  readonly dial: Dial;
  readonly #stage: MemoryStage;

  constructor(scripts: string | string[], stage: MemoryStage) {
    super(scripts, stage, stage.control);
    this.#stage = stage;
    this.dial = stage.dial;
  }

  /** How many connections the client has not closed. */
  get openStreams(): number {
    return this.#stage.openStreams;
  }
}
