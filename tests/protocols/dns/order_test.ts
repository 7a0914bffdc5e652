import assert from "node:assert/strict";
import { orderByPreference, orderByWeight } from "../../../protocols/dns/order.ts";
import { Random } from "../../peers/random.ts";

function seeded(seed: number): () => number {
  const random = new Random(seed);
  return () => random.below(1_000_000) / 1_000_000;
}

Deno.test("mail servers of the same preference share the work (RFC 5321 §5.1)", () => {
  const records = [
    { preference: 20, exchange: "c" },
    { preference: 10, exchange: "a" },
    { preference: 10, exchange: "b" },
  ];
  const firsts = { a: 0, b: 0 };
  const random = seeded(1);
  for (let round = 0; round < 1000; round++) {
    const [first, second, last] = orderByPreference(records, random);
    assert.equal(last!.exchange, "c");
    assert.equal(second!.preference, 10);
    firsts[first!.exchange as "a" | "b"]++;
  }
  assert.ok(firsts.a > 400 && firsts.b > 400, JSON.stringify(firsts));
  assert.equal(records[0]!.exchange, "c");
});

Deno.test("servers of the same priority come first as often as they weigh (RFC 2782)", () => {
  const records = [
    { priority: 2, weight: 100, target: "backup" },
    { priority: 1, weight: 0, target: "zero" },
    { priority: 1, weight: 10, target: "light" },
    { priority: 1, weight: 30, target: "heavy" },
  ];
  const firsts: Record<string, number> = { zero: 0, light: 0, heavy: 0 };
  const random = seeded(2);
  for (let round = 0; round < 4100; round++) {
    const ordered = orderByWeight(records, random);
    assert.equal(ordered.length, 4);
    assert.equal(ordered[3]!.target, "backup");
    assert.equal(new Set(ordered).size, 4);
    firsts[ordered[0]!.target]!++;
  }
  // Of the whole numbers from 0 to 40 one stands for the first, ten and thirty for the others.
  assert.ok(firsts.zero! > 50 && firsts.zero! < 160, JSON.stringify(firsts));
  assert.ok(firsts.light! > 850 && firsts.light! < 1150, JSON.stringify(firsts));
  assert.ok(firsts.heavy! > 2800 && firsts.heavy! < 3200, JSON.stringify(firsts));
});

Deno.test("the smallest and the largest chance, and weights of nothing but zero", () => {
  const records = [{ priority: 1, weight: 3, n: 1 }, { priority: 1, weight: 0, n: 2 }];
  assert.deepEqual(orderByWeight(records, () => 0).map(({ n }) => n), [2, 1]);
  assert.deepEqual(orderByWeight(records, () => 0.999).map(({ n }) => n), [1, 2]);
  const zeros = [{ priority: 1, weight: 0 }, { priority: 0, weight: 0 }];
  assert.deepEqual(orderByWeight(zeros, () => 0.5).map(({ priority }) => priority), [0, 1]);
  assert.deepEqual(orderByWeight([], () => 0), []);
});
