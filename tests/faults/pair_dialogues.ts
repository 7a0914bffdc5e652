/**
 * What the clients and the servers of this house do with each other, for a network between them that
 * fails anywhere. What the client takes for done must be done.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError, OSError } from "../../net/errors.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../stdlib/ftplib/ftp_tls.ts";
import { FTPError } from "../../stdlib/ftplib/errors.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPException } from "../../stdlib/smtplib/errors.ts";
import { NEEDED } from "../net/tls/pairs.ts";
import { certificates } from "../peers/certs.ts";
import type { PairDialogue, Target } from "../peers/dialogues.ts";
import { checkTransfers, serveFtp, type Transfers, type Whole } from "./ftpd_dialogues.ts";
import { checkMails, type Mail, serveSmtp } from "./smtpd_dialogues.ts";

function mailed<T>(
  name: string,
  mails: readonly Mail[],
  expected: T,
  work: (smtp: SMTP) => Promise<T>,
): PairDialogue<T, Mail[]> {
  return {
    name,
    expected,
    errors: [SMTPException, ConnectionError, TimeoutError],
    server: (site) => serveSmtp(site),
    async client({ port, options }: Target) {
      const smtp = await SMTP.connect("127.0.0.1", { port, localHostname: "me", ...options });
      try {
        const result = await work(smtp);
        await smtp.quit();
        return result;
      } finally {
        smtp.close();
      }
    },
    check(outcome, { fault, done }) {
      if (done) assert.deepEqual(outcome, mails, "what the client took for sent");
      checkMails(outcome, mails, fault);
    },
    patience: 3,
  };
}

function transferred<T>(
  name: string,
  whole: Whole,
  expected: T,
  work: (ftp: FTP) => Promise<T>,
  more: Partial<PairDialogue<T, Transfers>> = {},
): PairDialogue<T, Transfers> {
  return {
    ...more,
    name,
    expected,
    errors: [FTPError, ConnectionError, TimeoutError],
    server: (site) => serveFtp(site, { "/f": BODY, "/d/a": "1", "/d/b": "22" }),
    async client({ port, options }: Target) {
      const ftp = await FTP.connect("127.0.0.1", { port, user: "me", password: "x", ...options });
      try {
        const result = await work(ftp);
        await ftp.quit();
        return result;
      } finally {
        ftp.close();
      }
    },
    check(outcome, { fault, done }) {
      if (done) {
        assert.deepEqual(outcome.files, whole.stored ?? {}, "what the client took for stored");
      }
      checkTransfers(outcome, whole, fault);
    },
    // The data connection, the last reply, and the command after it may each be waited for.
    patience: 5,
  };
}

/**
 * The same in active mode: the server dials, and the client listens. Which end is whose is the other
 * way round on data connections, so that only what may happen at both is played.
 */
function active<T>(
  name: string,
  whole: Whole,
  expected: T,
  work: (ftp: FTP) => Promise<T>,
): PairDialogue<T, Transfers> {
  return {
    ...transferred(name, whole, expected, (ftp) => {
      ftp.setPasv(false);
      return work(ftp);
    }),
    kinds: ["none", "split", "cut"],
  };
}

/**
 * The same under TLS, over sockets. Sessions that are resumed would need a Worker for every two of so
 * many clients at once, so that TLS 1.3 is spoken.
 */
function encrypted<T>(
  name: string,
  whole: Whole,
  expected: T,
  work: (ftp: FTP) => Promise<T>,
): PairDialogue<T, Transfers>[] {
  if (!isAtLeast(NEEDED)) return [];
  return [{
    ...transferred(name, whole, expected, work),
    errors: [FTPError, OSError, TimeoutError],
    async server(site) {
      const { cert, key } = (await certificates()).good;
      const tls = { cert, key, maxVersion: "TLSv1.3" as const };
      return await serveFtp(site, { "/f": BODY, "/d/a": "1", "/d/b": "22" }, { tls });
    },
    async client({ port, options }: Target) {
      const { caCerts } = (await certificates()).good;
      const account = { port, user: "me", password: "x" };
      const tls = { caCerts, minVersion: "TLSv1.3" as const };
      const ftp = await FTP_TLS.connect("localhost", { ...account, ...tls, ...options });
      try {
        const result = await work(ftp);
        await ftp.quit();
        return result;
      } finally {
        ftp.close();
      }
    },
    over: "sockets",
    lingers: true,
    // Five handshakes, a byte or a pause at a time, would take too long.
    kinds: ["none", "split", "cut", "deaf", "spoilt"],
  }];
}

