import assert from "node:assert/strict";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { memoryPair } from "../../../net/memory.ts";
import { ReplyConnection } from "../../../stdlib/_client/reply_connection.ts";
import { ReplyFaultError } from "../../../stdlib/_client/reply_fault.ts";
import type { DebugLine } from "../../../stdlib/_client/reply_options.ts";
import { inTestTime, withLine } from "./_line.ts";
import { scripted } from "../../peers/scripted.ts";

Deno.test("exchange: a command goes out, its reply comes back", async () => {
  await withLine(
    `
    C: NOOP
    S: 250-one
    S: 250 two`,
    async (line) => {
      assert.deepEqual(await line.exchange("NOOP"), { code: 250, lines: ["one", "two"] });
      assert.equal(line.outstanding, 0);
      assert.equal(line.lastCommand, "NOOP");
    },
  );
});

Deno.test("pipeline: all commands go out before the first reply is due", async () => {
  await withLine(
    `
    C: A
    C: B
    C: C
    S: 250 a
    S: 550 b
    S: 251 c`,
    async (line) => {
      const replies = await line.pipeline(["A", "B", "C"]);
      assert.deepEqual(replies.map(({ code }) => code), [250, 550, 251]);
    },
  );
});

Deno.test("exclusive: exchanges of several tasks are served in order, never interleaved", async () => {
  await withLine(
    `
    C: A 0
    S: 250 a
    C: A 1
    S: 250 b
    C: B 0
    S: 250 c
    C: B 1
    S: 250 d`,
    async (line) => {
      const twice = (name: string) => () =>
        line.exclusive(async () => {
          const texts: (string | undefined)[] = [];
          for (const part of [0, 1]) {
            line.send(`${name} ${part}`);
            texts.push((await line.readReply()).lines[0]);
          }
          return texts.join("");
        });
      assert.deepEqual(await gather(twice("A"), twice("B")), ["ab", "cd"]);
    },
  );
});

Deno.test("exclusive: who waits for a turn can give up, and the line stays in order", async () => {
  await withLine(
    `
    C: A
    S! turn
    S: 250 a
    C: C
    S: 250 c`,
    async (line) => {
      const first = createTask(() => line.exchange("A"));
      const controller = new AbortController();
      const second = createTask(() => line.exchange("B", { signal: controller.signal }));
      await sleep(0);
      controller.abort(new Error("changed my mind"));
      await assert.rejects(async () => await second, /changed my mind/);
      assert.equal((await first).lines[0], "a");
      assert.equal((await line.exchange("C")).lines[0], "c");
    },
  );
});

Deno.test("send: what would be two commands is refused before a byte is sent", async () => {
  await withLine("", async (line, peer) => {
    for (const bad of ["NOOP\r\nQUIT", "NOOP\n", "NOOP\r", "NO\0OP", "NOOP \ud800"]) {
      assert.throws(() => line.send(bad), TypeError, JSON.stringify(bad));
      assert.throws(() => line.send(["NOOP", bad]), TypeError);
      await assert.rejects(line.exchange(bad), TypeError);
    }
    assert.equal(line.outstanding, 0);
    assert.equal(line.closed, false);
    assert.equal(peer.received, "");
  });
});

Deno.test("encoding: latin-1 is sent and read byte by byte, and has an end", async () => {
  await withLine(
    String.raw`
    C: /CWD caf./u
    S= 250 d\xe9j\xe0\r\n`,
    async (line) => {
      assert.throws(() => line.send("CWD \u010a"), TypeError); // cut to a byte it were LF
      assert.equal((await line.exchange("CWD caf\xe9")).lines[0], "déjà");
    },
    { encoding: "latin-1" },
  );
});

Deno.test("encoding: UTF-8 is sent and read; what is none is told as it is asked for", async () => {
  const script = String.raw`
    C: CWD café
    S= 250 \xc3\xa9 \xff\r\n`;
  await withLine(script, async (line) => {
    assert.equal((await line.exchange("CWD café")).lines[0], "é \ufffd");
  });
  await withLine(script, async (line) => {
    assert.equal((await line.exchange("CWD café")).lines[0], "Ã© ÿ");
  }, { invalidUtf8: "keep" });
});

