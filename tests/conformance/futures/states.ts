/**
 * CPython's `test_futures`: what a future can be, and what it says then.
 *
 * @module
 */

import assert from "node:assert/strict";
import { getEventLoop } from "../../../loop/events.ts";
import { CancelledError, InvalidStateError, RuntimeError } from "../../../loop/exceptions.ts";
import { Future, isfuture } from "../../../loop/futures.ts";
import { sleep } from "../../../loop/sleep.ts";
import { shield } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { runBriefly, testCase, withEventLoop } from "../by_hand.ts";
import { adapted, DEFAULT_LOOP, differs, futures, held } from "./suite.ts";

differs(
  "test_isfuture",
  "Whether something is a future is a question of its class; what only looks like one is a thenable",
  (loop) => {
    const future = loop.createFuture();
    assert.equal(isfuture(future), true);
    assert.equal(isfuture(Future), false);
    assert.equal(isfuture(1), false);
    assert.equal(isfuture({ _asyncioFutureBlocking: false }), false);
    assert.equal(isfuture({ then() {} }), false);
  },
);

held("test_initial_state", (loop) => {
  const future = loop.createFuture();
  assert.equal(future.cancelled(), false);
  assert.equal(future.done(), false);
  future.cancel();
  assert.equal(future.cancelled(), true);
});

differs("test_constructor_without_loop", DEFAULT_LOOP, () => {
  assert.equal(new Future().getLoop(), getEventLoop());
});

held("test_constructor_use_running_loop", async (loop) => {
  const [future] = await loop.runUntilComplete(() => [new Future()]);
  assert.equal(future!.getLoop(), loop);
});

held("test_constructor_use_global_loop", async (loop) => {
  const [future] = await withEventLoop(loop, () => [new Future()]);
  assert.equal(future!.getLoop(), loop);
});

held("test_constructor_positional", () => {
  assert.throws(() => new Future(42 as never), TypeError);
});

adapted(
  "test_uninitialized",
  "JavaScript itself makes no object of a class whose constructor it has not called",
  () => {
    assert.throws(() => Future.prototype.setResult.call(Object.create(Future.prototype), null), {
      name: "TypeError",
    });
  },
);

testCase(futures, "FutureInheritanceTests").adapted(
  "test_inherit_without_calling_super_init",
  "JavaScript itself refuses a constructor that does not call that of its base class",
  () => {
    class WithoutSuper extends Future {
      // @ts-expect-error TypeScript refuses it as well
      // deno-lint-ignore constructor-super -- that is what is tested
      constructor() {}
    }
    assert.throws(() => new WithoutSuper(), ReferenceError);
  },
);

held("test_future_cancel_message_getter", async (loop) => {
  const future = loop.createFuture();
  future.cancel("my message");
  const error = await rejection(loop.runUntilComplete(future), CancelledError);
  assert.equal(error.message, "my message");
  assert.throws(() => future.result(), { name: "CancelledError", message: "my message" });
});

held("test_cancel", (loop) => {
  const future = loop.createFuture();
  assert.equal(future.cancel(), true);
  assert.equal(future.cancelled(), true);
  assert.equal(future.done(), true);
  assert.throws(() => future.result(), CancelledError);
  assert.throws(() => future.exception(), CancelledError);
  assert.throws(() => future.setResult(null), InvalidStateError);
  assert.throws(() => future.setException(null), InvalidStateError);
  assert.equal(future.cancel(), false);
});

held("test_result", (loop) => {
  const future = loop.createFuture<number | null>();
  assert.throws(() => future.result(), InvalidStateError);
  future.setResult(42);
  assert.equal(future.cancelled(), false);
  assert.equal(future.done(), true);
  assert.equal(future.result(), 42);
  assert.equal(future.exception(), null);
  assert.throws(() => future.setResult(null), InvalidStateError);
  assert.throws(() => future.setException(null), InvalidStateError);
  assert.equal(future.cancel(), false);
});

held("test_exception", (loop) => {
  const error = new RuntimeError();
  const future = loop.createFuture();
  assert.throws(() => future.exception(), InvalidStateError);
  future.setException(error);
  assert.equal(future.cancelled(), false);
  assert.equal(future.done(), true);
  assert.throws(() => future.result(), RuntimeError);
  assert.equal(future.exception(), error);
  assert.throws(() => future.setResult(null), InvalidStateError);
  assert.throws(() => future.setException(null), InvalidStateError);
  assert.equal(future.cancel(), false);
});

