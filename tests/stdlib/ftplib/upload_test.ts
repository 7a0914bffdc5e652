import assert from "node:assert/strict";
import {
  ErrorPerm,
  ErrorTemp,
  SessionBusyError,
  TooLargeError,
  TruncatedError,
} from "../../../stdlib/ftplib/errors.ts";
import type { Progress, UploadSource } from "../../../stdlib/ftplib/types.ts";
import { rejection } from "../../rejection.ts";
import { bytes, withServer } from "./_session.ts";

/** A file that is stored, and what arrives. `D?` lines end in CRLF. */
function store(data: string, command = "STOR f", type: "I" | "A" = "I"): string {
  return `
    C: TYPE ${type}
    S: 200 ok
    C: EPSV
    S: 229 ok (|||{port}|)
    C: ${command}
    S: 150 go on
    ${data}
    S: 226 done
  `;
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(bytes(text));
}

Deno.test("upload takes bytes, text, streams and iterables", async () => {
  const sources: Record<string, () => UploadSource> = {
    bytes: () => bytes("café\r\n"),
    text: () => "café\r\n",
    iterable: () => chunks("caf", "", "é\r", "\n"),
    stream: () => new Blob(["café\r\n"]).stream(),
  };
  for (const [name, source] of Object.entries(sources)) {
    await withServer(store("D? café"), async (ftp) => {
      const { transferred, reply } = await ftp.upload("f", source());
      assert.deepEqual([transferred, reply.code], [7, 226], name);
    });
  }
  await withServer(store("D! close"), async (ftp) => {
    assert.equal((await ftp.upload("f", new Uint8Array())).transferred, 0);
  });
});

Deno.test("upload refuses what gives no bytes, before anything is sent or in the middle", async () => {
  await withServer("", async (ftp) => {
    for (const source of [5, {}, null, ["x"]]) {
      await rejection(ftp.upload("f", source as unknown as UploadSource), TypeError);
    }
  });
  await withServer(
    store("D! silence").replace(
      "S: 226 done",
      'S: 226 done\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/"',
    ),
    async (ftp) => {
      async function* wrong() {
        yield await Promise.resolve("text" as unknown as Uint8Array);
      }
      const error = await rejection(ftp.upload("f", wrong()), TypeError);
      assert.match(error.message, /a chunk of type string/);
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("upload that is refused lets go of its source", async () => {
  const refused = store("").replace(/S: 150[^]*/, "S: 550 No");
  await withServer(refused, async (ftp) => {
    let reason: unknown = "nobody cancelled it";
    const stream = new ReadableStream<Uint8Array>({
      cancel: (given) => void (reason = given),
    });
    await rejection(ftp.upload("f", stream), ErrorPerm);
    assert.equal(reason, undefined);
    assert.equal(stream.locked, false);
  });
  await withServer(refused, async (ftp) => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error("not to be called")),
        return: () => {
          throw new Error("a bug of the source");
        },
      }),
    };
    await rejection(ftp.upload("f", source), ErrorPerm);
  });
});

Deno.test("upload goes to an offset, or behind what is there, and tells how far it is", async () => {
  const seen: Progress[] = [];
  await withServer(
    store("D? rest").replace("C: STOR", "C: REST 10\n    S: 350 ok\n    C: STOR") +
      store("D? more", "APPE f").replace("C: TYPE I\n    S: 200 ok\n", ""),
    async (ftp) => {
      const onProgress = (each: Progress) => void seen.push(each);
      assert.equal((await ftp.upload("f", "rest\r\n", { offset: 10, onProgress })).transferred, 6);
      await ftp.upload("f", "more\r\n", { append: true });
    },
  );
  assert.deepEqual(seen.at(-1), { transferred: 16, total: 16 });
  await withServer("", async (ftp) => {
    await rejection(ftp.upload("f", "x", { append: true, offset: 1 }), TypeError);
    await rejection(ftp.upload("f", "x", { append: true, verify: true }), TypeError);
    await rejection(ftp.upload("f", "x", { offset: -1 }), RangeError);
  });
});

