import assert from "node:assert/strict";
import { createTask } from "../../loop/tasks.ts";
import { getEventLoop } from "../../loop/events.ts";
import { sleep } from "../../loop/sleep.ts";
import { TimeoutError } from "../../loop/exceptions.ts";
import { openConnection } from "../../net/streams/connect.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { ConnectionError, EOFError, LimitOverrunError } from "../../net/errors.ts";
import type { ClientDialogue, Target } from "./dialogues.ts";
import { everyFault, type FaultOptions } from "./rig.ts";

/** A client that asks for one line: right, unless `spoil` makes it wrong. */
function client(spoil: (line: string | null, connection: Connection) => unknown = () => {}) {
  return async ({ hostname, port, options }: Target): Promise<string> => {
    const connection = await openConnection(hostname, port, options);
    try {
      connection.writer.write("go\r\n");
      const line = await connection.reader.nextLine();
      await spoil(line, connection);
      // The end of the connection ends a line as well.
      if (line !== "hello") throw new EOFError(`no line, but ${line}`);
      return line;
    } finally {
      connection.close();
    }
  };
}

function dialogue(play: (target: Target) => Promise<string>): ClientDialogue<string> {
  return {
    name: "a line",
    script: "C: go\nS: hello\nC! eof",
    expected: "hello",
    errors: [EOFError, ConnectionError, LimitOverrunError, TimeoutError],
    client: play,
  };
}

function play(play: (target: Target) => Promise<string>, options?: FaultOptions) {
  return everyFault(dialogue(play), options);
}

Deno.test("everyFault plays every cut in every way and direction, and every division", async () => {
  const tally = await play(client());
  // "hello", CR, LF from the server, and "go", CR, LF from the client.
  for (const [of, bytes] of [["server", 7], ["client", 4]] as const) {
    for (const how of ["close", "reset", "silence"]) {
      assert.equal(tally.runs(how, of), bytes, `${how} ${of}`);
    }
    assert.equal(tally.runs("half", of), Math.ceil(bytes / 4));
    assert.equal(tally.runs("split", of), bytes - 1);
    assert.equal(tally.runs("bytes", of), 1);
    assert.equal(tally.runs("delay", of), 1);
  }
  assert.deepEqual(tally.counts.get("reset|server")?.outcomes, { ConnectionResetError: 7 });
  assert.deepEqual(tally.counts.get("silence|client")?.outcomes, { TimeoutError: 4 });
  assert.deepEqual(tally.counts.get("split|client")?.outcomes, { result: 3 });
  assert.ok(tally.runs("flood", "server") > 3 && tally.runs("flood", "client") === 0);
});

/** What a client may do wrong where it does not get its line, and how that is told. */
const WRONG: Record<string, [play: (target: Target) => Promise<string>, told: RegExp]> = {
  "takes a piece for the whole": [
    async ({ hostname, port, options }) => {
      const connection = await openConnection(hostname, port, options);
      try {
        connection.writer.write("go\r\n");
        return new TextDecoder().decode(await connection.reader.read(100)).trimEnd();
      } finally {
        connection.close();
      }
    },
    /a line, the server.s bytes one at a time: wrong result/,
  ],
  "hangs": [
    client((line) => line === "hello" ? 0 : new Promise(() => {})),
    /a line, close after 0 of the server's bytes: hangs/,
  ],
  "is late": [client((line) => line === "hello" ? 0 : sleep(3_000)), /took 3.0 timeouts/],
  "leaves a task": [
    client((line) => {
      if (line !== "hello") createTask(() => sleep(60_000));
    }),
    /left tasks running/,
  ],
  "throws what is not expected": [
    client((line) => {
      if (line !== "hello") throw new TypeError("undefined is not a function");
    }),
    /not expected: TypeError/,
  ],
  "does not say whose fault it is": [
    client((line) => {
      if (line !== "hello") throw Object.assign(new EOFError("no line"), { origin: undefined });
    }),
    /does not say its origin/,
  ],
  "fails in the background": [
    client((line) => {
      if (line !== "hello") {
        getEventLoop().callSoon(() => {
          throw new Error("in the background");
        });
      }
    }),
    /reported to the loop.*in the background/,
  ],
  "leaks": [
    async ({ hostname, port, options }) => {
      const connection = await openConnection(hostname, port, options);
      connection.writer.write("go\r\n");
      const line = await connection.reader.nextLine();
      if (line !== "hello") throw new EOFError("no line");
      connection.close();
      return line;
    },
    /the client left 1 connections open/,
  ],
  "keeps all that comes": [
    async ({ hostname, port, options }) => {
      const connection = await openConnection(hostname, port, options);
      try {
        connection.writer.write("go\r\n");
        let all = "";
        // A string of pieces, whose memory is not outside of the heap.
        const kept: Uint8Array[] = [];
        while (!all.startsWith("hello\r\n")) {
          const piece = await connection.reader.read(16_384);
          if (piece.length === 0) throw new EOFError("no line");
          kept.push(piece.slice());
          all = (all + new TextDecoder().decode(piece)).slice(0, 7);
        }
        return "hello";
      } finally {
        connection.close();
      }
    },
    /a flood of \d+ bytes took \d+ of memory/,
  ],
};

for (const [what, [wrong, told]] of Object.entries(WRONG)) {
  Deno.test(`everyFault finds a client that ${what}`, async () => {
    await assert.rejects(play(wrong, { hung: what === "hangs" ? 300 : 10_000 }), told);
  });
}

Deno.test("everyFault finds a client that goes its own way, or fails where all is well", async () => {
  await assert.rejects(
    play(client((_, connection) => connection.writer.write("more\r\n"))),
    /undisturbed: line 3 of the script is "C! eof": the client sent "more\\r\\n"/,
  );
  await assert.rejects(
    play(client(() => Promise.reject(new EOFError("for no reason")))),
    /undisturbed: failed: EOFError: for no reason/,
  );
});

Deno.test("everyFault over sockets plays the sample that the seed chooses", async () => {
  const first = await play(client(), { over: "sockets", sample: 20, seed: 3 });
  const second = await play(client(), { over: "sockets", sample: 20, seed: 3 });
  assert.equal(first.runs(), 20);
  assert.deepEqual([...first.counts.keys()].sort(), [...second.counts.keys()].sort());
});
