import assert from "node:assert/strict";
import { Gate } from "../../../../stdlib/ftplib/server/gate.ts";

Deno.test("Gate: looks side by side, a move alone, and what comes later behind it", async () => {
  const gate = new Gate();
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const body = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    order.push(`${name} ends`);
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  const end = async (name: string) => {
    ends.get(name)?.();
    await turn();
  };

  const all = [gate.look(body("a")), gate.look(body("b"))];
  await turn();
  all.push(gate.move(body("move")), gate.look(body("c")), gate.move(body("second")));
  await turn();
  assert.deepEqual(order, ["a begins", "b begins"]);
  await end("a");
  assert.deepEqual(order.splice(0), ["a begins", "b begins", "a ends"]);
  await end("b");
  assert.deepEqual(order.splice(0), ["b ends", "move begins"]);
  await end("move");
  assert.deepEqual(order.splice(0), ["move ends", "c begins"]);
  await end("c");
  assert.deepEqual(order.splice(0), ["c ends", "second begins"]);
  await end("second");
  await Promise.all(all);
});

Deno.test("Gate: what fails lets the others go on", async () => {
  const gate = new Gate();
  const fail = () => Promise.reject(new Error("no"));
  await assert.rejects(gate.look(fail), /no/);
  await assert.rejects(gate.move(fail), /no/);
  assert.equal(await gate.look(() => Promise.resolve(1)), 1);
  assert.equal(await gate.move(() => Promise.resolve(2)), 2);
});