Deno.test("a reply that nobody asked for ends the connection", async () => {
  await withLine(
    String.raw`
    C: A
    S= 250 a\r\n250 forged\r\n
    C! eof`,
    async (line) => {
      assert.equal((await line.exchange("A")).lines[0], "a");
      await assert.rejects(line.exchange("B"), (error: ReplyFaultError) => {
        assert.ok(error instanceof ReplyFaultError);
        assert.equal(error.kind, "protocol");
        assert.equal(error.origin, "peer");
        assert.match(error.message, /server:21: .*nobody asked for: "250 forged"/);
        return true;
      });
      assert.ok(line.closed);
      await assert.rejects(line.exchange("C"), /Cannot send "C".*closed .*"250 forged"/);
    },
  );
});

Deno.test("half a line that nobody asked for ends the connection too", async () => {
  await withLine(
    String.raw`
    C: A
    S= 250 a\r\n25
    C! eof`,
    async (line) => {
      await line.exchange("A");
      await assert.rejects(line.exchange("B"), /nobody asked for: 2 bytes/);
    },
  );
});

Deno.test("421 between commands is told as the end of the session", async () => {
  await withLine(
    String.raw`
    C: A
    S= 250 a\r\n421 too long idle\r\n
    C! eof`,
    async (line) => {
      await line.exchange("A");
      await assert.rejects(line.exchange("B"), (error: ReplyFaultError) => {
        assert.equal(error.kind, "disconnected");
        assert.match(error.message, /ended the session: "421 too long idle"/);
        return true;
      });
    },
  );
});

Deno.test("421 as a reply is handed out, and closes", async () => {
  await withLine(
    `
    C: A
    S: 421 going down
    C! eof`,
    async (line) => {
      assert.equal((await line.exchange("A")).code, 421);
      assert.ok(line.closed);
      await assert.rejects(line.exchange("B"), (error: ReplyFaultError) => {
        assert.equal(error.kind, "closed");
        assert.equal(error.origin, "peer");
        assert.match(error.message, /421 "going down"/);
        return true;
      });
    },
  );
});

Deno.test("what is no reply ends the connection, and is quoted", async () => {
  for (const garbage of ["hello", "99 what", "2500 x", String.raw`\x1b[2J`, ""]) {
    await withLine(
      `
      C: A
      S= ${garbage}\\r\\n
      C! eof`,
      async (line) => {
        await assert.rejects(line.exchange("A"), (error: ReplyFaultError) => {
          assert.equal(error.kind, "protocol", garbage);
          assert.match(error.message, /no proper answer to "A": Expected a three-digit reply/);
          assert.ok(!error.message.includes("\x1b"));
          return true;
        });
        assert.ok(line.closed);
      },
    );
  }
});

Deno.test("a line without end is cut off at maxLineLength", async () => {
  for (const script of [`S= 250 ${"x".repeat(100)}\\r\\n`, `S= 250 ${"x".repeat(1000)}`]) {
    await withLine(
      `
      C: A
      ${script}
      C! eof`,
      async (line) => {
        await assert.rejects(line.exchange("A"), /A line may have 60 bytes, the peer sends more/);
        assert.ok(line.closed);
      },
      { maxLineLength: 60 },
    );
  }
});

Deno.test("a reply without end is cut off at maxLines and maxReplyBytes", async () => {
  const lines = `S= ${"250-more\\r\\n".repeat(50)}`;
  await withLine(`C: A\n${lines}\nC! eof`, async (line) => {
    await assert.rejects(line.exchange("A"), /may have 20 lines/);
  }, { maxLines: 20 });
  await withLine(`C: A\n${lines}\nC! eof`, async (line) => {
    await assert.rejects(line.exchange("A"), /may have 99 bytes/);
  }, { maxReplyBytes: 99 });
});

Deno.test("a server that says one line of a reply a second for ever is left in the end", async () => {
  await inTestTime(async (clock) => {
    const [near, far] = memoryPair();
    const line = new ReplyConnection(new Connection(near), { timeout: 5_000 });
    const server = createTask(async () => {
      while (true) {
        await far.write(new TextEncoder().encode("220-wait\r\n"));
        await sleep(1_000);
      }
    });
    await assert.rejects(line.readReply(), /may have 1000 lines/);
    assert.equal(clock.now(), 1_000_000);
    assert.ok(line.closed);
    server.cancel();
    await assert.rejects(async () => await server);
    far.close();
  });
});

Deno.test("limits and times that are none are refused before anything is dialled", async () => {
  const dial = () => assert.fail("dialled");
  for (
    const options of [
      { maxLineLength: 0 },
      { maxLines: NaN },
      { maxReplyBytes: -1 },
      { timeout: 0 },
      { timeout: NaN },
    ]
  ) {
    await assert.rejects(ReplyConnection.open("server", 21, { dial, ...options }), RangeError);
  }
});

