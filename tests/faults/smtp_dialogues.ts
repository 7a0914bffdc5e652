/**
 * What an SMTP client and a server say to each other, for servers that stop anywhere in it.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError } from "../../net/errors.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPException, SMTPRecipientsRefused } from "../../stdlib/smtplib/errors.ts";
import type { ClientDialogue } from "../peers/dialogues.ts";

const ERRORS = [SMTPException, ConnectionError, TimeoutError];

function dialogue<T>(
  name: string,
  script: string,
  expected: T,
  work: (smtp: SMTP) => Promise<T>,
  more: Partial<ClientDialogue<T>> = {},
): ClientDialogue<T> {
  return {
    ...more,
    name,
    script: `S: 220 Hi\n${script}\nC: QUIT\nS: 221 Bye\nS! close`,
    expected,
    errors: ERRORS,
    async client({ hostname, port, options }) {
      const smtp = await SMTP.connect(hostname, {
        port,
        localHostname: "me.example",
        allowInsecureAuth: true,
        ...options,
      });
      try {
        const result = await work(smtp);
        await smtp.quit();
        return result;
      } finally {
        smtp.close();
      }
    },
  };
}

/** Every dialogue. Each is short: how often it is played grows with its length. */
export const SMTP_DIALOGUES: readonly ClientDialogue<unknown>[] = [
  dialogue(
    "ehlo, log in, rset",
    `
    C: EHLO me.example
    S: 250-you
    S: 250-SIZE 99
    S: 250 AUTH PLAIN
    C: AUTH PLAIN AG1lAHNlY3JldA==
    S: 235 2.7.0 In
    C: RSET
    S: 250 Ok`,
    [250, "99", 235, 250],
    async (smtp) => [
      (await smtp.ehlo()).code,
      smtp.esmtpFeatures.get("size"),
      (await smtp.login("me", "secret")).code,
      (await smtp.rset()).code,
    ],
  ),
  dialogue(
    "log in by LOGIN",
    `
    C: EHLO me.example
    S: 250-you
    S: 250 AUTH LOGIN
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: bWU=
    S: 334 UGFzc3dvcmQ6
    C: c2VjcmV0
    S: 235 In`,
    235,
    async (smtp) => (await smtp.login("me", "secret")).code,
  ),
  dialogue(
    "sendmail, pipelined, one recipient refused",
    `
    C: EHLO me.example
    S: 250-you
    S: 250 PIPELINING
    C: MAIL FROM:<a@b.c>
    C: RCPT TO:<d@e.f>
    C: RCPT TO:<g@h.i>
    C: DATA
    S: 250 Ok
    S: 250 2.1.5 Ok
    S: 550 5.1.1 No
    S: 354 Go
    C: Subject: x
    C:
    C: ..y
    C: .
    S: 250 Queued`,
    [["d@e.f", "2.1.5"], ["g@h.i", "5.1.1"], "Queued"],
    async (smtp) => {
      const { accepted, refused, reply } = await smtp.sendmail(
        "a@b.c",
        ["d@e.f", "g@h.i"],
        "Subject: x\n\n.y\n",
      );
      const each = [...accepted, ...refused].map((one) => [one.recipient, one.enhancedCode]);
      return [...each, reply.text];
    },
  ),
  dialogue(
    "two mails at once, the first refused",
    `
    C: EHLO me.example
    S: 250-you
    S: 250 PIPELINING
    C: MAIL FROM:<>
    C: RCPT TO:<d@e.f>
    C: DATA
    S: 250 Ok
    S: 250 Ok
    S: 354 Go
    C: x
    C: .
    C: MAIL FROM:<a@b.c>
    C: RCPT TO:<g@h.i>
    C: DATA
    S: 554 Spam
    S: 250 Ok
    S: 250 Ok
    S: 354 Go
    C: y
    C: .
    S: 250 Queued`,
    [554, "Queued"],
    async (smtp) => {
      const [first, second] = await Promise.allSettled([
        smtp.sendmail("", "d@e.f", "x"),
        smtp.sendmail("a@b.c", "g@h.i", "y"),
      ]);
      if (second.status === "rejected") throw second.reason;
      return [first.status === "rejected" && first.reason.code, second.value.reply.text];
    },
  ),
  dialogue(
    "sendmail, one command after the other, after HELO",
    `
    C: EHLO me.example
    S: 500 What?
    C: HELO me.example
    S: 250 you
    C: MAIL FROM:<>
    S: 250 Ok
    C: RCPT TO:<d@e.f>
    S: 251 Ok
    C: DATA
    S: 354 Go
    C: x
    C: .
    S: 250-Queued
    S: 250 as 1`,
    "Queued\nas 1",
    async (smtp) => (await smtp.sendmail("", "d@e.f", "x")).reply.text,
  ),
  dialogue(
    "sendmail, pipelined, all recipients refused",
    `
    C: EHLO me.example
    S: 250-you
    S: 250 PIPELINING
    C: MAIL FROM:<a@b.c>
    C: RCPT TO:<d@e.f>
    C: DATA
    S: 250 Ok
    S: 450 Later
    S: 554 No
    C: RSET
    S: 250 Ok
    C: NOOP
    S: 250 Ok`,
    [450, 250],
    async (smtp) => {
      let refused = 0;
      try {
        await smtp.sendmail("a@b.c", "d@e.f", "x");
      } catch (error) {
        if (!(error instanceof SMTPRecipientsRefused)) throw error;
        refused = error.recipients[0]!.code;
      }
      return [refused, (await smtp.noop()).code];
    },
  ),
  dialogue(
    "a mail that is more than any buffer holds, streamed",
    `
    C: EHLO me.example
    S: 250 you
    C: MAIL FROM:<a@b.c>
    S: 250 Ok
    C: RCPT TO:<d@e.f>
    S: 250 Ok
    C: DATA
    S: 354 Go
    C* .
    S: 250 Queued`,
    "Queued",
    async (smtp) => {
      async function* chunks() {
        for (let chunk = 0; chunk < 40; chunk++) {
          await Promise.resolve();
          yield new TextEncoder().encode("0123456789\r\n".repeat(1_000));
        }
      }
      return (await smtp.sendmail("a@b.c", "d@e.f", chunks())).reply.text;
    },
    { kinds: ["deaf", "flood"] },
  ),
];
