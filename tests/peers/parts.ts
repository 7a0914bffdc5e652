/**
 * The parts of a run, each with what it must not do: a client under test, a server under test, and
 * the peers that are played to them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../../loop/sleep.ts";
import { allTasks } from "../../loop/tasks.ts";
import type { ClientDialogue, PairDialogue, Served, ServerDialogue } from "./dialogues.ts";
import { type Fault, isHarmless } from "./faults.ts";
import { type ClientStep, parseClientScript } from "./client_script.ts";
import { Player } from "./player.ts";
import { parseScript } from "./script.ts";
import { ScriptedClient } from "./scripted_client.ts";
import type { World } from "./world.ts";

/** What came of a run, for the tally: "result", "served", or the name of an error's class. */
export type Outcome = string;

/** Plays a server to a client under test. */
export async function playToClient(
  dialogue: ClientDialogue<unknown>,
  world: World,
): Promise<Outcome> {
  const { network, ground } = world;
  const place = await network.open();
  const stage = {
    address: "127.0.0.1",
    patience: 0,
    listen: () => network.open(),
    turn: () => ground.turn(),
  };
  let player: Player | undefined;
  const playing = place.accept().then((pipe) => {
    player = new Player(parseScript(dialogue.script), pipe, stage);
    return player.play();
  }, () => {});

  const outcome = await judgeClient(dialogue, world, place.port);
  // A client that was told nonsense may go its own way, and leave in the middle.
  if (isHarmless(world.fault)) {
    if (!await soon(playing)) world.problems.push("the server that is played still waits");
    world.problems.push(...player?.problems ?? ["the client never came"]);
  }
  player?.close();
  place.close();
  return outcome;
}

/** Plays a client to a server under test. */
export async function playToServer(
  dialogue: ServerDialogue<unknown>,
  world: World,
): Promise<Outcome> {
  const { network, fault, problems } = world;
  const served = await start(dialogue, world);
  const tasks = allTasks().size;
  const steps = parseClientScript(dialogue.script);
  const stage = {
    connect: (port: number) => network.connect(port),
    stays: fault.kind === "flood" || fault.kind === "deaf",
  };
  const client = new ScriptedClient(steps, stage);
  let played = false;
  const playing = client.play(served.port).then(() => played = true);
  const next = dialogue.next === undefined ? steps : parseClientScript(dialogue.next);
  if (fault.kind === "flood") {
    // Others are served while one sends without end.
    const { run, ground } = world;
    for (let turns = 0; run.flooded === 0 && !played && turns < 200; turns++) await ground.turn();
    problems.push(...await playNext(world, next, served.port));
  }
  await judgeServer(dialogue, world, served, () => played);
  client.close();
  await playing;
  if (isHarmless(fault)) problems.push(...client.problems);
  await judgeTasks(world, tasks);
  check(dialogue, world, served, { fault });

  // Whatever one client did, the next one is served. What is true after one byte is after its neighbours.
  if (!("at" in fault) || fault.at % 3 === 0) {
    problems.push(...await playNext(world, next, served.port));
  }
  await judgeTasks(world, tasks);
  await served.close();
  return client.finished ? "served" : `after ${client.codes.at(-1) ?? "nothing"}`;
}

/** Plays a client with which nothing is wrong; what it finds. */
async function playNext(world: World, steps: ClientStep[], port: number): Promise<string[]> {
  let problems: string[] = [];
  // Where time is real and short, a busy machine may make it late.
  for (let tries = world.over === "memory" ? 1 : 5; tries > 0; tries--) {
    const run = world.fair();
    const connect = (port: number) => world.network.connect(port, run);
    const next = new ScriptedClient(steps, { connect });
    const playing = next.play(port);
    const inTime = await soon(playing);
    next.close();
    await playing;
    problems = next.problems.map((words) => `the next client: ${words}`);
    if (!inTime) problems.push("the next client is not served");
    if (problems.length === 0) break;
  }
  return problems;
}

/** Has a client and a server under test talk to each other. */
export async function playTogether(
  dialogue: PairDialogue<unknown, unknown>,
  world: World,
): Promise<Outcome> {
  const served = await start(dialogue, world);
  const outcome = await judgeClient(dialogue, world, served.port);
  await judgeServer(dialogue, world, served, () => true);
  check(dialogue, world, served, { fault: world.fault, done: outcome === "result" });
  await served.close();
  return outcome;
}