/** What a server may make the client collect. */
const LIMIT = { maxBytes: 500_000 };

/** The clean end of a data connection in the middle can only be found out afterwards. */
const VERIFIED = { verify: true };

const BODY = "0123456789\r\n".repeat(6);

/** Every dialogue. */
// deno-lint-ignore no-explicit-any
export const PAIR_DIALOGUES: readonly PairDialogue<any, any>[] = [
  mailed(
    "two mails at once",
    [[["d@e.f"], "Subject: x\r\n\r\n.\r\n"], [["g@h.i", "j@k.l"], "y\r\n"]],
    [1, 2],
    async (smtp) => {
      // The commands of the second leave together with the message of the first.
      const results = await Promise.allSettled([
        smtp.sendmail("a@b.c", "d@e.f", "Subject: x\n\n.\n"),
        smtp.sendmail("", ["g@h.i", "j@k.l"], "y"),
      ]);
      for (const result of results) if (result.status === "rejected") throw result.reason;
      return results.map((result) =>
        result.status === "fulfilled" ? result.value.accepted.length : 0
      );
    },
  ),
  mailed(
    "a mail, streamed",
    [[["d@e.f"], "x\r\n".repeat(40)]],
    1,
    async (smtp) => {
      async function* chunks() {
        for (let chunk = 0; chunk < 4; chunk++) {
          await Promise.resolve();
          yield new TextEncoder().encode("x\n".repeat(10));
        }
      }
      return (await smtp.sendmail("a@b.c", "d@e.f", chunks())).accepted.length;
    },
  ),
  transferred(
    "download, whole and the rest",
    { retrieved: [["/f", BODY.length], ["/f", BODY.length - 60]] },
    [BODY.length, BODY.length - 60],
    async (ftp) => [
      (await ftp.download("f", LIMIT)).length,
      (await ftp.download("f", { ...LIMIT, offset: 60 })).length,
    ],
  ),
  transferred(
    "upload, verified",
    { stored: { "/up": BODY } },
    BODY.length,
    async (ftp) => (await ftp.upload("up", BODY, VERIFIED)).transferred,
  ),
  transferred(
    "upload and append",
    { stored: { "/up": `${BODY}more` }, pieces: [BODY.length, 4] },
    4,
    async (ftp) => {
      await ftp.upload("up", BODY, VERIFIED);
      const { transferred } = await ftp.upload("up", "more", { append: true });
      const size = await ftp.size("up");
      if (size !== BODY.length + 4) throw new FTPError(`size ${size}`, { origin: "peer" });
      return transferred;
    },
  ),
  transferred(
    "list, and leave a download in the middle",
    { retrieved: [["/f", BODY.length]] },
    ["a", "b", "/"],
    async (ftp) => {
      const names = (await ftp.mlsd("d", LIMIT)).map(({ name }) => name).sort();
      for await (const _ of ftp.download("f")) break;
      return [...names, await ftp.pwd()];
    },
    // A data connection that ends alone, and cleanly, ends what it brings (RFC 959 §3.4).
    {
      permits: (value, fault) =>
        value.length < 3 && fault.kind === "cut" &&
        (fault.how === "half" || (fault.how === "close" && fault.only === true)),
    },
  ),
  active(
    "up and down in active mode",
    { stored: { "/up": BODY }, retrieved: [["/f", BODY.length]] },
    [BODY.length, BODY.length],
    async (ftp) => [
      (await ftp.upload("up", BODY, VERIFIED)).transferred,
      (await ftp.download("f", LIMIT)).length,
    ],
  ),
  ...encrypted(
    "up and down under TLS",
    { stored: { "/up": BODY }, retrieved: [["/f", BODY.length]] },
    [BODY.length, BODY.length, "a"],
    async (ftp) => [
      (await ftp.upload("up", BODY, VERIFIED)).transferred,
      (await ftp.download("f", LIMIT)).length,
      (await ftp.mlsd("d", LIMIT)).map(({ name }) => name).sort()[0],
    ],
  ),
];
