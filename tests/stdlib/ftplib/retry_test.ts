import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import {
  ConnectionRefusedError,
  ConnectionResetError,
  EOFError,
  PermissionError,
  SSLCertVerificationError,
  SSLError,
} from "../../../net/errors.ts";
import {
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  FTPError,
  replyError,
  SessionBusyError,
  SessionClosedError,
  TooLargeError,
  TruncatedError,
  VerifyError,
} from "../../../stdlib/ftplib/errors.ts";
import { mayPass, retryPolicy, withRetries } from "../../../stdlib/ftplib/retry.ts";
import type { RetryEvent, RetryOptions } from "../../../stdlib/ftplib/types.ts";
import { inNoTime } from "../../loop/in_no_time.ts";
import { rejection } from "../../rejection.ts";

/** How long it waits before each attempt, where every one fails. */
async function waits(options: number | RetryOptions): Promise<number[]> {
  const events: RetryEvent[] = [];
  const times: number[] = [];
  await inNoTime(async (clock) => {
    const failing = withRetries(() => {
      times.push(clock.now());
      return Promise.reject(new TimeoutError("silent"));
    }, { policy: retryPolicy(options, (event) => events.push(event)) });
    await rejection(failing, TimeoutError);
  });
  assert.deepEqual(events.map(({ attempt }) => attempt), events.map((_, index) => index + 1));
  assert.ok(events.every(({ error }) => error instanceof TimeoutError));
  const passed = times.slice(1).map((time, index) => time - times[index]!);
  assert.deepEqual(passed.map(Math.round), events.map(({ delay }) => Math.round(delay)));
  return passed;
}

Deno.test("retries wait longer each time, up to a limit", async () => {
  assert.deepEqual(
    await waits({ attempts: 7, delay: 1_000, factor: 2, maxDelay: 10_000, jitter: 0 }),
    [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000],
  );
  assert.deepEqual(await waits({ attempts: 3, delay: 50, factor: 1, jitter: 0 }), [50, 50, 50]);
  assert.deepEqual(await waits(0), []);
  assert.equal((await waits({ jitter: 0, delay: 0 })).length, 5);
});

Deno.test("retries leave a part of each wait to chance, and never more than that", async () => {
  const options = { attempts: 40, delay: 100, factor: 1, jitter: 0.25 };
  const each = await waits(options);
  assert.ok(each.every((ms) => ms > 74.9 && ms <= 100), String(each));
  assert.ok(new Set(each.map(Math.round)).size > 3, String(each));
});

Deno.test("an attempt that got further makes the count start over", async () => {
  // Where the attempts of this transfer stop: the fourth fails further back than the third.
  const stops = [0, 10, 20, 15, 20, 20, 30];
  const seen: number[] = [];
  let at = 0;
  let calls = 0;
  const policy = retryPolicy({ attempts: 3, delay: 1, jitter: 0 }, ({ attempt }) => {
    seen.push(attempt);
  });
  await inNoTime(() =>
    rejection(
      withRetries(() => {
        at = stops[calls++]!;
        return Promise.reject(new EOFError("cut"));
      }, { policy, progress: () => at }),
      EOFError,
    )
  );
  // The one that reached 30 would have been the fourth without progress: it never came.
  assert.deepEqual(seen, [1, 1, 1, 2, 3]);
  assert.equal(calls, 6);
});

Deno.test("retries end with what succeeds, and hand on what failed before", async () => {
  const told: [number, unknown][] = [];
  const value = await inNoTime(() =>
    withRetries((failures, last) => {
      told.push([failures, last]);
      if (failures < 2) return Promise.reject(new EOFError(`${failures}`));
      return Promise.resolve("done");
    }, { policy: retryPolicy(5) })
  );
  assert.equal(value, "done");
  assert.deepEqual(told.map(([failures]) => failures), [0, 1, 2]);
  assert.deepEqual(
    told.map(([, last]) => (last as Error | undefined)?.message),
    [undefined, "0", "1"],
  );
});

Deno.test("the wait between two attempts can be broken off, by a signal and by cancel()", async () => {
  const failing = (signal?: AbortSignal) =>
    withRetries(() => Promise.reject(new EOFError("cut")), {
      policy: retryPolicy({ attempts: Infinity, delay: 1_000, jitter: 0 }),
      signal,
    });
  await inNoTime(async (clock) => {
    const controller = new AbortController();
    const waiting = failing(controller.signal);
    waiting.catch(() => {});
    await sleep(2_500);
    controller.abort(new RangeError("enough"));
    await rejection(waiting, RangeError);
    assert.equal(clock.now(), 2_500);

    const task = createTask(() => failing());
    await sleep(500);
    task.cancel();
    await rejection(task, CancelledError);
    assert.equal(clock.now(), 3_000);
  });
});

Deno.test("what may pass is tried again, and what does not is not", () => {
  const reply = (code: number) => replyError({ code, lines: ["no"] }, "STOR f");
  for (
    const error of [
      ...[421, 425, 426, 450, 451].map(reply),
      new TimeoutError("silent"),
      new EOFError("cut"),
      new ConnectionResetError("reset"),
      new ConnectionRefusedError("not up yet"),
      new SSLError("cut", { code: "ERR_TLS_TRUNCATED" }),
      new TruncatedError("cut", 1, 2),
      new VerifyError("spoilt", "a", "b"),
      new SessionClosedError("lost", { origin: "transport" }),
      new FTPError("no data connection", { origin: "transport" }),
    ]
  ) {
    assert.equal(mayPass(error), true, `${error.name} ${error.message}`);
  }
  for (
    const error of [
      ...[430, 452, 500, 530, 550, 552, 553, 227].map(reply),
      new SessionClosedError("closed by us", { origin: "usage" }),
      new SessionBusyError("busy", { origin: "usage" }),
      new TooLargeError("large", "maxBytes", 1),
      new ErrorProto("no FTP"),
      new PermissionError("not allowed"),
      new SSLCertVerificationError("unknown authority", { reason: "unknown-issuer" }),
      new SSLError("no common version", { code: "ERR_TLS_VERSION" }),
      new TypeError("wrong"),
      new Deno.errors.NotFound("local"),
    ]
  ) {
    assert.equal(mayPass(error), false, `${error.name} ${error.message}`);
  }
  assert.ok(reply(421) instanceof ErrorTemp && reply(550) instanceof ErrorPerm);
  assert.ok(reply(227) instanceof ErrorReply);
});

Deno.test("what does not pass ends the attempts at once", async () => {
  let calls = 0;
  await rejection(
    withRetries(() => {
      calls++;
      return Promise.reject(replyError({ code: 550, lines: ["no such file"] }, "RETR f"));
    }, { policy: retryPolicy(9) }),
    ErrorPerm,
  );
  assert.equal(calls, 1);
});

Deno.test("retries that make no sense are refused", () => {
  for (
    const options of [
      -1,
      1.5,
      NaN,
      { attempts: -1 },
      { delay: -1 },
      { delay: NaN },
      { maxDelay: Infinity },
      { factor: 0.5 },
      { jitter: 1.1 },
      { jitter: NaN },
    ]
  ) {
    assert.throws(() => retryPolicy(options), RangeError, JSON.stringify(options));
  }
});
