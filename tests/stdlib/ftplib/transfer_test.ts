import assert from "node:assert/strict";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import {
  ErrorPerm,
  FTPError,
  SessionBusyError,
  TooLargeError,
} from "../../../stdlib/ftplib/errors.ts";
import type { Progress } from "../../../stdlib/ftplib/types.ts";
import { rejection } from "../../rejection.ts";
import { AGAIN, BEGIN, TEN } from "./_dialogues.ts";
import { inTestTime, text, withServer } from "./_session.ts";
import { scripted } from "../../peers/scripted.ts";
import type { Dial } from "../../../net/byte_stream.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";

Deno.test("download: awaited, it is the whole file", async () => {
  await withServer(TEN, async (ftp) => {
    const transfer = ftp.download("f");
    assert.equal(text(await transfer), "0123456789");
    assert.equal(transfer.total, 10);
    assert.equal(transfer.transferred, 10);
    assert.equal(transfer.reply?.code, 226);
    assert.equal(text(await transfer), "0123456789", "and again");
  });
});

Deno.test("download: iterated, streamed, or read into a buffer, it is the same", async () => {
  await withServer(TEN + AGAIN + AGAIN, async (ftp) => {
    let all = "";
    for await (const chunk of ftp.download("f")) all += text(chunk);
    assert.equal(all, "0123456789");

    assert.equal(await new Response(ftp.download("f").readable).text(), "0123456789");

    all = "";
    const transfer = ftp.download("f");
    const buffer = new Uint8Array(3);
    for (let n = await transfer.readInto(buffer); n !== null; n = await transfer.readInto(buffer)) {
      all += text(buffer.subarray(0, n));
    }
    assert.equal(all, "0123456789");
    assert.equal(await transfer.readInto(buffer), null, "the end stays the end");
  });
});

Deno.test("download: chunks belong to the caller", async () => {
  await withServer(
    `${BEGIN}
    D= 01234
    S! turn
    S= \\r\\n
  `.replace("S! turn\n    S= \\r\\n", "D= 56789\n    S: 226 done"),
    async (ftp) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of ftp.download("f")) chunks.push(chunk);
      assert.equal(chunks.map(text).join(""), "0123456789");
      assert.equal(new Set(chunks.map((chunk) => chunk.buffer)).size, chunks.length);
    },
  );
});

Deno.test("download: an empty file is empty", async () => {
  await withServer(
    TEN.replaceAll("(10 bytes)", "(0 bytes)").replace("213 10", "213 0")
      .replace("D= 0123456789", "D! close"),
    async (ftp) => assert.equal((await ftp.download("f")).length, 0),
  );
});

Deno.test("download: TYPE is sent when it changes, SIZE where the server does not tell it anyway", async () => {
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE a
    S: 213 1
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR a
    S: 150 here it comes
    D= a
    S: 226 done
    C: SIZE b
    S: 213 1
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR b
    S: 150 b (1 bytes)
    D= b
    S: 226 done
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR c
    S: 150 c (1 bytes)
    D= c
    S: 226 done
  `,
    async (ftp) => {
      for (const name of ["a", "b", "c"]) assert.equal(text(await ftp.download(name)), name);
    },
  );
});

Deno.test("download: what the server says when it begins counts more than what it said before", async () => {
  await withServer(TEN.replace("213 10", "213 8"), async (ftp) => {
    const transfer = ftp.download("f");
    await transfer;
    assert.equal(transfer.total, 10);
  });
});

Deno.test("the data connection is closed before the last reply is waited for, as vsftpd wants it", async () => {
  await inTestTime(async () => {
    await using peer = scripted(`S: 220 ready\n${TEN.replace("S: 226", "S! turn\n  S: 226")}`);
    const seen: string[] = [];
    const dial: Dial = async (target, options) => {
      const stream = await peer.dial(target, options);
      if (target.port === 21) return stream;
      const close = stream.close.bind(stream);
      return Object.assign(stream, {
        close: () => {
          seen.push("closed");
          close();
        },
      });
    };
    const debug = ({ text }: { text: string }) => void seen.push(text.slice(0, 3));
    await using ftp = await FTP.connect("server", { dial, debug });
    await ftp.download("f");
    assert.ok(seen.indexOf("closed") > 0 && seen.indexOf("closed") < seen.indexOf("226"));
  });
});

Deno.test("a server that tells no size is believed", async () => {
  await withServer(
    TEN.replace("213 10", "500 what?").replace(" (10 bytes)", ""),
    async (ftp) => {
      const transfer = ftp.download("f");
      assert.equal(text(await transfer), "0123456789");
      assert.equal(transfer.total, undefined);
    },
  );
});

Deno.test("download resumes at an offset; the size of the whole is what counts", async () => {
  const seen: Progress[] = [];
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 4
    S: 350 go on
    C: RETR f
    S: 150 Opening f (6 bytes).
    D= 456789
    S: 226 done
  `,
    async (ftp) => {
      const transfer = ftp.download("f", { offset: 4, onProgress: (each) => seen.push(each) });
      assert.equal(text(await transfer), "456789");
      assert.equal(transfer.total, 10);
    },
  );
  assert.deepEqual(seen.at(-1), { transferred: 10, total: 10 });
});

