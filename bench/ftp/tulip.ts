/**
 * Tulip's ftplib on the same work: null, file or many.
 *
 * @module
 */

import { FTP } from "../../stdlib/ftplib/mod.ts";
import { report } from "../entrant.ts";

const [mode, host, port, path, target] = Deno.args as [string, string, string, string, string];

await using ftp = await FTP.connect(host, {
  port: Number(port),
  user: "tulip",
  password: "secret",
});
await report(async () => {
  if (mode === "null") {
    const buffer = new Uint8Array(2 ** 20);
    const transfer = ftp.download(path);
    while (await transfer.readInto(buffer) !== null);
  } else if (mode === "iterate") {
    for await (const _chunk of ftp.download(path));
  } else if (mode === "file") {
    await ftp.downloadTo(path, target);
  } else {
    for (const name of await ftp.nlst(path)) {
      const base = name.slice(name.lastIndexOf("/") + 1);
      await ftp.downloadTo(`${path}/${base}`, `${target}/${base}`);
    }
  }
});
