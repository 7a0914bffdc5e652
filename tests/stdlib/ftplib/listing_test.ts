import assert from "node:assert/strict";
import {
  ErrorPerm,
  FTPError,
  SessionBusyError,
  TooLargeError,
} from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

/** A listing in answer to a command. */
function listing(command: string, data: string): string {
  return `
    C: EPSV
    S: 229 ok (|||{port}|)
    C: ${command}
    S: 150 here it comes
    ${data}
    S: 226 done
  `;
}
const ASCII = "C: TYPE A\nS: 200 ok\n";

Deno.test("nlst and dir give the lines, whatever ends them, the last one too", async () => {
  await withServer(
    ASCII + listing("NLST", "D: one\nD= two\\n\nD= three") + listing("LIST /pub", "D: a line") +
      listing("NLST a b", "D! close") + listing("NLST c", "D= one\\r\\ntwo\\r"),
    async (ftp) => {
      assert.deepEqual(await ftp.nlst(), ["one", "two", "three"]);
      assert.deepEqual(await ftp.dir("/pub"), ["a line"]);
      assert.deepEqual(await ftp.nlst("a b"), []);
      // Cut within its line end.
      assert.deepEqual(await ftp.nlst("c"), ["one", "two"]);
    },
  );
});

Deno.test("retrlines gives each line to the callback, and waits for it", async () => {
  await withServer(ASCII + listing("RETR f", "D: one\nD:\nD: three"), async (ftp) => {
    const lines: string[] = [];
    let running = 0;
    const reply = await ftp.retrlines("RETR f", async (line) => {
      assert.equal(++running, 1);
      await Promise.resolve();
      lines.push(line);
      running--;
    });
    assert.deepEqual(lines, ["one", "", "three"]);
    assert.equal(reply.code, 226);
  });
});

Deno.test("names are decoded: UTF-8, what is none as latin-1, or latin-1 throughout", async () => {
  const data = "D= caf\\xc3\\xa9\\r\\ncaf\\xe9\\r\\n";
  await withServer(ASCII + listing("NLST", data), async (ftp) => {
    assert.deepEqual(await ftp.nlst(), ["café", "café"]);
  });
  await withServer(ASCII + listing("NLST", data), async (ftp) => {
    assert.deepEqual(await ftp.nlst(), ["cafÃ©", "café"]);
  }, { encoding: "latin-1" });
});

Deno.test("mlsd gives typed entries, and not the directory itself (vectors of test_mlsd)", async () => {
  await withServer(
    ASCII + listing(
      "MLSD /pub",
      `D: type=cdir;perm=el;unique==keVO1+ZF4; .
      D: type=pdir;perm=e;unique==keVO1+d?3; ..
      D: type=file;perm=r;size=17;modify=20151107160811.5; a file ; with = and spaces
      D: Type=dir;UNIX.mode=0755; sub
      D: type=OS.unix=slink:/target;  link`,
    ),
    async (ftp) => {
      const entries = await ftp.mlsd("/pub");
      assert.deepEqual(entries.map(({ name, type, size }) => [name, type, size]), [
        ["a file ; with = and spaces", "file", 17],
        ["sub", "directory", undefined],
        [" link", "link", undefined],
      ]);
      assert.equal(entries[0]!.modified?.toISOString(), "2015-11-07T16:08:11.500Z");
      assert.equal(entries[0]!.facts.get("perm"), "r");
      assert.equal(entries[1]!.permissions, 0o755);
      assert.equal(entries[2]!.target, "/target");
    },
  );
});

Deno.test("mlsd asks for the facts that are wanted", async () => {
  await withServer(
    `C: OPTS MLST type;size;\nS: 200 ok\n${ASCII}${listing("MLSD", "D: type=file;size=1; a")}`,
    async (ftp) => {
      assert.equal((await ftp.mlsd("", { facts: ["type", "size"] }))[0]?.size, 1);
    },
  );
  await withServer("", async (ftp) => {
    for (const fact of ["a;b", "a b", "", "a\r\nDELE x"]) {
      await rejection(ftp.mlsd("", { facts: [fact] }), TypeError);
    }
  });
});

for (const refusal of ["500 Unknown command.", "502 not here"]) {
  Deno.test(`mlsd reads LIST where the server has no MLSD (${refusal}), and remembers`, async () => {
    const unix = `D: total 2
      D: drwxr-xr-x    2 0        0            4096 Nov 21 02:56 .
      D: -rw-r--r--    1 0        0               6 Jan 02  2024 a b.txt
      D: lrwxrwxrwx    1 0        0               3 Jan 02  2024 link -> a b.txt
      D: what is this?`;
    await withServer(
      `${ASCII}
      C: EPSV
      S: 229 ok (|||{port}|)
      C: MLSD -x
      S: ${refusal}
      ${listing("LIST ./-x", unix)}
      ${listing("LIST", "D: 01-02-24  03:04PM       <DIR>          WIN")}
    `,
      async (ftp) => {
        const first = ftp.mlsd("-x");
        assert.deepEqual((await first).map(({ name, type }) => [name, type]), [
          ["a b.txt", "file"],
          ["link", "link"],
        ]);
        assert.deepEqual(first.unknown, ["what is this?"]);
        assert.deepEqual((await ftp.mlsd()).map(({ name, type }) => [name, type]), [
          ["WIN", "directory"],
        ]);
      },
    );
  });
}

