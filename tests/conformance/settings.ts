/**
 * The event loops against which the behaviours are run.
 *
 * @module
 */

import { EventLoop } from "../../loop/event_loop.ts";
import { run } from "../../loop/runners.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { TestClock } from "../../loop/test_clock.ts";
import type { Setting } from "./behaviour.ts";

/** One way to make loops. */
interface Way {
  readonly name: string;
  readonly debug: boolean;
  readonly isTimeless: boolean;
}

/** Every loop that is tested. */
const WAYS: readonly Way[] = [
  { name: "the machine's clock", debug: false, isTimeless: false },
  { name: "a test clock", debug: false, isTimeless: true },
  { name: "a test clock, debug", debug: true, isTimeless: true },
];

/**
 * Runs something against each kind of loop.
 *
 * @param use Told how to make a setting, which closes its loops at its end.
 */
export function forEachSetting(use: (name: string, make: () => DisposableSetting) => void): void {
  for (const way of WAYS) use(way.name, () => new DisposableSetting(way));
}

class DisposableSetting implements Setting, Disposable {
  readonly name: string;
  readonly clock: TestClock | null;
  readonly #debug: boolean;
  readonly #loops: EventLoop[] = [];

  constructor({ name, debug, isTimeless }: Way) {
    this.name = name;
    this.#debug = debug;
    this.clock = isTimeless ? new TestClock() : null;
  }

  readonly newLoop = (): EventLoop => {
    const options = { debug: this.#debug };
    const loop = new EventLoop(this.clock === null ? options : { ...options, clock: this.clock });
    this.#loops.push(loop);
    return loop;
  };

  readonly run = <T>(main: (loop: EventLoop) => T | PromiseLike<T>): Promise<T> =>
    // The runtime sees a deadlock, and fails the test, only where nobody listens for signals.
    run(() => main(getRunningLoop()), { loopFactory: this.newLoop, handleSigint: false });

  [Symbol.dispose](): void {
    for (const loop of this.#loops) loop.close();
  }
}
