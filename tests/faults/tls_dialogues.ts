/**
 * What clients say under TLS, for servers that stop anywhere in it, the handshake included.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError, OSError } from "../../net/errors.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPException } from "../../stdlib/smtplib/errors.ts";
import { certificates } from "../peers/certs.ts";
import type { ClientDialogue } from "../peers/dialogues.ts";

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
}];
