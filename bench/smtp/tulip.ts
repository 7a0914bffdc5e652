/**
 * Tulip's smtplib: N messages over one connection, handed over at once, as to nodemailer's pool:
 * each waits in line for its turn. Python's client takes one after the other.
 *
 * @module
 */

import { SMTP } from "../../stdlib/smtplib/mod.ts";
import { report } from "../entrant.ts";
import { message } from "./message.ts";

const [port, count, size] = Deno.args.map(Number) as [number, number, number];
const bytes = new TextEncoder().encode(message(size));
await using smtp = await SMTP.connect("127.0.0.1", { port });
await report(async () => {
  await Promise.all(
    Array.from({ length: count }, () => smtp.sendmail("a@b.test", ["c@d.test"], bytes)),
  );
});
