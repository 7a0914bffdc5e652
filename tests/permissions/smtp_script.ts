/** What a user's mail program does, run by `permissions_test.ts` with the least permission. */

import { SMTP } from "../../stdlib/smtplib/mod.ts";

const [port] = Deno.args;
await using smtp = await SMTP.connect("127.0.0.1", { port: Number(port) });
await smtp.sendmail("a@example.org", ["b@example.org"], "Subject: hello\r\n\r\nfrom the child\r\n");
await Deno.stdout.write(new TextEncoder().encode("sent"));
