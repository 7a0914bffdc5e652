import assert from "node:assert/strict";
import { compare, hasOrder } from "../../../loop/queues/order.ts";

Deno.test("values are ordered as by `<` in Python", () => {
  // What Python's sorted() gives for each, with tuples for arrays.
  const sorted: unknown[][] = [
    [-Infinity, -1, -0.5, 0, 1, 9, 10, 2n ** 70n, Infinity],
    ["", "10", "9", "A", "a", "aa", "b", "é"],
    [[], [0], [1], [1, 0], [1, 2], [2], [10]],
    [[1], [1, "a"], [1, "b"], [2, "a"]],
    [[1, [1, 2]], [1, [1, 2, 0]], [1, [1, 3]]],
    [false, true, 2],
    [[1, false], [1, 0.5], [1, true]],
    [new Date(0), new Date(1)],
  ];
  for (const values of sorted) {
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) {
        assert.equal(Math.sign(compare(a, b)), Math.sign(i - j), Deno.inspect([a, b]));
      }
    }
  }
});

Deno.test("numbers of different types are equal where they are in Python", () => {
  for (const [a, b] of [[0, -0], [1, 1n], [1, true], [[1, "a"], [1n, "a"]]]) {
    assert.equal(compare(a, b), 0);
  }
});

Deno.test("an object has the order of its value", () => {
  class Version {
    constructor(readonly text: string) {}
    valueOf(): string {
      return this.text;
    }
  }
  assert.ok(compare(new Version("1.2"), new Version("1.3")) < 0);
  assert.ok(compare([1, new Version("b")], [1, "a"]) > 0);
  assert.equal(hasOrder(new Version("1")), true);
});

Deno.test("in arrays, what has no order at the same place is passed over", () => {
  assert.equal(compare([1, {}], [1, () => {}]), 0);
  assert.ok(compare([1, {}, 2], [1, null, 3]) < 0);
  assert.ok(compare([1, undefined], [2, undefined]) < 0);
});

Deno.test("values of different kinds have no order among them", () => {
  const pairs: [unknown, unknown][] = [[1, "1"], [[1], 1], [[1, "a"], [1, 2]], [[1, {}], [1, 2]]];
  for (const [a, b] of pairs) {
    assert.throws(() => compare(a, b), TypeError);
    assert.throws(() => compare(b, a), TypeError);
  }
  assert.throws(() => compare(1, "a"), { message: /whether a number or a string comes first/ });
  assert.throws(() => compare([1, null], [1, [2]]), { message: /whether null or an array/ });
});

Deno.test("NaN has no order", () => {
  for (const [a, b] of [[1, NaN], [NaN, 1], [[1, NaN], [1, 2]], [new Date(NaN), 1]]) {
    assert.throws(() => compare(a, b), RangeError);
  }
});

Deno.test("hasOrder knows what can be compared", () => {
  for (const value of [0, 1n, "", true, new Date(), [], [1, {}], [["a"], null]]) {
    assert.equal(hasOrder(value), true, Deno.inspect(value));
  }
  for (const value of [undefined, null, {}, () => {}, Symbol(), [{}], [[undefined]], new Map()]) {
    assert.equal(hasOrder(value), false, Deno.inspect(value));
  }
});
