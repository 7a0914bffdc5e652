/**
 * What clients say under TLS, for servers that stop anywhere in it, the handshake included.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError, OSError } from "../../net/errors.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { FTPError } from "../../stdlib/ftplib/errors.ts";
import { FTP_TLS } from "../../stdlib/ftplib/ftp_tls.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPException } from "../../stdlib/smtplib/errors.ts";
import { NEEDED } from "../net/tls/pairs.ts";
import { certificates } from "../peers/certs.ts";
import type { ClientDialogue } from "../peers/dialogues.ts";

/** To be played where Deno has TLS over streams of ours. */
const FTP_DIALOGUES: readonly ClientDialogue<string>[] = [{
  name: "AUTH TLS, a login, and the working directory",
  script: `
    S: 220 hi
    C: AUTH TLS
    S: 234 go
    S! tls
    C: USER me
    S: 331 password?
    C: PASS secret
    S: 230 in
    C: PBSZ 0
    S: 200 Ok
    C: PROT P
    S: 200 Ok
    C: PWD
    S: 257 "/here"
    C: QUIT
    S: 221 Bye
    S! close`,
  expected: "/here",
  errors: [FTPError, ConnectionError, OSError, TimeoutError],
  async client({ port, options }) {
    const { good } = await certificates();
    // To resume sessions, so many clients at once would need a Worker for every two.
    const tls = { caCerts: good.caCerts, minVersion: "TLSv1.3" as const };
    const ftp = new FTP_TLS({ ...options, ...tls });
    try {
      await ftp.connect("localhost", port);
      await ftp.login("me", "secret");
      const path = await ftp.pwd();
      await ftp.quit();
      return path;
    } finally {
      ftp.close();
    }
  },
  patience: 3,
  lingers: true,
  over: "sockets",
}];

/** Every dialogue. A handshake takes real time, so that they are for sockets only. */
export const TLS_DIALOGUES: readonly ClientDialogue<string>[] = [{
  name: "STARTTLS, and a mail",
  script: `
    S: 220 hi
    C: EHLO me
    S: 250-you
    S: 250 STARTTLS
    C: STARTTLS
    S: 220 go
    S! tls
    C: EHLO me
    S: 250 you
    C: MAIL FROM:<a@b.c>
    S: 250 Ok
    C: RCPT TO:<d@e.f>
    S: 250 Ok
    C: DATA
    S: 354 Go
    C: x
    C: .
    S: 250 Queued
    C: QUIT
    S: 221 Bye
    S! close`,
  expected: "Queued",
  errors: [SMTPException, ConnectionError, OSError, TimeoutError],
  async client({ port, options }) {
    const { good } = await certificates();
    const smtp = await SMTP.connect("localhost", {
      ...options,
      port,
      caCerts: good.caCerts,
      localHostname: "me",
      starttls: true,
    });
    try {
      const { reply } = await smtp.sendmail("a@b.c", "d@e.f", "x");
      await smtp.quit();
      return reply.text;
    } finally {
      smtp.close();
    }
  },
  patience: 3,
  lingers: true,
  over: "sockets",
}, ...isAtLeast(NEEDED) ? FTP_DIALOGUES : []];