Deno.test("mlsd does not take a refusal of the directory for an unknown command", async () => {
  await withServer(
    `${ASCII}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: MLSD nowhere
    S: 550 No such directory
  `,
    async (ftp) => {
      const error = await rejection(ftp.mlsd("nowhere"), ErrorPerm);
      assert.match(error.message, /MLSD nowhere failed: 550.*no such directory/);
    },
  );
});

Deno.test("mlsd reads LIST in one dialect: the first that makes sense, or the one that is given", async () => {
  const lines = `D: 01-02-24  03:04PM       5 dos
    D: -rw-r--r-- 1 0 0 6 Jan 02 2024 unix`;
  await withServer(
    `${ASCII}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: MLSD
    S: 500 ?
    ${listing("LIST", lines)}
    ${listing("LIST", lines)}`,
    async (ftp) => {
      const first = ftp.mlsd();
      assert.deepEqual((await first).map(({ name }) => name), ["dos"]);
      assert.deepEqual(first.unknown, ["-rw-r--r-- 1 0 0 6 Jan 02 2024 unix"]);
      const second = await ftp.mlsd("", { dialect: "unix", utcOffset: 3_600_000 });
      assert.equal(second[0]?.modified?.toISOString(), "2024-01-01T23:00:00.000Z");
      assert.deepEqual(second.map(({ name }) => name), ["unix"]);
      assert.equal(second[0]?.line, "-rw-r--r-- 1 0 0 6 Jan 02 2024 unix");
    },
  );
});

Deno.test("how LIST is to be read is checked before anything is sent", async () => {
  await withServer("", (ftp) => {
    assert.throws(() => ftp.mlsd("", { utcOffset: NaN }), RangeError);
    assert.throws(() => ftp.mlsd("", { dialect: "cpm" as "dos" }), TypeError);
    return Promise.resolve();
  });
});

Deno.test("a line of MLSD that makes no sense hides no other", async () => {
  await withServer(
    ASCII + listing("MLSD", "D: nonsense\nD:\nD: type=file; a"),
    async (ftp) => {
      const entries = ftp.mlsd();
      assert.deepEqual((await entries).map((entry) => entry.name), ["a"]);
      assert.deepEqual(entries.unknown, ["nonsense"]);
    },
  );
});

Deno.test("a listing can be iterated, left early, and is taken once", async () => {
  await withServer(
    `${ASCII}${listing("NLST", "D: one\nD: two")}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: NLST
    S: 150 here it comes
    D: one
    D! silence
    S: 426 cut
    C: NOOP
    S: 200 ok
    C: PWD
    S: 257 "/"
  `,
    async (ftp) => {
      const names: string[] = [];
      for await (const name of ftp.nlst()) {
        names.push(name);
        await rejection(ftp.pwd(), SessionBusyError);
      }
      assert.deepEqual(names, ["one", "two"]);

      const again = ftp.nlst();
      for await (const name of again) {
        assert.equal(name, "one");
        break;
      }
      assert.equal(await ftp.pwd(), "/");
      await rejection(again, FTPError);
    },
  );
});

Deno.test("a listing of lines that are as short as can be is bounded like any other", async () => {
  // Each costs memory that its bytes do not show.
  const data = `D= ${"x\\r\\n".repeat(20)}`;
  await withServer(ASCII + listing("NLST", data), async (ftp) => {
    await rejection(ftp.nlst("", { maxBytes: 1_000 }), TooLargeError);
  });
});

Deno.test("a listing that never ends: awaited it is cut off, iterated it goes on", async () => {
  const endless = "D: 0123456789\n".repeat(20);
  await withServer(
    `${ASCII}${listing("NLST", endless).replace("S: 226 done", "")}
    S: 426 cut
    C: NOOP
    S: 200 ok
    ${listing("NLST", endless)}
    C: PWD
    S: 257 "/"
  `,
    async (ftp) => {
      const error = await rejection(ftp.nlst("", { maxBytes: 100 }), TooLargeError);
      assert.deepEqual([error.limit, error.maximum], ["maxBytes", 100]);
      assert.match(error.message, /NLST: the listing has more than 100 bytes/);
      let lines = 0;
      for await (const _ of ftp.nlst("", { maxBytes: 100 })) lines++;
      assert.equal(lines, 20);
      assert.equal(await ftp.pwd(), "/");
    },
  );
  await withServer("", (ftp) => {
    for (const maxBytes of [0, NaN, -1, Infinity]) {
      assert.throws(() => ftp.nlst("", { maxBytes }), RangeError);
    }
    return Promise.resolve();
  });
});

Deno.test("a line that is too long is refused, whether its end comes or not (test_line_too_long)", async () => {
  for (const end of ["\\r\\n", ""]) {
    await withServer(
      `${ASCII}${listing("LIST", `D= ${"x".repeat(9_000)}${end}`).replace("S: 226 done", "")}
      S: 426 cut
      C: NOOP
      S: 200 ok
      C: PWD
      S: 257 "/"
    `,
      async (ftp) => {
        const error = await rejection(ftp.retrlines("LIST", () => {}), TooLargeError);
        assert.match(error.message, /LIST: a line has more than 8192 bytes/);
        assert.equal(await ftp.pwd(), "/");
      },
    );
  }
  await withServer(ASCII + listing("LIST", `D: ${"x".repeat(9_000)}`), async (ftp) => {
    assert.equal((await ftp.dir())[0]?.length, 9_000);
  }, { maxLineLength: 10_000 });
});
