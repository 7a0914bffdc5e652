import { EventLoop } from "../../loop/event_loop.ts";
import { run } from "../../loop/runners.ts";
import { TestClock } from "../../loop/test_clock.ts";

/** Runs a test's main function by a clock that does not wait. A test that hangs fails at once. */
export function inNoTime<T>(main: (clock: TestClock) => T | PromiseLike<T>): Promise<T> {
  const clock = new TestClock();
  return run(() => main(clock), {
    loopFactory: () => new EventLoop({ clock }),
    // The runtime sees a deadlock only where nothing else is listened for.
    handleSigint: false,
  });
}