async function start(
  dialogue: ServerDialogue<unknown> | PairDialogue<unknown, unknown>,
  { network, timeout }: World,
): Promise<Served<unknown>> {
  const { dial, listen } = network;
  return await dialogue.server({ options: { dial, listen, timeout } });
}

/** Runs a client under test to its end. */
async function judgeClient(
  dialogue: ClientDialogue<unknown> | PairDialogue<unknown, unknown>,
  world: World,
  port: number,
): Promise<Outcome> {
  const { network, timeout, problems, loop, fault } = world;
  const { dial, listen } = network;
  const options = { dial, listen, timeout, connectTimeout: timeout };
  const begun = loop.time();
  let error: unknown;
  let value: unknown;
  try {
    value = await dialogue.client({ hostname: "127.0.0.1", port, options });
  } catch (thrown) {
    // Whatever it is, it is judged: a cancellation that nobody asked for as well.
    error = thrown ?? new Error("nothing was thrown");
  }
  const took = world.since(begun);
  // One byte now and then is no silence.
  if (!isHarmless(fault) && fault.kind !== "trickle" && took > (dialogue.patience ?? 2)) {
    problems.push(`took ${took.toFixed(1)} timeouts`);
  }
  problems.push(
    ...error === undefined ? resultProblems(dialogue, fault, value) : errorProblems(
      dialogue,
      fault,
      error,
    ),
  );
  if (error === undefined) return "result";
  return error instanceof Error ? error.name : typeof error;
}

function resultProblems(
  dialogue: Pick<ClientDialogue<unknown>, "expected" | "permits">,
  fault: Fault,
  value: unknown,
): string[] {
  // What was spoilt may be a right answer, to another question.
  if (fault.kind === "spoilt" || fault.kind === "flood") return [];
  try {
    assert.deepEqual(value, dialogue.expected);
    return [];
  } catch (difference) {
    if (!isHarmless(fault) && dialogue.permits?.(value, fault)) return [];
    return [`wrong result: ${(difference as Error).message}`];
  }
}

function errorProblems(
  dialogue: { errors: readonly (abstract new (...args: never[]) => Error)[] },
  fault: Fault,
  error: unknown,
): string[] {
  if (isHarmless(fault)) return [`failed: ${Deno.inspect(error)}`];
  if (!dialogue.errors.some((allowed) => error instanceof allowed)) {
    return [`ended with an error that is not expected: ${Deno.inspect(error)}`];
  }
  const { origin } = error as { origin?: string };
  if (["usage", "peer", "transport"].includes(origin ?? "")) return [];
  return [`the error does not say its origin: ${Deno.inspect(error)}`];
}

/** Waits for a server to be rid of its client. */
async function judgeServer(
  dialogue: { patience?: number },
  world: World,
  served: Served<unknown>,
  isPlayed: () => boolean,
): Promise<void> {
  const { loop, problems, run } = world;
  const begun = loop.time();
  const patience = dialogue.patience ?? 2;
  // At first it may not know of its client yet.
  for (let looked = 0;; looked++) {
    if (served.connections === 0 && (isPlayed() || (run.struck && looked > 2))) break;
    if (world.since(begun) > patience && !isHarmless(world.fault)) break;
    if (world.since(begun) > 100) break;
    await sleep(world.glance);
  }
  if (served.connections > 0) {
    problems.push(`the server still has its client after ${patience} timeouts`);
  }
}

/** What serves a client that is gone must be gone as well. */
async function judgeTasks(world: World, before: number): Promise<void> {
  for (let tries = 0; allTasks().size > before && tries < 20; tries++) {
    await sleep(world.glance);
  }
  const more = allTasks().size - before;
  if (more > 0) world.problems.push(`the server left ${more} tasks running`);
}

function check(
  dialogue: ServerDialogue<unknown> | PairDialogue<unknown, unknown>,
  world: World,
  served: Served<unknown>,
  how: { fault: Fault; done?: boolean },
): void {
  try {
    dialogue.check(served.outcome, how);
  } catch (difference) {
    world.problems.push(`wrong outcome: ${(difference as Error).message}`);
  }
}

/** Whether a promise is settled within five seconds of real time. */
async function soon(promise: PromiseLike<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), 5_000);
  });
  const settled = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}