Deno.test("silence ends a call after `timeout`, and says on what", async () => {
  await withLine(
    `
    C: A
    S! silence`,
    async (line, _peer, clock) => {
      const start = clock.now();
      await assert.rejects(line.exchange("A"), (error: TimeoutError) => {
        assert.ok(error instanceof TimeoutError);
        assert.equal(error.message, 'server:21 was silent for 700 ms when it was to answer "A"');
        return true;
      });
      assert.equal(clock.now() - start, 700);
      await assert.rejects(line.exchange("B"), /closed .*answer to "A" was broken off/);
    },
    { timeout: 700 },
  );
});

Deno.test("a call's own timeout goes before the connection's", async () => {
  await withLine(`C: A\nS! silence`, async (line, _peer, clock) => {
    await assert.rejects(line.exchange("A", { timeout: 50 }), TimeoutError);
    assert.equal(clock.now(), 50);
  });
});

Deno.test("a timeout that is none is refused before a byte is sent", async () => {
  await withLine(`C: A\nS: 250 a`, async (line) => {
    for (const timeout of [0, -1, NaN]) {
      await assert.rejects(line.exchange("B", { timeout }), RangeError);
    }
    assert.equal((await line.exchange("A")).lines[0], "a");
  });
});

Deno.test("a task that is cancelled stops at once; the next call says why the line is closed", async () => {
  await withLine(`C: A\nS! silence`, async (line, _peer, clock) => {
    const task = createTask(() => line.exchange("A"));
    await sleep(10);
    task.cancel("enough");
    await assert.rejects(async () => await task, CancelledError);
    assert.equal(clock.now(), 10);
    await assert.rejects(line.exchange("B"), (error: ReplyFaultError) => {
      assert.equal(error.kind, "closed");
      assert.equal(error.origin, "usage");
      assert.ok(error.cause instanceof CancelledError);
      assert.match(error.message, /wait for the answer to "A" was broken off/);
      return true;
    });
  });
});

Deno.test("a signal stops a call at once, with its reason", async () => {
  await withLine(`C: A\nS! silence`, async (line) => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const call = assert.rejects(line.exchange("A", { signal: controller.signal }), (error) => {
      assert.equal(error, reason);
      return true;
    });
    controller.abort(reason);
    await call;
    assert.ok(line.closed);
  });
});

Deno.test("a signal that is aborted already sends nothing and closes nothing", async () => {
  await withLine(`C: B\nS: 250 b`, async (line) => {
    const signal = AbortSignal.abort(new Error("too late"));
    await assert.rejects(line.exchange("A", { signal }), /too late/);
    assert.equal((await line.exchange("B")).lines[0], "b");
  });
});

Deno.test("close() ends the call that waits", async () => {
  await withLine(`C: A\nS! silence`, async (line) => {
    const task = createTask(() => line.exchange("A"));
    await sleep(1);
    line.close();
    line.close();
    await assert.rejects(async () => await task, /closed on our side/);
  });
});

Deno.test("a body that fails while a reply is due closes the connection", async () => {
  await withLine(`C: DATA\nS: 354 go\nC! eof`, async (line) => {
    await assert.rejects(
      line.exclusive(async () => {
        line.send("DATA");
        await line.readReply();
        line.expect("the message");
        throw new Error("the source broke");
      }),
      /the source broke/,
    );
    assert.ok(line.closed);
    await assert.rejects(line.exchange("A"), /the exchange the message was broken off/);
  });
});

Deno.test("a server that goes away is told with the command it left open", async () => {
  for (const ending of ["S! close", "S! reset", "S= 25\nS! close", "S: 250-half\nS! close"]) {
    await withLine(`C: A\n${ending}`, async (line) => {
      await assert.rejects(line.exchange("A"), (error: ReplyFaultError) => {
        assert.equal(error.kind, "disconnected", ending);
        assert.equal(error.origin, "transport");
        assert.match(error.message, /closed the connection instead of answering "A"/);
        return true;
      });
    });
  }
});

Deno.test("of several commands the first that was not answered is named", async () => {
  await withLine(`C: A\nC: B\nC: C\nS: 250 a\nS! close`, async (line) => {
    await assert.rejects(line.pipeline(["A", "B", "C"]), /instead of answering "B"/);
  });
});

Deno.test("a reader with a larger limit does not widen ours", async () => {
  const [near, far] = memoryPair();
  const line = new ReplyConnection(new Connection(near), { maxLineLength: 60 });
  await far.write(new TextEncoder().encode(`220 ${"x".repeat(60)}\r\n`));
  await assert.rejects(line.readReply(), /A line may have 60 bytes/);
  assert.ok(line.closed);
  far.close();
});

