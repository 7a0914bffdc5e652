/**
 * Plays every attack on STARTTLS to a client that needs TLS: it ends with an error that says what it
 * is, in time, and has said nothing secret.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Target } from "./dialogues.ts";
import { Player } from "./player.ts";
import { parseScript } from "./script.ts";
import { type StarttlsAttack, starttlsAttacks, type StarttlsDialect } from "./starttls_attacks.ts";
import { World } from "./world.ts";

/** A client that needs TLS. */
export interface StarttlsClient {
  readonly dialect: StarttlsDialect;
  /** Runs as a task: connects, begins TLS, says what is secret, and closes. */
  client(target: Target & { caCerts: string[] }): Promise<unknown>;
  /** The errors that are permitted. */
  readonly errors: readonly (abstract new (...args: never[]) => Error)[];
  /** Whom the client trusts, PEM. */
  readonly caCerts: string[];
}

/**
 * Plays them.
 *
 * @returns The name of the error with which the client ended, by the name of the attack.
 * @throws {AssertionError} With each attack that the client did not bear.
 */
export async function everyStarttlsAttack(under: StarttlsClient): Promise<Map<string, string>> {
  const ends = new Map<string, string>();
  const failures: string[] = [];
  for (const attack of starttlsAttacks(under.dialect)) {
    const { problems, end } = await playAttack(under, attack);
    ends.set(attack.name, end);
    if (problems.length > 0) failures.push(`${attack.name}: ${problems.join("; ")}`);
  }
  assert.ok(failures.length === 0, failures.join("\n"));
  return ends;
}

async function playAttack(
  { client, errors, dialect, caCerts }: StarttlsClient,
  attack: StarttlsAttack,
): Promise<{ problems: string[]; end: string }> {
  // A handshake takes real time, whatever is below it.
  const world = new World({ kind: "none" }, "sockets");
  const { network, problems, ground, loop } = world;
  const timeout = attack.slow ? 200 : world.timeout;
  let said = "";
  world.run.onPass = (of, bytes) => {
    if (of === "client") said += new TextDecoder("latin1").decode(bytes);
  };
  let end = "nothing";
  await world.live(async () => {
    const place = await network.open();
    const stage = {
      address: "127.0.0.1",
      patience: 0,
      listen: () => network.open(),
      turn: () => ground.turn(),
    };
    let player: Player | undefined;
    const playing = place.accept().then((pipe) => {
      player = new Player(parseScript(attack.script), pipe, stage);
      return player.play();
    }, () => {});
    const options = { dial: network.dial, timeout, connectTimeout: timeout };
    const begun = loop.time();
    try {
      await client({ hostname: "localhost", port: place.port, options, caCerts });
      problems.push("the client noticed nothing");
    } catch (error) {
      end = error instanceof Error ? error.name : String(error);
      if (!errors.some((allowed) => error instanceof allowed)) {
        problems.push(`an error that is not expected: ${Deno.inspect(error)}`);
      }
    }
    if (world.since(begun) > 2) problems.push("the client was late");
    player?.close();
    place.close();
    await playing;
  }, 10_000);
  const secret = dialect.secret.exec(said)?.[0];
  if (secret !== undefined) problems.push(`the client said ${JSON.stringify(secret)} in the clear`);
  return { problems, end };
}