differs(
  "test_exception_class",
  "JavaScript throws a class as it is: it makes no error of it",
  (loop) => {
    const future = loop.createFuture();
    future.setException(RuntimeError);
    assert.equal(future.exception(), RuntimeError);
  },
);

adapted(
  "test_yield_from_twice",
  "An async function stands for the generator",
  async (loop) => {
    const future = loop.createFuture<number>();
    const log: unknown[] = [];
    const task = loop.createTask(async () => {
      log.push("A");
      log.push(["B", await future]);
      log.push(["C", await future]);
    });
    await runBriefly(loop);
    assert.deepEqual(log, ["A"]);
    future.setResult(42);
    await loop.runUntilComplete(task);
    assert.deepEqual(log, ["A", ["B", 42], ["C", 42]]);
  },
);

adapted(
  "test_set_result_unless_cancelled",
  "What does so is the timer of `sleep()`: the same function is no part of the interface",
  async (loop) => {
    await loop.runUntilComplete(async () => {
      const nap = sleep(10, 2);
      nap.cancel();
      await sleep(20);
      assert.equal(nap.cancelled(), true);
    });
  },
);

differs(
  "test_future_stop_iteration_args",
  "A future is no iterator; what is awaited may be an array as well",
  async (loop) => {
    const future = loop.createFuture<number[]>();
    future.setResult([1, 2]);
    assert.equal(Symbol.iterator in future, false);
    assert.deepEqual(await loop.runUntilComplete(future), [1, 2]);
  },
);

adapted(
  "test_iter",
  "A future is no iterator, so there is nothing to forget an `await` for",
  (loop) => {
    const future = loop.createFuture<number[]>();
    assert.throws(() => [...(future as never as Iterable<number>)], TypeError);
    future.cancel();
  },
);

adapted(
  "test_copy_state",
  "What copies is `shield()`: the function that does it is no part of the interface",
  async (loop) => {
    await loop.runUntilComplete(async () => {
      const result = loop.createFuture<number>();
      const failed = loop.createFuture();
      const cancelled = loop.createFuture();
      const copies = [shield(result), shield(failed), shield(cancelled)];
      result.setResult(10);
      const error = new RuntimeError();
      failed.setException(error);
      cancelled.cancel();
      await sleep(0);
      assert.equal(copies[0]!.result(), 10);
      assert.equal(copies[1]!.exception(), error);
      assert.equal(copies[2]!.cancelled(), true);
    });
  },
);

adapted(
  "test_future_repr",
  "`console.log` shows what Python's `repr()` does; a text has the state only",
  (loop) => {
    function first() {}
    function last() {}
    function between() {}
    const make = (use: (future: Future) => void) => {
      const future = loop.createFuture();
      use(future);
      return Deno.inspect(future);
    };
    loop.setDebug(true);
    assert.match(make(() => {}), /^<Future pending created at file:.*futures\/states\.ts:\d+>$/);
    loop.setDebug(false);
    assert.equal(make(() => {}), "<Future pending>");
    assert.equal(make((future) => future.cancel()), "<Future cancelled>");
    assert.equal(make((future) => future.setResult(4)), "<Future finished result=4>");
    const failed = make((future) => {
      future.setException(new RuntimeError("oops"));
      future.exception();
    });
    assert.equal(failed, "<Future failed exception=RuntimeError: oops>");

    assert.equal(make((future) => future.addDoneCallback(first)), "<Future pending cb=[first()]>");
    const two = make((future) => {
      future.addDoneCallback(first);
      future.addDoneCallback(last);
    });
    assert.equal(two, "<Future pending cb=[first(), last()]>");
    const ten = (future: Future) => {
      future.addDoneCallback(first);
      for (let i = 0; i < 8; i++) future.addDoneCallback(between);
      future.addDoneCallback(last);
    };
    assert.equal(make(ten), "<Future pending cb=[first(), <8 more>, last()]>");
    const cancelled = make((future) => {
      ten(future);
      future.cancel();
    });
    assert.equal(cancelled, "<Future cancelled>");
  },
);
