/**
 * Tulip's ftplib on the work that its argument describes.
 *
 * @module
 */

import { FTP, FTP_TLS, FTPPool } from "../../stdlib/ftplib/mod.ts";
import { report } from "../entrant.ts";
import type { Work } from "./work.ts";

const work: Work = JSON.parse(Deno.args[0]!);
const { mode, host, port, caFile, path, local, connections } = work;

const options = { port, user: "tulip", password: "secret" };
await using ftp = caFile === undefined
  ? await FTP.connect(host, options)
  : await FTP_TLS.connect(host, { ...options, caCerts: [await Deno.readTextFile(caFile)] });
await report(async () => {
  if (mode === "null") {
    const buffer = new Uint8Array(2 ** 20);
    const transfer = ftp.download(path);
    while (await transfer.readInto(buffer) !== null);
  } else if (mode === "iterate") {
    for await (const _chunk of ftp.download(path));
  } else if (mode === "file") {
    await ftp.downloadTo(path, local);
  } else if (mode === "upload") {
    await ftp.uploadFrom(local, path);
  } else {
    const names = (await ftp.nlst(path)).map((name) => name.slice(name.lastIndexOf("/") + 1));
    const fetch = (ftp: FTP, name: string) => ftp.downloadTo(`${path}/${name}`, `${local}/${name}`);
    if (connections === 1) {
      for (const name of names) await fetch(ftp, name);
    } else {
      await using pool = FTPPool.of(ftp, { connections });
      await pool.map(names, fetch);
    }
  }
});
