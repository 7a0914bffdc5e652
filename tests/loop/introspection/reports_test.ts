import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/base_event_loop.ts";
import { ContextVar } from "../../../loop/context.ts";
import { EventLoop } from "../../../loop/event_loop.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { Future } from "../../../loop/futures.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { inNoTime } from "../in_no_time.ts";

/** A loop whose exception handler is this test's. */
function loopWithReports(debug = false) {
  const loop = new EventLoop({ debug });
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, report) => reports.push(report));
  return { loop, reports };
}

Deno.test("a closed loop does not report tasks of which somebody else is told", async () => {
  const { loop, reports } = loopWithReports();
  loop.callSoon(() => loop.stop());
  // Whoever runs it is told by an error, whoever gathers is missed himself.
  await assert.rejects(loop.runUntilComplete(() => sleep(60_000)), { name: "RuntimeError" });
  const parent = loop.createTask(() => gather(() => sleep(60_000), () => sleep(60_000)));
  await loop.runUntilComplete(() => sleep(1));
  loop.close();
  assert.deepEqual(reports.map(({ task }) => task === parent), [true]);
});

Deno.test("run() leaves no task behind that would be reported", async () => {
  const reports: ExceptionContext[] = [];
  await inNoTime(async () => {
    getRunningLoop().setExceptionHandler((_loop, report) => reports.push(report));
    createTask(() => sleep(60_000));
    await sleep(0);
  });
  assert.deepEqual(reports, []);
});

Deno.test("in debug mode reports say where a future and a task were made", async () => {
  for (const debug of [false, true]) {
    const { loop, reports } = loopWithReports(debug);
    await loop.runUntilComplete(function makeBoth() {
      new Future().setException(new RangeError("of a future"));
      createTask(() => {
        throw new RangeError("of a task");
      });
    });
    await loop.runUntilComplete(() => {});
    loop._flushUnretrieved();
    assert.equal(reports.length, 2);
    for (const { sourceTraceback } of reports) {
      if (debug) assert.match(String(sourceTraceback), /at makeBoth .*reports_test\.ts/);
      else assert.equal(sourceTraceback, undefined);
    }
    loop.close();
  }
});

Deno.test("the exception handler runs in the context of the task of which it is told", async () => {
  const variable = new ContextVar("variable", "default");
  const seen: string[] = [];
  const loop = new EventLoop();
  loop.setExceptionHandler((_loop, { message }) => seen.push(message, variable.get()));
  await loop.runUntilComplete(async () => {
    createTask(() => {
      variable.set("of the task that failed");
      throw new RangeError("unseen");
    });
    createTask(async () => {
      variable.set("of the task that was lost");
      await loop.createFuture();
    });
    await sleep(1);
  });
  loop._flushUnretrieved();
  loop.close();
  assert.match(seen[0]!, /^Task exception was never retrieved/);
  assert.deepEqual(seen.slice(1), [
    "of the task that failed",
    "Task was destroyed but it is pending!",
    "of the task that was lost",
  ]);
});
