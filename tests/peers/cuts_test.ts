import assert from "node:assert/strict";
import { createTask } from "../../loop/tasks.ts";
import { sleep } from "../../loop/sleep.ts";
import { TimeoutError } from "../../loop/exceptions.ts";
import { openConnection } from "../../net/connect.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionError, EOFError } from "../../net/errors.ts";
import { type CutOptions, type Dialogue, everyCut, type Target } from "./cuts.ts";

/** A client that asks for one line: right, unless `spoil` makes it wrong. */
function client(spoil: (line: string | null, connection: Connection) => unknown) {
  return async ({ hostname, port, options }: Target): Promise<string> => {
    const connection = await openConnection(hostname, port, options);
    try {
      const line = await connection.reader.nextLine();
      await spoil(line, connection);
      if (line === null) throw new EOFError("no line");
      return line;
    } finally {
      connection.close();
    }
  };
}

function dialogue(play: (target: Target) => Promise<string>): Dialogue<string> {
  return {
    name: "a line",
    script: "S: hello\nS! close",
    expected: "hello",
    errors: [EOFError, ConnectionError, TimeoutError],
    client: play,
  };
}

function cuts(play: (target: Target) => Promise<string>, options?: CutOptions) {
  return everyCut(dialogue(play), options);
}

Deno.test("everyCut plays every cut in three ways, every division, and byte for byte", async () => {
  // "hello", CR, LF: 7 bytes. The end of the connection ends a line as well, so that a clean end
  // within the line gives a wrong result, which a client has to notice.
  const tally = await cuts(async (target) => {
    const line = await client(() => {})(target);
    if (line !== "hello") throw new EOFError(`a piece of a line: ${line}`);
    return line;
  });
  assert.equal(tally.runs, 1 + 3 * 7 + 6);
  assert.equal(Object.values(tally.errors).reduce((a, b) => a + b), tally.runs - tally.results);
  assert.equal(tally.errors["TimeoutError"], 7);
  assert.equal(tally.errors["ConnectionResetError"], 7);
});

Deno.test("everyCut finds the wrong result, and names the position and the way", async () => {
  // The piece of a line is taken for the line.
  await assert.rejects(
    cuts(async ({ hostname, port, options }) => {
      const connection = await openConnection(hostname, port, options);
      try {
        return new TextDecoder().decode(await connection.reader.read()).trimEnd();
      } finally {
        connection.close();
      }
    }),
    /a line, close after 1 bytes: wrong result/,
  );
});

Deno.test("everyCut finds each kind of wrong behaviour", async () => {
  const wrong: [name: string, play: (target: Target) => Promise<string>, problem: RegExp][] = [
    ["hangs", client((line) => line === "hello" ? 0 : new Promise(() => {})), /hangs/],
    ["is late", client((line) => line === "hello" ? 0 : sleep(3_000)), /took 3.0 timeouts/],
    [
      "leaves a task",
      client((line) => {
        if (line !== "hello") createTask(() => sleep(60_000));
      }),
      /left tasks running/,
    ],
    [
      "throws what is not expected",
      client((line) => {
        if (line !== "hello") throw new TypeError("undefined is not a function");
      }),
      /not expected: TypeError/,
    ],
    ["leaks", async ({ hostname, port, options }) => {
      const connection = await openConnection(hostname, port, options);
      const line = await connection.reader.nextLine();
      if (line !== "hello") throw new EOFError("no line");
      connection.close();
      return line;
    }, /left 1 connections open/],
  ];
  for (const [name, play, problem] of wrong) {
    await assert.rejects(cuts(play, { hung: 300 }), problem, name);
  }
});

Deno.test("everyCut over sockets plays the sample that the seed chooses", async () => {
  const lengths: number[] = [];
  const play = client((line) => lengths.push(line?.length ?? -1));
  const careful = async (target: Target) => {
    const line = await play(target);
    if (line !== "hello") throw new EOFError(`a piece of a line: ${line}`);
    return line;
  };
  const first = await cuts(careful, { over: "sockets", sample: 8, seed: 3 });
  const second = await cuts(careful, { over: "sockets", sample: 8, seed: 3 });
  assert.equal(first.runs, 8);
  assert.deepEqual(first, second);
});
