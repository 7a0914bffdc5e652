/**
 * CPython's `test_context`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar } from "../../loop/context.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { Suite } from "./behaviour.ts";

export const contexts = new Suite("test_context");

contexts.adapted(
  "DecimalContextTest.test_asyncio_task_decimal_context",
  "JavaScript has no decimal numbers: a context variable holds the precision of ordinary ones",
  async ({ run }) => {
    const precision = new ContextVar("precision", 28);
    const divide = (x: number, y: number) => (x / y).toPrecision(precision.get());

    async function fractions(ms: number, digits: number, x: number, y: number) {
      using _local = precision.set(digits);
      const a = divide(x, y);
      await sleep(ms);
      return [a, divide(x, y ** 2)];
    }

    const main = () => gather(() => fractions(10, 3, 1, 3), () => fractions(20, 6, 1, 3));
    assert.deepEqual(await run(main), [["0.333", "0.111"], ["0.333333", "0.111111"]]);
    assert.equal(precision.get(), 28);
  },
);
