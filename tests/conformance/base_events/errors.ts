/**
 * CPython's `test_base_events`: errors that nobody catches.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import type { ExceptionContext } from "../../../loop/base_event_loop.ts";
import type { Handle } from "../../../loop/handles.ts";
import { sleep } from "../../../loop/sleep.ts";
import { printed } from "../../printed.ts";
import { runBriefly } from "../by_hand.ts";
import { adapted, held, ZeroDivisionError } from "./suite.ts";

function zeroError(): never {
  throw new ZeroDivisionError("division by zero");
}

held("test_default_exc_handler_callback", async (loop) => {
  const zeroErrorOf = (future: { setResult(value: boolean): void }) => {
    future.setResult(true);
    zeroError();
  };
  for (const delay of [null, 5]) {
    const lines = await printed(async () => {
      const future = loop.createFuture<boolean>();
      if (delay === null) loop.callSoon(zeroErrorOf, future);
      else loop.callLater(delay, zeroErrorOf, future);
      future.addDoneCallback(() => loop.stop());
      await loop.runForever();
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^Exception in callback .*zero.*ZeroDivisionError/s);
  }
});

adapted(
  "test_default_exc_handler_coro",
  "The garbage collector may never run: what nobody has retrieved is printed at the end of run() at the latest",
  async (loop) => {
    const lines = await printed(async () => {
      await loop.runUntilComplete(async () => {
        loop.createTask(async () => {
          await sleep(1);
          zeroError();
        });
        await sleep(10);
      });
      loop._flushUnretrieved();
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /exception was never retrieved.*ZeroDivisionError/s);
  },
);

held("test_set_exc_handler_invalid", (loop) => {
  assert.throws(() => loop.setExceptionHandler("spam" as never), {
    name: "TypeError",
    message: /function or null/,
  });
});

held("test_set_exc_handler_custom", async (loop) => {
  const runLoop = async (): Promise<Handle> => {
    const handle = loop.callSoon(zeroError);
    await runBriefly(loop);
    return handle;
  };
  loop.setDebug(true);
  assert.equal(loop.getExceptionHandler(), null);
  const calls: [unknown, ExceptionContext][] = [];
  const handler = (loop: unknown, context: ExceptionContext) => {
    calls.push([loop, context]);
  };
  loop.setExceptionHandler(handler);
  assert.equal(loop.getExceptionHandler(), handler);
  const handle = await runLoop();
  const [[toldBy, context] = []] = calls;
  assert.equal(toldBy, loop);
  const { message, exception, sourceTraceback, ...others } = context!;
  assert.match(message, /^Exception in callback.*zeroError/);
  assert.ok(exception instanceof ZeroDivisionError);
  assert.match(String(sourceTraceback), /at runLoop \(.*base_events\/errors\.ts/);
  assert.deepEqual(others, { handle });
  calls.length = 0;

  loop.setExceptionHandler(null);
  const lines = await printed(runLoop);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^Exception in callback.*zero.*ZeroDivisionError/s);
  assert.deepEqual(calls, []);
});

held("test_set_exc_handler_broken", async (loop) => {
  loop.setExceptionHandler(() => {
    throw new TypeError("spam");
  });
  const lines = await printed(async () => {
    loop.callSoon(zeroError);
    await runBriefly(loop);
  });
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^Unhandled error in exception handler.*TypeError: spam/s);
});

held("test_default_exc_handler_broken", async (_loop, { clock }) => {
  let seen: ExceptionContext | null = null;
  class Loop extends EventLoop {
    override defaultExceptionHandler(context: ExceptionContext): void {
      seen = context;
      throw new RangeError("spam");
    }
  }
  const loop = new Loop(clock === null ? {} : { clock });
  const runLoop = async () => {
    loop.callSoon(zeroError);
    await runBriefly(loop);
  };
  let lines = await printed(runLoop);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^Exception in default exception handler.*RangeError: spam/s);

  seen = null;
  loop.setExceptionHandler(() => {
    throw new RangeError("ham");
  });
  lines = await printed(runLoop);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^Exception in default exception handler while handling .* in custom/);
  const { context } = seen as unknown as { context: ExceptionContext };
  assert.ok(context.exception instanceof ZeroDivisionError);
  loop.close();
});