Deno.test("TLS on a port for plain text is recognised", async () => {
  await inTestTime(async () => {
    await using peer = scripted(String.raw`S= \x15\x03\x03\x00\x02\x02\x46`);
    const line = await ReplyConnection.open("server", 465, { dial: peer.dial });
    await assert.rejects(line.readReply(), /speaks TLS/);
    line.close();
  });
});

Deno.test("preliminary: 1yz announces another reply to the same command, but not for ever", async () => {
  const script = `
    C: RETR x
    S: 150 here it comes
    S: 226 done`;
  await withLine(script, async (line) => {
    line.send("RETR x");
    assert.equal((await line.readReply()).code, 150);
    assert.equal(line.outstanding, 1);
    assert.equal((await line.readReply()).code, 226);
    assert.equal(line.outstanding, 0);
  }, { preliminary: true });

  const endless = `C: RETR x\nS= ${"150 wait\\r\\n".repeat(1100)}\nC! eof`;
  await withLine(endless, async (line) => {
    line.send("RETR x");
    await assert.rejects(line.catchUp(), /1yz replies without end/);
  }, { preliminary: true });
});

Deno.test("resynchronise: what was broken off is read away before the next exchange", async () => {
  await withLine(
    `
    C: A
    S: 250-late
    C: B
    S: 250 a
    S: 251 b`,
    async (line) => {
      const task = createTask(() => line.exchange("A"));
      await sleep(1);
      task.cancel();
      await assert.rejects(async () => await task, CancelledError);
      assert.equal(line.closed, false);
      assert.equal(line.outstanding, 1);
      line.send("B"); // an owner may also put a command behind it, as FTP does with ABOR
      assert.equal(line.outstanding, 2);
      const replies = await line.catchUp();
      assert.deepEqual(replies.map(({ code, lines }) => [code, ...lines]), [
        [250, "late", "a"],
        [251, "b"],
      ]);
    },
    { resynchronise: true },
  );
  await withLine(
    `
    C: A
    S! turn
    S: 250 a
    C: B
    S: 251 b`,
    async (line) => {
      await assert.rejects(line.exchange("A", { signal: abortSoon() }), /soon/);
      assert.equal((await line.exchange("B")).lines[0], "b");
    },
    { resynchronise: true },
  );
});

Deno.test("a reply is not waited for where none is to come", async () => {
  await withLine("", async (line) => {
    await assert.rejects(line.readReply(), RuntimeError);
    assert.throws(() => line.takeReply(), RuntimeError);
  });
});

Deno.test("exchange refuses while a reply is unread that the owner has to read", async () => {
  await withLine(`C: A\nS: 250 a`, async (line) => {
    line.send("A");
    await assert.rejects(line.exchange("B"), /Read the reply to "A" before/);
    assert.equal((await line.readReply()).lines[0], "a");
  });
});

Deno.test("debug and errors never show a secret", async () => {
  const seen: DebugLine[] = [];
  await withLine(
    `
    C: USER tim
    S: 331 who
    C: PASS sec ret
    S: 230 in
    C: AUTH PLAIN c2VjcmV0
    S: 334
    C: c2VjcmV0
    S! close`,
    async (line) => {
      await line.exchange("USER tim");
      await line.exchange("PASS sec ret");
      assert.equal(line.lastCommand, "PASS ***");
      await line.exchange("AUTH PLAIN c2VjcmV0");
      await assert.rejects(line.exchange("c2VjcmV0", { secret: true }), (error: Error) => {
        assert.match(error.message, /answering "\*\*\*"/);
        return true;
      });
    },
    { debug: (entry) => seen.push(entry) },
  );
  assert.deepEqual(
    seen.map(({ direction, text }) => `${direction === "send" ? "C" : "S"}: ${text}`),
    [
      "S: 220 ready",
      "C: USER tim",
      "S: 331 who",
      "C: PASS ***",
      "S: 230 in",
      "C: AUTH PLAIN ***",
      "S: 334",
      "C: ***",
    ],
  );
});

Deno.test("errorFor makes every fault an error of the owner's", async () => {
  class Mine extends Error {}
  const errorFor = () => new Mine("mine");
  await withLine(`C: A\nS! close`, async (line) => {
    await assert.rejects(line.exchange("A"), Mine);
    await assert.rejects(line.exchange("A"), Mine);
  }, { errorFor });
});

function abortSoon(): AbortSignal {
  const controller = new AbortController();
  queueMicrotask(() => queueMicrotask(() => controller.abort(new Error("soon"))));
  return controller.signal;
}
