/**
 * A network to a real FTP server that is cut again and again: every connection goes through a
 * proxy of its own.
 *
 * @module
 */

import type { Dial } from "../../../net/byte_stream.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import { FaultProxy } from "../../peers/fault_proxy.ts";
import type { Cut, Side } from "../../peers/faults.ts";

/** Where a data connection ends. */
export interface DataCut {
  /** After how many bytes. */
  readonly at: number;
  /** How. */
  readonly how: Cut;
  /** Whether the control connection ends with it. */
  readonly both: boolean;
}

/** Connections to one server, of which the first ones that carry data are cut. */
export class CutNetwork implements AsyncDisposable {
  readonly #controlPort: number;
  readonly #of: Side;
  readonly #cuts: DataCut[];
  readonly #proxies: FaultProxy[] = [];
  #sessions = 0;
  #control: FaultProxy | undefined;

  /**
   * Nothing is dialled yet.
   *
   * @param controlPort The port of the server.
   * @param of Whose bytes are counted.
   * @param cuts What becomes of the first data connections, one after the other.
   */
  constructor(controlPort: number, of: Side, cuts: readonly DataCut[]) {
    this.#controlPort = controlPort;
    this.#of = of;
    this.#cuts = [...cuts];
  }

  /** How many cuts are left. */
  get left(): number {
    return this.#cuts.length;
  }

  /** How many sessions were opened. */
  get sessions(): number {
    return this.#sessions;
  }

  readonly dial: Dial = async ({ hostname, port }, options) => {
    const isControl = port === this.#controlPort;
    const cut = isControl ? undefined : this.#cuts.shift();
    const proxy = await FaultProxy.overSockets(
      port,
      cut ? { kind: "cut", of: this.#of, at: cut.at, how: cut.how } : { kind: "none" },
    );
    this.#proxies.push(proxy);
    if (isControl) {
      this.#sessions++;
      this.#control = proxy;
    } else if (cut?.both) {
      const { run } = proxy;
      const control = this.#control;
      const strike = run.strike.bind(run);
      run.strike = async (...args) => {
        await strike(...args);
        control?.run.close();
      };
    }
    return await dialTcp({ hostname, port: proxy.port }, options);
  };

  /** Ends all that is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
  }
}
