/** What a user's FTP program does, run by `permissions_test.ts` with the least permission. */

import { FTP } from "../../stdlib/ftplib/mod.ts";

const [port] = Deno.args;
await using ftp = await FTP.connect("127.0.0.1", { port: Number(port), user: "tulip" });
const bytes = await ftp.download("a.txt");
const names: string[] = [];
for await (const entry of ftp.mlsd("/")) names.push(entry.name);
await ftp.upload("b.txt", new TextEncoder().encode("from the child"));
await Deno.stdout.write(bytes);
await Deno.stdout.write(new TextEncoder().encode(` ${names.join()}`));