Deno.test("download cannot begin behind the end, nor where the server cannot resume", async () => {
  await withServer("C: TYPE I\nS: 200 ok\nC: SIZE f\nS: 213 10", async (ftp) => {
    const error = await rejection(ftp.download("f", { offset: 11 }), FTPError);
    assert.match(error.message, /cannot begin at byte 11, the file has only 10/);
  });
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 10
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 5
    S: 501 no
    C: NOOP
    S: 200 ok
  `,
    async (ftp) => {
      const error = await rejection(ftp.download("f", { offset: 5 }), ErrorPerm);
      assert.match(error.message, /REST 5 failed: 501 "no": the server cannot resume/);
      await ftp.noop();
    },
  );
  await withServer("", (ftp) => {
    for (const offset of [-1, 0.5, NaN, 2 ** 60]) {
      assert.throws(() => ftp.download("f", { offset }), RangeError);
    }
    return Promise.resolve();
  });
});

Deno.test("awaiting has a limit, that of what the server announces and that of what it sends", async () => {
  const options = { maxBytes: 9 };
  await withServer(
    `${BEGIN}\nD! silence\nS: 426 cut\nC: NOOP\nS: 200 sync\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      const error = await rejection(ftp.download("f", options), TooLargeError);
      assert.deepEqual([error.limit, error.maximum], ["maxBytes", 9]);
      assert.equal(await ftp.pwd(), "/");
    },
  );
  await withServer(
    TEN.replace("213 10", "550 no").replace(" (10 bytes)", "").replace("S: 226 done", ""),
    (ftp) => rejection(ftp.download("f", options), TooLargeError),
  );
  await withServer(TEN, async (ftp) => {
    assert.equal((await ftp.download("f", { maxBytes: 10 })).length, 10, "exactly as much is fine");
  });
  await withServer("", (ftp) => {
    for (const maxBytes of [0, NaN, -1, Infinity]) {
      assert.throws(() => ftp.download("f", { maxBytes }), RangeError);
    }
    return Promise.resolve();
  });
});

Deno.test("a file that grew while it was sent is taken whole", async () => {
  const more = "x".repeat(70_000);
  await withServer(
    TEN.replace("D= 0123456789", `D= 0123456789${more}`),
    async (ftp) => assert.equal(text(await ftp.download("f")), `0123456789${more}`),
  );
});

