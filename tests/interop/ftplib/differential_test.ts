import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import { assertAlike, type Stage } from "./differential.ts";
import { type DifferenceName, DIFFERENCES } from "./differences.ts";
import { nameOf, type Place, PLACES } from "./places.ts";
import { PythonFtplib } from "./python.ts";
import { Relay } from "./relay.ts";
import { SCRIPTS } from "./scripts.ts";
import { anyScript } from "./random_script.ts";

const RUNS = Number(Deno.env.get("RUNS") ?? 20);
const SEED = Number(Deno.env.get("SEED") ?? 5);

const plain = PLACES.filter(({ security, hostname }) =>
  security === "plain" && hostname === "127.0.0.1"
);
const met = new Set<DifferenceName>();
let places = 0;

for (const place of plain) {
  interopTest(`Python's ftplib and ours do the same on ${nameOf(place)}`, {
    needs: [place.program, "python3"],
  }, async (context) => {
    await using stage = await RelayedStage.start(place);
    await using python = new PythonFtplib();
    for (const [name, script] of Object.entries(SCRIPTS)) {
      await context.step(name, () => assertAlike(stage, python, script, met));
    }
    await context.step(`${RUNS} scripts made at random`, () =>
      fc.assert(
        fc.asyncProperty(anyScript, (script) => assertAlike(stage, python, script, met)),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      ));
    places++;
  });
}

Deno.test({
  name: "every difference between Python's ftplib and ours that is listed is there",
  ignore: plain.length === 0,
  fn() {
    if (places < plain.length) return;
    assert.deepEqual([...met].sort(), Object.keys(DIFFERENCES).sort());
  },
});

/** A server behind a relay, which notes what is sent. */
class RelayedStage implements Stage, AsyncDisposable {
  readonly #relay: Relay;

  constructor(readonly server: FtpServer) {
    this.#relay = new Relay(server);
  }

  static async start(place: Place): Promise<RelayedStage> {
    return new RelayedStage(await place.start());
  }

  get target() {
    return { hostname: this.server.hostname, port: this.#relay.port };
  }

  async connect(): Promise<FTP> {
    const { user, password } = this.server;
    const { hostname, port } = this.target;
    return await FTP.connect(hostname, { port, user, password, timeout: 20_000 });
  }

  sent(): Promise<string[]> {
    return this.#relay.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
