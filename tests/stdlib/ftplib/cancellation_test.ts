import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import type { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, FTPError, SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { BEGIN } from "./_dialogues.ts";
import { text, withServer } from "./_session.ts";

/** A download that stops in the middle. */
const STUCK = `${BEGIN}
  D= 01234
  D! silence
`;

/** Longer than a test clock waits before it lets time pass, and shorter than it waits twice. */
const LATER = "S! turn\n".repeat(14);

/** What servers say after their data connection was closed (the first three as measured). */
const AFTERMATHS: Record<string, string> = {
  "vsftpd": "S: 426 Failure writing network stream.\nC: NOOP\nS: 200 NOOP ok.",
  "all was sent in time": "S: 226 Transfer complete.\nC: NOOP\nS: 200 ok",
  "pure-ftpd": "S: 150 0.401 seconds (measured here)\nC: NOOP\nS: 200 Zzz...",
  "two replies": "S: 426 Broken\nS: 226 Abort successful\nC: NOOP\nS: 200 ok",
  "two replies, one of them late": "S: 426 Broken\nC: NOOP\nS: 226 Closed\nS: 200 ok",
  "a 200 of its own": "S: 200 never mind\nC: NOOP\nS: 200 NOOP",
};

/** Ways to break off a call that waits, and what it rejects with. */
const WAYS: Record<
  string,
  (call: (signal?: AbortSignal) => PromiseLike<unknown>) => Promise<void>
> = {
  "AbortSignal": async (call) => {
    const controller = new AbortController();
    const waiting = call(controller.signal);
    const reason = new RangeError("enough");
    waiting.then(() => {}, () => {});
    await sleep(10);
    controller.abort(reason);
    await rejection(waiting, RangeError);
  },
  "task.cancel()": async (call) => {
    const task = createTask(async () => void await call());
    await sleep(10);
    task.cancel();
    await rejection(task, CancelledError);
  },
  "timeout()": async (call) => {
    await rejection(timeout(10, async () => void await call()), TimeoutError);
  },
};

for (const [way, breakOff] of Object.entries(WAYS)) {
  for (const [server, aftermath] of Object.entries(AFTERMATHS)) {
    Deno.test(`a download broken off by ${way}: the session works again (${server})`, async () => {
      await withServer(
        `${STUCK}\n${aftermath}\nC: PWD\nS: 257 "/right"\nC: NOOP\nS: 200 x`,
        async (ftp) => {
          await breakOff((signal) => ftp.download("f", { signal }));
          assert.equal(await ftp.pwd(), "/right");
          await ftp.noop();
        },
      );
    });
  }

  Deno.test(`an iteration broken off by ${way}: the session works again`, async () => {
    await withServer(`${STUCK}\nS: 426 cut\nC: NOOP\nS: 200 x\nC: PWD\nS: 257 "/"`, async (ftp) => {
      let got = "";
      await breakOff(async (signal) => {
        for await (const chunk of ftp.download("f", { signal })) got += text(chunk);
      });
      assert.equal(got, "01234");
      assert.equal(await ftp.pwd(), "/");
    });
  });

  Deno.test(`a command broken off by ${way}: its late answer answers nothing else`, async () => {
    await withServer(
      `C: MKD slow\n${LATER}\nS: 257 "/slow" created\nC: PWD\nS: 257 "/right"`,
      async (ftp) => {
        await breakOff((signal) => ftp.mkd("slow", { signal }));
        assert.equal(await ftp.pwd(), "/right");
      },
    );
  });

  Deno.test(`an upload broken off by ${way}: the source is told, the session works again`, async () => {
    await withServer(
      `
      C: TYPE I
      S: 200 ok
      C: EPSV
      S: 229 ok (|||{port}|)
      C: STOR f
      S: 150 go on
      S: 226 done
      C: NOOP
      S: 200 sync
      C: PWD
      S: 257 "/"
    `,
      async (ftp) => {
        let ended = false;
        async function* source() {
          try {
            yield new Uint8Array(3);
            await sleep(60_000);
          } finally {
            ended = true;
          }
        }
        await breakOff((signal) => ftp.upload("f", source(), { signal }));
        assert.equal(await ftp.pwd(), "/");
        assert.ok(ended || way === "AbortSignal", "the generator ended");
      },
    );
  });

  Deno.test(`a callback that hangs is left by ${way}: the session works again`, async () => {
    const begin = (type: string, verb: string) => `
      C: TYPE ${type}
      S: 200 ok
      C: EPSV
      S: 229 ok (|||{port}|)
      C: ${verb} f
      S: 150 go on
    `;
    const lines = `${begin("A", "RETR")}\nD: one\nD! silence`;
    const calls: [string, (ftp: FTP, hang: () => Promise<void>, o: WaitOptions) => unknown][] = [
      [STUCK, (ftp, hang, options) => ftp.retrbinary("RETR f", hang, options)],
      [lines, (ftp, hang, options) => ftp.retrlines("RETR f", hang, options)],
      [
        begin("I", "STOR"),
        (ftp, callback, options) => ftp.storbinary("STOR f", "x", { ...options, callback }),
      ],
      [
        begin("A", "STOR"),
        (ftp, callback, options) => ftp.storlines("STOR f", "x", { ...options, callback }),
      ],
    ];
    for (const [script, call] of calls) {
      await withServer(
        `${script}\nS: 426 cut\nC: NOOP\nS: 200 sync\nC: PWD\nS: 257 "/"`,
        async (ftp) => {
          let called = 0;
          const hang = () => {
            called++;
            return new Promise<void>(() => {});
          };
          await breakOff(async (signal) => await call(ftp, hang, { signal }));
          assert.equal(called, 1);
          assert.equal(await ftp.pwd(), "/");
        },
      );
    }
  });
}

Deno.test("a server that falls silent in a download: TimeoutError, and the session works again", async () => {
  await withServer(
    `${STUCK}\nS: 426 cut\nC: NOOP\nS: 200 x\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      const transfer = ftp.download("f", { timeout: 500 });
      await transfer.readInto(new Uint8Array(20));
      const error = await rejection(transfer.readInto(new Uint8Array(20)), TimeoutError);
      assert.match(error.message, /500 ms/);
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("a server that does not come back into step: the session is closed and says so", async () => {
  for (const silence of ["S! silence", "S: 426 cut\nC: NOOP\nS! silence"]) {
    await withServer(`${STUCK}\n${silence}`, async (ftp) => {
      await rejection(ftp.download("f", { timeout: 500 }), TimeoutError);
      const error = await rejection(ftp.pwd({ timeout: 500 }), SessionClosedError);
      assert.match(error.message, /RETR f was broken off, and the server did not come back into/);
      assert.ok(ftp.closed);
      const later = await rejection(ftp.pwd(), SessionClosedError);
      assert.match(later.message, /RETR f was broken off/);
    });
  }
});

Deno.test("a server that talks on and on instead of answering NOOP is cut off", async () => {
  await withServer(
    `${STUCK}\n${"S: 226 and\n".repeat(40)}C: NOOP`,
    async (ftp) => {
      await rejection(ftp.download("f", { timeout: 500 }), TimeoutError);
      await rejection(ftp.pwd(), SessionClosedError);
    },
  );
});

Deno.test("the resynchronisation itself can be broken off, and goes on with the next command", async () => {
  await withServer(
    `${STUCK}\nS: 426 cut\nC: NOOP\n${LATER}\nS: 200 x\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      await rejection(timeout(10, async () => void await ftp.download("f")), TimeoutError);
      await rejection(timeout(10, () => ftp.pwd()), TimeoutError);
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("leaving an iteration early closes the data connection, and the session works again", async () => {
  const leave: Record<string, (ftp: FTP) => Promise<void>> = {
    "break": async (ftp) => {
      for await (const chunk of ftp.download("f")) {
        assert.equal(text(chunk), "01234");
        break;
      }
    },
    "an error": async (ftp) => {
      await rejection(
        (async () => {
          for await (const _ of ftp.download("f")) throw new SyntaxError("mine");
        })(),
        SyntaxError,
      );
    },
    "using": async (ftp) => {
      using transfer = ftp.download("f");
      assert.equal(await transfer.readInto(new Uint8Array(10)), 5);
    },
    "cancel() of the stream": async (ftp) => {
      const reader = ftp.download("f").readable.getReader();
      assert.equal(text((await reader.read()).value!), "01234");
      await reader.cancel();
    },
    "abort()": async (ftp) => {
      const transfer = ftp.download("f");
      assert.equal(await transfer.readInto(new Uint8Array(10)), 5);
      const reading = rejection(transfer.readInto(new Uint8Array(10)), FTPError);
      await sleep(1);
      await ftp.abort();
      assert.match((await reading).message, /closed on our side/);
    },
  };
  for (const [how, body] of Object.entries(leave)) {
    await withServer(`${STUCK}\nS: 426 cut\nC: NOOP\nS: 200 x\nC: PWD\nS: 257 "/"`, async (ftp) => {
      await body(ftp);
      assert.equal(await ftp.pwd(), "/", how);
    });
  }
});

Deno.test("a transfer that was closed before its first use sends nothing", async () => {
  await withServer(`C: PWD\nS: 257 "/"`, async (ftp) => {
    const transfer = ftp.download("f");
    transfer.close();
    await rejection(transfer, FTPError);
    await ftp.pwd();
  });
});

Deno.test("a transfer that is closed while its last reply is on its way keeps its turn until then", async () => {
  await withServer(
    `${STUCK.replace("D= 01234\n  D! silence", "D= 0123456789")}
    D! close
    ${"S! turn\n".repeat(5)}
    S: 226 done
    C: PWD
    S: 257 "/right"
  `,
    async (ftp) => {
      const transfer = ftp.download("f");
      await transfer.readInto(new Uint8Array(20));
      const end = transfer.readInto(new Uint8Array(20));
      await sleep(0);
      await sleep(0);
      await ftp.abort();
      assert.equal(await ftp.pwd(), "/right");
      assert.equal(await end, null);
    },
  );
});

Deno.test("a command that is answered by 1xx has an answer to come, which is read away", async () => {
  await withServer(
    `C: SITE LONG\nS: 150 working\nS: 226 done\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/right"`,
    async (ftp) => {
      assert.equal((await ftp.sendcmd("SITE LONG")).code, 150);
      assert.equal(await ftp.pwd(), "/right");
    },
  );
});

Deno.test("abort without a transfer says ABOR, and wants an answer", async () => {
  await withServer("C: ABOR\nS: 225 nothing to abort", (ftp) => ftp.abort());
});

Deno.test("a transfer that is broken off before its command costs no REST to the next", async () => {
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 5
    ${LATER}
    S: 350 ok
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 0
    S: 350 ok
    C: RETR f
    S: 150 f (10 bytes)
    D= 0123456789
    S: 226 done
  `,
    async (ftp) => {
      await rejection(
        timeout(10, async () => void await ftp.download("f", { offset: 5 })),
        TimeoutError,
      );
      assert.equal(text(await ftp.download("f")), "0123456789");
    },
  );
});

Deno.test("close() in the middle ends every call that waits", async () => {
  await withServer(`${STUCK}\nC! eof`, async (ftp) => {
    const transfer = ftp.download("f");
    await transfer.readInto(new Uint8Array(10));
    const reading = rejection(transfer.readInto(new Uint8Array(10)), FTPError);
    await sleep(1);
    ftp.close();
    await reading;
    await rejection(ftp.pwd(), SessionClosedError);
  });
  await withServer(`C: PWD\nC! eof`, async (ftp) => {
    const waiting = rejection(ftp.pwd(), SessionClosedError);
    await sleep(1);
    ftp.close();
    assert.match((await waiting).message, /closed on our side/);
  });
});

Deno.test("a signal that is aborted already stops everything before it is sent", async () => {
  const signal = AbortSignal.abort(new RangeError("no"));
  await withServer("", async (ftp) => {
    await rejection(ftp.pwd({ signal }), RangeError);
    await rejection(ftp.download("f", { signal }), RangeError);
    await rejection(ftp.upload("f", "x", { signal }), RangeError);
    await rejection(ftp.nlst("", { signal }), RangeError);
  });
});

Deno.test("a marker that the server refused costs the next transfer none", async () => {
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 5
    S: 502 what?
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 150 here
    D= 0123456789
    S: 226 done
  `,
    async (ftp) => {
      await rejection(ftp.download("f", { offset: 5 }), ErrorPerm);
      assert.equal(text(await ftp.download("f")), "0123456789");
    },
  );
});
