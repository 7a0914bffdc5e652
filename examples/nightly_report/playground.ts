/**
 * Servers for the nightly report when it is run without arguments: an FTP server with a folder of
 * files, and an SMTP server that keeps what it is sent. Both in this process, on loopback.
 *
 * @module
 */

import { FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
import { SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
import type { Display } from "./display.ts";
import type { Job } from "./job.ts";

/** The servers, the job to do on them, and what came of it. */
export interface Playground extends AsyncDisposable {
  /** The job. */
  job: Job;
  /** Shows the mails that arrived. */
  show(display: Display): void;
}

/** Starts both servers; disposing stops them and removes the files that were fetched. */
export async function playground(): Promise<Playground> {
  await using stack = new AsyncDisposableStack();
  const ftp = stack.use(
    await FTPServer.start({ users: { tulip: { password: "spring" } }, files: yesterdaysFiles() }),
  );
  const smtp = stack.use(await SMTPServer.start());
  const into = await Deno.makeTempDir({ prefix: "nightly-" });
  stack.defer(() => Deno.remove(into, { recursive: true }));
  const servers = stack.move();

  const job: Job = {
    ftp: {
      hostname: ftp.hostname,
      folder: "/outbox",
      options: { port: ftp.port, user: "tulip", password: "spring" },
    },
    smtp: { hostname: smtp.hostname, implicitTls: false, options: { port: smtp.port } },
    from: "nightly@tulip.example",
    to: ["alice@tulip.example", "bob@tulip.example"],
    into,
    parallel: 3,
  };
  return {
    job,
    show(display) {
      for (const message of smtp.messages) {
        const text = new TextDecoder().decode(message.content);
        display.line(
          `\nThe mail, as it arrived for ${
            message.recipients.map(({ address }) => address).join(" and ")
          }:\n`,
        );
        display.line(text.trimEnd().replaceAll("\r\n", "\n").replace(/^/gm, "  │ "));
      }
    },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

/** What a shop might leave overnight: exports, a few of them large. */
function yesterdaysFiles(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  const put = (name: string, kibibytes: number): void => {
    const line = new TextEncoder().encode(`${name};2026-11-20;"a line of the export";42.00\r\n`);
    const bytes = new Uint8Array(kibibytes * 1024);
    for (let at = 0; at < bytes.length; at += line.length) {
      bytes.set(line.subarray(0, bytes.length - at), at);
    }
    files[`/outbox/${name}`] = bytes;
  };
  put("orders.csv", 9_400);
  put("customers.csv", 2_210);
  put("stock/north.csv", 14_800);
  put("stock/south.csv", 12_100);
  put("web/access.log", 31_700);
  put("web/errors.log", 84);
  put("README.txt", 1);
  return files;
}
