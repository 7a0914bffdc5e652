/**
 * STARTTLS as SMTP has it, for whoever attacks it.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { OSError } from "../../net/errors.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPException } from "../../stdlib/smtplib/errors.ts";
import { certificates } from "../peers/certs.ts";
import type { StarttlsDialect } from "../peers/starttls_attacks.ts";
import type { StarttlsClient } from "../peers/starttls_rig.ts";

/** What SMTP has for it (RFC 3207). */
const SMTP_DIALECT: StarttlsDialect = {
  offered: "S: 220 hi\nC: EHLO me.example\nS: 250-you\nS: 250-AUTH PLAIN\nS: 250 STARTTLS",
  stripped: "S: 220 hi\nC: EHLO me.example\nS: 250-you\nS: 250 AUTH PLAIN",
  ask: "C: STARTTLS",
  yes: "220 go ahead",
  no: ["454 4.7.0 not now", "501 what?", "554 no", "421 bye"],
  almost: ["250 go ahead", "334 go ahead", "235 2.7.0 in", "200 x"],
  injected: "250-you\r\n250 AUTH PLAIN\r\n235 2.7.0 in\r\n",
  rest: "C: EHLO me.example\nS: 250-you\nS: 250 AUTH PLAIN\nC: /AUTH PLAIN .*/\nS: 235 in",
  secret: /AUTH.*|MAIL.*/,
};

/** A client with a password, which needs TLS. */
export async function smtpStarttls(): Promise<StarttlsClient> {
  const { good } = await certificates();
  return {
    dialect: SMTP_DIALECT,
    caCerts: good.caCerts,
    errors: [SMTPException, OSError, TimeoutError],
    async client({ hostname, port, options, caCerts }) {
      const smtp = await SMTP.connect(hostname, {
        ...options,
        port,
        caCerts,
        localHostname: "me.example",
        user: "tim",
        password: "secret",
      });
      smtp.close();
    },
  };
}
