/**
 * CPython's `test_tasks`: `as_completed()`. What it tests in two ways, as a plain iteration and as
 * an asynchronous one, is tested in both here.
 *
 * @module
 */

import assert from "node:assert/strict";
import { asCompleted, type AsCompletedOptions } from "../../../loop/as_completed.ts";
import { TimeoutError } from "../../../loop/exceptions.ts";
import type { Future } from "../../../loop/future.ts";
import { sleep } from "../../../loop/sleep.ts";
import { type Awaitable, createTask, ensureFuture } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { assertTime, LONG } from "../by_hand.ts";
import { differs, held } from "./suite.ts";

type Collect = <T>(awaitables: Awaitable<T>[], options?: AsCompletedOptions) => Promise<T[]>;

/** Collects results by a plain loop. */
const plainly: Collect = async (awaitables, options) => {
  const results = [];
  for (const next of asCompleted(awaitables, options)) results.push(await next);
  return results as never;
};

/** Collects results by an asynchronous loop. */
const asynchronously: Collect = async (awaitables, options) => {
  const results = [];
  for await (const done of asCompleted(awaitables, options)) results.push(done.result());
  return results as never;
};

const WAYS = [plainly, asynchronously];

held("test_as_completed", async (_loop, setting) => {
  for (const [turn, collect] of WAYS.entries()) {
    const loop = setting.newLoop();
    const sleeper = (ms: number, name: string) => async () => {
      await sleep(ms);
      return name;
    };
    const results = await loop.runUntilComplete(() =>
      collect([sleeper(10, "b"), sleeper(30, "c"), sleeper(10, "a")])
    );
    assert.deepEqual(results.slice(0, 2).sort(), ["a", "b"]);
    assert.equal(results[2], "c");
    assertTime(setting, 30 * (turn + 1));
  }
});

held("test_as_completed_same_tasks_in_as_out", async (loop) => {
  await loop.runUntilComplete(async () => {
    const collect = async (awaitables: Awaitable<unknown>[]) => {
      const out: unknown[] = [];
      for await (const done of asCompleted(awaitables)) out.push(done);
      return out;
    };
    const functions = [0, 1, 2, 3].map((n) => () => n);
    for (const done of await collect(functions)) {
      assert.equal(functions.includes(done as never), false);
    }

    const [a, b, c, d] = [() => "a", createTask(() => "b"), () => "c", createTask(() => "d")];
    const given: unknown[] = [a, b, c, d];
    const out = await collect([a!, b!, c!, d!]);
    assert.equal(out.length, 4);
    const same = out.filter((done) => given.includes(done));
    assert.equal(same.length, 2);
    assert.ok(same.includes(b) && same.includes(d));
  });
});

held("test_as_completed_with_timeout", async (_loop, setting) => {
  async function tryPlainly(tasks: Future<string>[]) {
    const values: unknown[] = [];
    for (const next of asCompleted(tasks, { timeout: 20 })) {
      try {
        values.push(await next);
      } catch (error) {
        values.push(error);
      }
    }
    return values;
  }
  async function tryAsynchronously(tasks: Future<string>[]) {
    const values: unknown[] = [];
    try {
      for await (const done of asCompleted(tasks, { timeout: 20 })) values.push(done.result());
    } catch (error) {
      values.push(error);
    }
    return values;
  }
  for (const [turn, attempt] of [tryPlainly, tryAsynchronously].entries()) {
    const loop = setting.newLoop();
    const a = loop.createTask(() => sleep(10, "a"));
    const b = loop.createTask(() => sleep(LONG, "b"));
    const values = await loop.runUntilComplete(() => attempt([a, b]));
    assert.equal(values.length, 2);
    assert.equal(values[0], "a");
    assert.ok(values[1] instanceof TimeoutError);
    assertTime(setting, 20 * (turn + 1));
    b.cancel();
    await loop.runUntilComplete(() => wait([a, b]));
  }
});

held("test_as_completed_with_unused_timeout", async (_loop, setting) => {
  for (const collect of WAYS) {
    const loop = setting.newLoop();
    const results = await loop.runUntilComplete(() =>
      collect([() => sleep(10, "a")], { timeout: 1000 })
    );
    assert.deepEqual(results, ["a"]);
    loop.close();
  }
  assertTime(setting, 20);
});

held("test_as_completed_resume_iterator", async (loop) => {
  const functions = () => [0, 1, 2, 3].map((n) => () => n);
  async function tryPlainly() {
    const iterator = asCompleted(functions());
    const collected: number[] = [];
    for (const next of iterator) {
      collected.push(await next);
      if (collected.length === 2) break;
    }
    assert.equal(collected.length, 2);
    for (const next of iterator) collected.push(await next);
    return collected;
  }
  async function tryAsynchronously() {
    const iterator = asCompleted(functions());
    const collected: number[] = [];
    for await (const done of iterator) {
      collected.push(done.result());
      if (collected.length === 2) break;
    }
    assert.equal(collected.length, 2);
    for await (const done of iterator) collected.push(done.result());
    return collected;
  }
  for (const attempt of [tryPlainly, tryAsynchronously]) {
    assert.deepEqual((await loop.runUntilComplete(attempt)).sort(), [0, 1, 2, 3]);
  }
});

held("test_as_completed_reverse_wait", async (loop, setting) => {
  await loop.runUntilComplete(async () => {
    const [first, second, ...others] = asCompleted([
      () => sleep(10, "a"),
      () => sleep(30, "b"),
    ]);
    assert.equal(others.length, 0);
    assert.equal(await second, "a");
    assertTime(setting, 10);
    assert.equal(await first, "b");
    assertTime(setting, 30);
  });
});

held("test_as_completed_concurrent", async (_loop, setting) => {
  const plain = (awaitables: Awaitable<string>[]) => [...asCompleted(awaitables)];
  async function asynchronous(awaitables: Awaitable<string>[]) {
    const futures: Awaitable<string>[] = [];
    for await (const done of asCompleted(awaitables)) futures.push(done as Future<string>);
    return futures;
  }
  for (const collect of [plain, asynchronous]) {
    await setting.newLoop().runUntilComplete(async () => {
      const awaitables = await collect([() => sleep(10, "a"), () => sleep(10, "b")]);
      assert.equal(awaitables.length, 2);
      const { done } = await wait(awaitables.map((awaitable) => ensureFuture(awaitable)));
      assert.deepEqual([...done].map((future) => future.result()).sort(), ["a", "b"]);
    });
  }
});

held("test_as_completed_duplicate_coroutines", async (loop) => {
  for (const collect of WAYS) {
    const ham = () => "ham";
    const task = loop.createTask(() => collect([ham, ham, () => "spam"]));
    assert.deepEqual((await loop.runUntilComplete(task)).sort(), ["ham", "spam"]);
  }
});

differs(
  "test_as_completed_coroutine_without_loop",
  "Outside of loops functions run in the default loop of the realm",
  async () => {
    const [next] = asCompleted([() => 42]);
    assert.equal(await next, 42);
  },
);

held("test_as_completed_coroutine_use_running_loop", async (loop) => {
  await loop.runUntilComplete(async () => {
    const [next, ...others] = asCompleted([() => 42]);
    assert.equal(others.length, 0);
    assert.equal(await next, 42);
  });
});

held("test_as_completed_invalid_args", async (loop) => {
  const future = loop.createFuture();
  for (const wrong of [future, async () => {}] as never[]) {
    assert.throws(() => asCompleted(wrong), TypeError);
    await rejection(
      loop.runUntilComplete(async () => {
        for await (const _ of asCompleted(wrong)) break;
      }),
      TypeError,
    );
  }
});
