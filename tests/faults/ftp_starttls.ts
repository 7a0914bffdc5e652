/**
 * AUTH TLS as FTP has it, for whoever attacks it.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { OSError } from "../../net/errors.ts";
import { FTPError } from "../../stdlib/ftplib/errors.ts";
import { FTP_TLS } from "../../stdlib/ftplib/ftp_tls.ts";
import { certificates } from "../peers/certs.ts";
import type { StarttlsDialect } from "../peers/starttls_attacks.ts";
import type { StarttlsClient } from "../peers/starttls_rig.ts";

/** What FTP has for it (RFC 4217 §4). A server says what it can do by how it answers. */
const FTP_DIALECT: StarttlsDialect = {
  offered: "S: 220 hi",
  stripped: "S: 220 hi\nC: AUTH TLS\nS: 502 what?",
  ask: "C: AUTH TLS",
  yes: "234 go ahead",
  no: ["500 what?", "534 no", "431 not now", "421 bye"],
  almost: ["200 go ahead", "230 in", "331 password?", "334 go ahead"],
  injected: "230 in\r\n331 password?\r\n",
  rest: "C: USER me\nS: 331 password?\nC: PASS secret\nS: 230 in",
  secret: /USER.*|PASS.*|RETR.*/,
};

/** A client with a password, which needs TLS. */
export async function ftpStarttls(): Promise<StarttlsClient> {
  const { good } = await certificates();
  return {
    dialect: FTP_DIALECT,
    caCerts: good.caCerts,
    errors: [FTPError, OSError, TimeoutError],
    async client({ hostname, port, options, caCerts }) {
      const ftp = await FTP_TLS.connect(hostname, {
        ...options,
        port,
        caCerts,
        user: "me",
        password: "secret",
      });
      ftp.close();
    },
  };
}
