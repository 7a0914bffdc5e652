/**
 * Tulip's smtplib: N messages over one connection.
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
  for (let sent = 0; sent < count; sent++) {
    await smtp.sendmail("a@b.test", ["c@d.test"], bytes);
  }
});