Deno.test("during an iteration the session refuses what would wait for ever", async () => {
  await withServer(`${TEN}\nC: PWD\nS: 257 "/"`, async (ftp) => {
    for await (const _chunk of ftp.download("f")) {
      const error = await rejection(ftp.size("f"), SessionBusyError);
      assert.equal(error.origin, "usage");
      assert.match(error.message, /Cannot begin SIZE f: the session is busy with RETR f/);
      await rejection(ftp.download("g"), SessionBusyError);
      await rejection(ftp.nlst(), SessionBusyError);
      await rejection(ftp.upload("g", "x"), SessionBusyError);
    }
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("what the library drives itself is waited for", async () => {
  await withServer(`${TEN}\n${AGAIN}\nC: PWD\nS: 257 "/"`, async (ftp) => {
    const [first, second, path] = await gather(
      () => ftp.download("f"),
      () => ftp.download("f"),
      () => ftp.pwd(),
    );
    assert.deepEqual([text(first), text(second), path], ["0123456789", "0123456789", "/"]);
  });
});

Deno.test("a transfer is taken one way: awaited or read, not both", async () => {
  await withServer(TEN, async (ftp) => {
    const transfer = ftp.download("f");
    const whole = transfer.then(text);
    await rejection(transfer.readInto(new Uint8Array(1)), FTPError);
    assert.equal(await whole, "0123456789");
  });
  await withServer(`${TEN}`, async (ftp) => {
    const transfer = ftp.download("f");
    const buffer = new Uint8Array(20);
    assert.equal(await transfer.readInto(buffer), 10);
    await rejection(transfer, FTPError);
    assert.equal(await transfer.readInto(buffer), null);
  });
});

Deno.test("onProgress is called at most ten times a second, and once at the end", async () => {
  const seen: Progress[] = [];
  const pieces = Array.from({ length: 50 }, (_, n) => `D= ${"x".repeat(n % 3 + 1)}`).join("\n");
  const size = Array.from({ length: 50 }, (_, n) => n % 3 + 1).reduce((a, b) => a + b);
  await withServer(
    BEGIN.replace("213 10", `213 ${size}`).replace("10 bytes", `${size} bytes`) +
      `${pieces}\nS: 226 done`,
    async (ftp) => {
      for await (const _ of ftp.download("f", { onProgress: (each) => seen.push(each) }));
    },
  );
  // No time passes in this test but where everybody waits.
  assert.ok(seen.length >= 2 && seen.length < 10, `${seen.length} calls`);
  assert.deepEqual(seen.at(-1), { transferred: size, total: size });
});

Deno.test("retrbinary gives chunks to the callback, waits for it, and returns the last reply", async () => {
  await withServer(
    TEN.replace("SIZE f", "SIZE f") + `
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 8
    S: 350 ok
    C: RETR f
    S: 150 f (2 bytes)
    D= 89
    S: 226 done
  `.replace("C: EPSV", "C: SIZE f\n    S: 213 10\n    C: EPSV"),
    async (ftp) => {
      const chunks: Uint8Array[] = [];
      let running = 0;
      const reply = await ftp.retrbinary("RETR f", async (chunk) => {
        assert.equal(++running, 1);
        await sleep(5);
        chunks.push(chunk);
        running--;
      }, { blocksize: 4 });
      assert.deepEqual(chunks.map(text), ["0123", "4567", "89"]);
      assert.equal(reply.code, 226);
      const rest: string[] = [];
      await ftp.retrbinary("RETR f", (chunk) => void rest.push(text(chunk)), { rest: 8 });
      assert.deepEqual(rest, ["89"]);
    },
  );
});

Deno.test("an error of the callback ends the transfer, and the session goes on", async () => {
  await withServer(
    `${BEGIN}
    D= 01234
    D! silence
    S: 426 cut
    C: NOOP
    S: 200 sync
    C: PWD
    S: 257 "/"
  `,
    async (ftp) => {
      await rejection(
        ftp.retrbinary("RETR f", () => {
          throw new SyntaxError("mine");
        }),
        SyntaxError,
      );
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("a marker that was sent by hand holds for the next transfer by hand, as in Python, and for no other", async () => {
  const ranged = `
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 150 Opening f (5 bytes).
    D= 56789
    S: 226 done
  `;
  await withServer(
    `
    C: REST 5
    S: 350 ok
    C: TYPE I
    S: 200 ok
    ${ranged}
    ${AGAIN.replace("  C: EPSV", "  C: SIZE f\n  S: 213 10\n  C: EPSV")}
    C: REST 5
    S: 350 ok
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 0
    S: 350 ok
    C: RETR f
    S: 150 Opening f (10 bytes).
    D= 0123456789
    S: 226 done
  `,
    async (ftp) => {
      await ftp.sendcmd("REST 5");
      const pieces: string[] = [];
      await ftp.retrbinary("RETR f", (piece) => void pieces.push(text(piece)));
      assert.equal(pieces.join(""), "56789");
      pieces.length = 0;
      await ftp.retrbinary("RETR f", (piece) => void pieces.push(text(piece)));
      assert.equal(pieces.join(""), "0123456789");
      await ftp.sendcmd("REST 5");
      assert.equal(text(await ftp.download("f")), "0123456789");
    },
  );
});
