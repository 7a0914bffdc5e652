/**
 * A proxy that does one thing to what goes through it: for tests that look closer than the rig does,
 * and for clients and servers that are nobody's here.
 *
 * ```ts ignore
 * await using proxy = await FaultProxy.overSockets(server.port, {
 *   kind: "cut",
 *   of: "server",
 *   at: 1_000,
 *   how: "reset",
 * });
 * await assert.rejects(fetch(`http://127.0.0.1:${proxy.port}/`));
 * ```
 *
 * @module
 */

import { MemoryFaultNetwork } from "./fault_network.ts";
import { SocketFaultNetwork } from "./fault_sockets.ts";
import { FaultRun, type Ground } from "./fault_wire.ts";
import type { Fault } from "./faults.ts";

/** By the clock of the machine. */
const GROUND: Ground = {
  turn: () => new Promise((resolve) => setTimeout(resolve, 1)),
  later: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Between whoever dials and whoever listens. */
export class FaultProxy implements AsyncDisposable {
  /** Where to connect to on loopback; 0 in memory, where `network.dial` does. */
  readonly port: number;
  /** What has gone through. */
  readonly run: FaultRun;
  /** Who dials and listens over it directly. */
  readonly network: MemoryFaultNetwork | SocketFaultNetwork;

  private constructor(run: FaultRun, network: MemoryFaultNetwork | SocketFaultNetwork, port = 0) {
    this.run = run;
    this.network = network;
    this.port = port;
  }

  /** Listens on loopback, for clients of a server there. */
  static async overSockets(port: number, fault: Fault): Promise<FaultProxy> {
    const run = new FaultRun(fault, GROUND);
    const network = new SocketFaultNetwork(run);
    return new FaultProxy(run, network, await network.proxyTo(port));
  }

  /** A network in memory: `network.listen` is for the server, `network.dial` for the client. */
  static inMemory(fault: Fault, ground: Ground = GROUND): FaultProxy {
    const run = new FaultRun(fault, ground);
    return new FaultProxy(run, new MemoryFaultNetwork(run));
  }

  /** Lets go of every connection, and waits until nothing moves any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.run.close();
    this.network.close();
    await this.run.done();
  }
}
