/**
 * CPython's `test_tasks`: what a cancellation says, and where it shows that it has come from.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { LONG } from "../by_hand.ts";
import { adapted, held, MESSAGES, TEXT_ONLY, ValueError } from "./suite.ts";

held("test_task_cancel_message_getter", async (loop) => {
  const task = loop.createTask(() => {});
  assert.equal(task._cancelMessage, undefined);
  task.cancel("my message");
  assert.equal(task._cancelMessage, "my message");
  const error = await rejection(loop.runUntilComplete(task), CancelledError);
  assert.equal(error.message, "my message");
});

held("test_task_cancel_message_setter", async (loop) => {
  const task = loop.createTask(() => {});
  task.cancel("my message");
  task._cancelMessage = "my new message";
  const error = await rejection(loop.runUntilComplete(task), CancelledError);
  assert.equal(error.message, "my new message");
});

for (
  const [name, ask] of [
    ["test_cancel_with_message_then_future_result", (task: Task) => task.result()],
    ["test_cancel_with_message_then_future_exception", (task: Task) => task.exception()],
  ] as const
) {
  adapted(name, TEXT_ONLY, async (_loop, { newLoop }) => {
    for (const [args, message] of MESSAGES) {
      const error = await rejection(
        newLoop().runUntilComplete(async () => {
          const task = createTask(() => sleep(LONG));
          await sleep(0);
          task.cancel(...args);
          await wait([task]);
          ask(task);
        }),
        CancelledError,
      );
      assert.equal(error.message, message);
      assert.equal(error.cause, undefined);
    }
  });
}

held("test_cancel_with_message_before_starting_task", async (loop) => {
  const error = await rejection(
    loop.runUntilComplete(async () => {
      const task = createTask(() => sleep(LONG));
      task.cancel("my message");
      await wait([task]);
      task.exception();
    }),
    CancelledError,
  );
  assert.equal(error.message, "my message");
  assert.equal(error.cause, undefined);
});

held("test_cancellation_exception_context", async (loop) => {
  const future = loop.createFuture<void>();
  const error = await rejection(
    loop.runUntilComplete(async () => {
      const inner = createTask(async () => {
        future.setResult();
        await sleep(LONG);
      });
      await future;
      loop.callSoon((message) => inner.cancel(message), "msg");
      try {
        await inner;
      } catch (cause) {
        assert.ok(cause instanceof CancelledError);
        throw new ValueError("cancelled", { cause });
      }
    }),
    ValueError,
  );
  assert.equal(error.message, "cancelled");
  assert.ok(error.cause instanceof CancelledError);
  assert.equal(error.cause.message, "msg");
  assert.equal(error.cause.cause, undefined);
});

/** Gathers one short sleep after the other, for long. */
async function gatherForLong(loop: EventLoop): Promise<void> {
  for (const end = loop.time() + LONG; loop.time() < end;) {
    await gather(() => sleep(5), { returnExceptions: true });
  }
}

adapted("test_cancel_gather_2", TEXT_ONLY, async (_loop, { newLoop }) => {
  for (const [args, message] of MESSAGES) {
    const loop = newLoop();
    const error = await rejection(
      loop.runUntilComplete(async () => {
        const task = createTask(gatherForLong, loop);
        await sleep(20);
        task.cancel(...args);
        await task;
      }),
      CancelledError,
    );
    assert.equal(error.message, message);
    assert.equal(error.cause, undefined);
  }
});