Deno.test("verify compares sizes, and believes a server that cannot tell", async () => {
  await withServer(`${store("D? x")}\nC: SIZE f\nS: 213 3`, async (ftp) => {
    await ftp.upload("f", "x\r\n", { verify: true });
  });
  await withServer(`${store("D? x")}\nC: SIZE f\nS: 550 no`, async (ftp) => {
    await ftp.upload("f", "x\r\n", { verify: true });
  });
  await withServer(`${store("D? x")}\nC: SIZE f\nS: 213 2\nC: PWD\nS: 257 "/"`, async (ftp) => {
    const error = await rejection(ftp.upload("f", "x\r\n", { verify: true }), TruncatedError);
    assert.deepEqual([error.received, error.expected, error.origin], [2, 3, "peer"]);
    await ftp.pwd();
  });
});

Deno.test("an upload that is refused, or breaks, rejects with the server's words", async () => {
  await withServer(
    store("").replace(/S: 150[^]*/, 'S: 553 Could not create file.\nC: PWD\nS: 257 "/"'),
    async (ftp) => {
      const error = await rejection(ftp.upload("f", "x"), ErrorPerm);
      assert.match(error.message, /STOR f failed: 553.*no right to write/);
      await ftp.pwd();
    },
  );
  await withServer(store("D? x").replace("226 done", "452 full"), async (ftp) => {
    const error = await rejection(ftp.upload("f", "x\r\n"), ErrorTemp);
    assert.match(error.message, /452 "full": no space is left/);
  });
  const endless = {
    async *[Symbol.asyncIterator]() {
      for (;;) yield await Promise.resolve(new Uint8Array(100_000));
    },
  };
  await withServer(store("D! reset").replace("226 done", "552 quota"), async (ftp) => {
    const error = await rejection(ftp.upload("f", endless), ErrorPerm);
    assert.match(error.message, /552 "quota"/);
    assert.equal((error.cause as Error).name, "ConnectionResetError");
  });
  await withServer(store("D! reset"), async (ftp) => {
    await rejection(ftp.upload("f", endless), TruncatedError);
  });
});

Deno.test("storbinary hands out each block after it was sent", async () => {
  await withServer(store("D? 0123456789", "STOR g"), async (ftp) => {
    const blocks: number[] = [];
    const reply = await ftp.storbinary("STOR g", "0123456789\r\n", {
      blocksize: 5,
      callback: async (block) => {
        blocks.push(block.length);
        await rejection(ftp.pwd(), SessionBusyError);
      },
    });
    assert.deepEqual([blocks, reply.code], [[5, 5, 2], 226]);
  });
});

Deno.test("storlines ends every line in CRLF", async () => {
  const whole = "one\ntwo\r\n\nfour\rfour\n\r\nlast";
  const arrived = "one\\r\\ntwo\\r\\n\\r\\nfour\\rfour\\r\\n\\r\\nlast\\r\\n";
  for (const source of [whole, chunks(...whole), chunks(whole.slice(0, 7), whole.slice(7))]) {
    const lines: string[] = [];
    await withServer(
      // Without D?, whose lines could not tell a bare LF from a CRLF.
      store("D? one\n    D? two\n    D?\n    D? four\rfour\n    D?\n    D? last", "STOR t", "A"),
      (ftp) =>
        ftp.storlines("STOR t", source, {
          callback: (line) => void lines.push(new TextDecoder().decode(line)),
        }),
    );
    assert.equal(lines.map((line) => JSON.stringify(line).slice(1, -1)).join(""), arrived);
  }
});

Deno.test("storlines refuses a line that is too long", async () => {
  for (const source of ["x".repeat(8193), `${"x".repeat(8193)}\n`]) {
    await withServer(
      store("D! silence", "STOR t", "A").replace("S: 226 done", ""),
      (ftp) => rejection(ftp.storlines("STOR t", source), TooLargeError),
    );
  }
});
