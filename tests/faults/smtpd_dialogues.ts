/**
 * What a client says to the SMTP server, for clients that stop anywhere in it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { SMTPServerOptions } from "../../stdlib/smtpd/options.ts";
import { SMTPServer } from "../../stdlib/smtpd/server.ts";
import { type Fault, isHarmless } from "../peers/faults.ts";
import type { Served, ServerDialogue, Site } from "../peers/dialogues.ts";

/** A mail that the server took: its recipients, and its text. */
export type Mail = readonly [recipients: readonly string[], text: string];

/** Starts a server that collects mail. */
export async function serveSmtp(
  { options }: Site,
  more: SMTPServerOptions = {},
): Promise<Served<Mail[]>> {
  const server = await SMTPServer.start({ ...options, maxMessageSize: 300_000, ...more });
  return {
    port: server.port,
    get connections() {
      return server.connections;
    },
    get outcome() {
      return server.messages.map(({ rcptTos, text }): Mail => [rcptTos, text ?? ""]);
    },
    close: () => server.stop(),
  };
}

/** Every mail that was taken is whole, none is there twice, and none but these; all where nothing was wrong. */
export function checkMails(mails: Mail[], whole: readonly Mail[], fault: Fault): void {
  if (isHarmless(fault)) return assert.deepEqual(mails, whole);
  // What was spoilt is another dialogue, and right in its own way.
  if (fault.kind === "spoilt") return;
  const rest = [...whole];
  for (const mail of mails) {
    const index = rest.findIndex((each) => JSON.stringify(each) === JSON.stringify(mail));
    assert.ok(index >= 0, `a mail that nobody sent like this: ${JSON.stringify(mail)}`);
    rest.splice(0, index + 1);
  }
}

function dialogue(
  name: string,
  script: string,
  mails: readonly Mail[] = [],
  more: SMTPServerOptions = {},
): ServerDialogue<Mail[]> {
  return {
    name,
    script: `S: 220\n${script}\nC: QUIT\nS: 221\nS! close`,
    next: "S: 220\nC: EHLO you\nS: 250\nC: NOOP\nS: 250\nC: QUIT\nS: 221\nS! close",
    server: (site) => serveSmtp(site, more),
    check: (outcome, { fault }) => checkMails(outcome, mails, fault),
    // The last words of a server that ends a session may take a second.
    patience: 2.5,
  };
}

/** Every dialogue. Each is short: how often it is played grows with its length. */
export const SMTPD_DIALOGUES: readonly ServerDialogue<Mail[]>[] = [
  dialogue(
    "a mail, one command after the other",
    `
    C: EHLO me
    S: 250
    C: MAIL FROM:<a@b.c>
    S: 250
    C: RCPT TO:<d@e.f>
    S: 250
    C: DATA
    S: 354
    C: Subject: x
    C:
    C: ..y
    C: .
    S: 250`,
    [[["d@e.f"], "Subject: x\r\n\r\n.y\r\n"]],
  ),
  dialogue(
    "two mails, pipelined, a recipient refused",
    `
    C: EHLO me
    S: 250
    C= MAIL FROM:<>\\r\\nRCPT TO:<d@e.f>\\r\\nRCPT TO:\\r\\nDATA\\r\\n
    S: 250
    S: 250
    S: 501
    S: 354
    C= 1\\r\\n.\\r\\nMAIL FROM:<a@b.c>\\r\\nRCPT TO:<h@i.j>\\r\\nDATA\\r\\n
    S: 250
    S: 250
    S: 250
    S: 354
    C= 2\\r\\n.\\r\\n
    S: 250`,
    [[["d@e.f"], "1\r\n"], [["h@i.j"], "2\r\n"]],
  ),
  dialogue(
    "log in by LOGIN, and be refused once",
    `
    C: EHLO me
    S: 250
    C: AUTH PLAIN AG1lAHdyb25n
    S: 535
    C: AUTH LOGIN
    S: 334
    C: bWU=
    S: 334
    C: c2VjcmV0
    S: 235
    C: RSET
    S: 250`,
    [],
    { authenticate: (_, password) => password === "secret", allowInsecureAuth: true },
  ),
  dialogue(
    "a message with a line feed alone, and a good one behind it",
    `
    C: HELO me
    S: 250
    C: MAIL FROM:<a@b.c>
    S: 250
    C: RCPT TO:<d@e.f>
    S: 250
    C: DATA
    S: 354
    C= 1\\n.\\nMAIL FROM:<x@y.z>\\r\\n.\\r\\n
    S: 554
    C= MAIL FROM:<a@b.c>\\r\\n
    S: 250
    C= RCPT TO:<d@e.f>\\r\\n
    S: 250
    C: DATA
    S: 354
    C= 2\\r\\n.\\r\\n
    S: 250`,
    [[["d@e.f"], "2\r\n"]],
  ),
];
