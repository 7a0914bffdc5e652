import assert from "node:assert/strict";
import { PageServer } from "../../examples/asyncio/page_server.ts";
import { testerOn } from "../../examples/asyncio/regex_tester.ts";
import { findMatches } from "../../examples/asyncio/regex_tester/match.ts";
import { Socket } from "../../examples/asyncio/socket.ts";
import * as asyncio from "../../stdlib/asyncio.ts";
import { Line } from "./line.ts";

const FOLDER = new URL("../../examples/asyncio/regex_tester/", import.meta.url);
const LIMITS = { port: 0, maxVisitors: 5, maxLength: 10_000, maxWaiting: 50 };

/** Twice as many steps for each letter: far more than can be waited for. */
const TRAP = { pattern: "(a+)+$", flags: "", text: `${"a".repeat(60)}!` };

type Ask = (question: object) => void;
type Answers = asyncio.Queue<Record<string, unknown>>;

/** Has a page ask a tester. */
function withTester(
  workers: asyncio.Executor,
  body: (ask: Ask, answers: Answers, closed: asyncio.Future<string>) => Promise<void>,
): Promise<void> {
  return asyncio.run(async () => {
    const closed = asyncio.getRunningLoop().createFuture<string>();
    {
      await using _workers = workers;
      await using server = await PageServer.start(FOLDER, testerOn(workers), LIMITS);
      const socket = new WebSocket(`${server.url.replace("http", "ws")}socket`);
      const answers: Answers = new asyncio.Queue();
      socket.onmessage = ({ data }) => answers.putNowait(JSON.parse(data));
      socket.onclose = ({ code, reason }) => closed.setResult(`${code} ${reason}`);
      await asyncio.interruptible(new Promise((resolve) => socket.onopen = resolve), {
        timeout: 10_000,
      });
      const ask = (question: object) => socket.send(JSON.stringify(question));
      await asyncio.timeout(20_000, () => body(ask, answers, closed));
    }
    await asyncio.timeout(10_000, () => closed);
  });
}

Deno.test("The tester finds matches with their groups", () => {
  const found = findMatches({ pattern: "(\\w)(x)?", flags: "", text: "ax, b" }, 1_000);
  assert.deepEqual(found, {
    matches: [{ start: 0, end: 2, groups: ["a", "x"] }, { start: 4, end: 5, groups: ["b", null] }],
    isAll: true,
  });
  const nothing = findMatches({ pattern: "", flags: "u", text: "\u{1F337}" }, 1_000);
  const places = "matches" in nothing ? nothing.matches.map(({ start }) => start) : [];
  assert.deepEqual(places, [0, 2], "a place is never amid a character");
});

Deno.test("The tester says what is wrong with a pattern, and with flags", () => {
  const pattern = { pattern: "a: (", flags: "", text: "" };
  assert.deepEqual(findMatches(pattern, 1_000), { error: "Unterminated group" });
  const flags = { pattern: "a", flags: "gg", text: "" };
  assert.match(JSON.stringify(findMatches(flags, 1_000)), /Invalid flags.*'gg'/);
});

Deno.test("The tester has limits for what it finds", () => {
  const found = findMatches({ pattern: ".", flags: "", text: "x".repeat(1_001) }, 1_000);
  assert.ok("matches" in found);
  assert.deepEqual([found.matches.length, found.isAll], [1_000, false]);
  const long = findMatches({ pattern: "(.*)", flags: "", text: "x".repeat(300) }, 1_000);
  assert.equal("matches" in long && long.matches[0]?.groups[0]?.length, 200);
});

Deno.test("The tester stops a pattern that never comes to an end, and answers the next", () => {
  const workers = new asyncio.WorkerPoolExecutor({ maxWorkers: 1 });
  return withTester(workers, async (ask, answers) => {
    ask({ id: 1, ...TRAP });
    assert.deepEqual(await answers.get(), { id: 1, error: "Stopped: that takes too long" });
    const question = { pattern: "b", flags: "", text: "ab" };
    const matches = [{ start: 1, end: 2, groups: [] }];
    // A busy machine may take longer than the limit to start another worker.
    for (let id = 2;; id += 1) {
      ask({ id, ...question });
      const answer = await answers.get();
      if (answer.error !== undefined && id < 10) continue;
      assert.deepEqual(answer, { id, matches, isAll: true });
      return;
    }
  });
});

Deno.test("The worker of the tester stops such a pattern by itself as well", () => {
  assert.deepEqual(findMatches(TRAP, 50), { error: "Stopped: that takes too long" });
});

/** Answers nothing, and notes what is asked and what is given up. */
class Silent extends asyncio.Executor {
  readonly log = new asyncio.Queue<string>();

  protected override execute({ args: [question], signal }: asyncio.JobCall): Promise<never> {
    const { pattern } = question as { pattern: string };
    this.log.putNowait(`asked ${pattern}`);
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        this.log.putNowait(`gave up ${pattern}`);
        reject(signal.reason);
      })
    );
  }
}

Deno.test("Each keystroke gives up the question of the one before; so does leaving", async () => {
  const clock = new asyncio.TestClock();
  const workers = new Silent();
  await asyncio.run(async () => {
    const line = new Line({ reads: true });
    const loop = asyncio.getRunningLoop();
    const socket = new Socket(line as unknown as WebSocket, loop, LIMITS);
    const visit = asyncio.createTask(() => testerOn(workers)(socket));
    const type = (pattern: string) => line.hear({ id: 1, pattern, flags: "", text: "" });

    type("a");
    assert.equal(await workers.log.get(), "asked a");
    // Typed without a pause: the first of the two is never looked at.
    type("ab");
    await asyncio.sleep(10);
    type("abc");
    assert.equal(await workers.log.get(), "gave up a");
    assert.equal(await workers.log.get(), "asked abc");
    line.close(1001, "");
    assert.equal(await workers.log.get(), "gave up abc");
    await visit;
  }, { loopFactory: () => new asyncio.EventLoop({ clock }), handleSigint: false });
});

Deno.test("The tester leaves whoever asks what is no question", () =>
  withTester(new Silent(), async (ask, _, closed) => {
    ask({ id: 1, pattern: "a", flags: "" });
    assert.equal(await closed, "1008 A question has an id, a pattern, flags and a text");
  }));
