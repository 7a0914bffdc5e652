import assert from "node:assert/strict";
import { ErrorPerm, ErrorTemp, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const TEMPORARY = String.raw`f\.[0-9a-f]{8}\.part`;

/** An upload of "abc" and CRLF under a temporary name. */
const SENT = `
  C: TYPE I
  S: 200 ok
  C: EPSV
  S: 229 ok (|||{port}|)
  C: /STOR ${TEMPORARY}/
  S: 150 go on
  D? abc
  S: 226 done
`;

/** What says that all of it is there. */
const STORE = `
  ${SENT}
  C: /SIZE ${TEMPORARY}/
  S: 213 5
`;

const RENAME = `
  C: /RNFR ${TEMPORARY}/
  S: 350 go on
  C: RNTO f
`;

const DATA = "abc\r\n";

Deno.test("atomic: a file appears under its name when it is complete", async () => {
  await withServer(`${STORE}\n${RENAME}\nS: 250 renamed`, async (ftp) => {
    const { transferred, movedAside, reply } = await ftp.upload("f", DATA, { atomic: true });
    assert.deepEqual([transferred, movedAside, reply.code], [5, false, 226]);
  });
});

Deno.test("atomic: what is verified is the file that is not renamed yet", async () => {
  const size = (bytes: number) => `C: /SIZE ${TEMPORARY}/\nS: 213 ${bytes}`;
  await withServer(
    `${SENT}\n${size(5)}\n${RENAME}\nS: 250 renamed`,
    (ftp) => ftp.upload("f", DATA, { atomic: true }),
  );
  for (const [bytes, type] of [[4, "TruncatedError"], [6, "VerifyError"]] as const) {
    await withServer(
      `${SENT}\n${size(bytes)}\nC: /DELE ${TEMPORARY}/\nS: 250 gone`,
      async (ftp) => {
        const error = await rejection(
          ftp.upload("f", DATA, { atomic: true }),
          FTPError,
        );
        assert.equal(error.name, type);
        assert.match(error.message, /reported success, but its file has \d bytes instead of 5/);
      },
    );
  }
});

Deno.test("atomic: a server that does not rename over a file has the old one moved aside", async () => {
  await withServer(
    `
    ${STORE}
    ${RENAME}
    S: 550 File exists
    C: RNFR f
    S: 350 go on
    C: /RNTO ${TEMPORARY}\\.old/
    S: 250 renamed
    ${RENAME}
    S: 250 renamed
    C: /DELE ${TEMPORARY}\\.old/
    S: 250 gone
  `,
    async (ftp) => {
      assert.equal((await ftp.upload("f", DATA, { atomic: true })).movedAside, true);
    },
  );
});

Deno.test("atomic: a name that is refused costs nobody a file", async () => {
  // Nothing was in the way.
  await withServer(
    `
    ${STORE}
    ${RENAME}
    S: 553 Not allowed
    C: RNFR f
    S: 550 no such file
    C: /DELE ${TEMPORARY}/
    S: 250 gone
  `,
    async (ftp) => {
      const error = await rejection(ftp.upload("f", DATA, { atomic: true }), ErrorPerm);
      assert.equal(error.code, 553);
    },
  );
  // Something was, and was not the reason: it gets its name back.
  await withServer(
    `
    ${STORE}
    ${RENAME}
    S: 550 no
    C: RNFR f
    S: 350 go on
    C: /RNTO ${TEMPORARY}\\.old/
    S: 250 renamed
    ${RENAME}
    S: 550 no
    C: /RNFR ${TEMPORARY}\\.old/
    S: 350 go on
    C: RNTO f
    S: 250 renamed
    C: /DELE ${TEMPORARY}/
    S: 250 gone
  `,
    (ftp) => rejection(ftp.upload("f", DATA, { atomic: true }), ErrorPerm),
  );
});

Deno.test("atomic: an upload that fails leaves nothing, and the error is its own", async () => {
  const broken = SENT.replace("S: 226 done", "S: 452 disk full");
  for (const gone of ["S: 250 gone", "S: 550 what?", "S! close", "S! silence"]) {
    await withServer(
      `${broken}\nC: NOOP\nS: 200 ok\nC: /DELE ${TEMPORARY}/\n${gone}`,
      async (ftp) => {
        const error = await rejection(ftp.upload("f", DATA, { atomic: true }), ErrorTemp);
        assert.equal(error.code, 452);
      },
    );
  }
});

Deno.test("atomic: one that is broken off deletes what it left, too", async () => {
  const stuck = SENT.slice(0, SENT.indexOf("D?"));
  await withServer(
    `${stuck}\nS: 426 cut\nC: NOOP\nS: 200 ok\nC: /DELE ${TEMPORARY}/\nS: 250 gone\nC: NOOP\nS: 200 x`,
    async (ftp) => {
      const controller = new AbortController();
      async function* source() {
        yield await Promise.resolve(new Uint8Array(5));
        controller.abort(new RangeError("enough"));
        yield new Uint8Array(5);
      }
      const { signal } = controller;
      await rejection(ftp.upload("f", source(), { atomic: true, signal }), RangeError);
      await ftp.noop();
    },
  );
});

Deno.test("atomic: what makes no sense with it is refused before a byte is sent", async () => {
  await withServer("", async (ftp) => {
    await rejection(ftp.upload("f", DATA, { atomic: true, append: true }), TypeError);
    await rejection(ftp.upload("f", DATA, { atomic: true, offset: 3 }), TypeError);
    await rejection(ftp.upload("f\r\nDELE g", DATA, { atomic: true }), TypeError);
  });
});
