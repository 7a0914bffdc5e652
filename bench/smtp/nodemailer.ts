/**
 * npm's nodemailer: N messages over one pooled connection, composed before, as we do.
 *
 * @module
 */

import nodemailer from "npm:nodemailer@10.6.0";
import { Buffer } from "node:buffer";
import { report } from "../entrant.ts";
import { message } from "./message.ts";

const [port, count, size] = Deno.args.map(Number) as [number, number, number];
const raw = Buffer.from(message(size));
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port,
  pool: true,
  maxConnections: 1,
  maxMessages: Infinity,
  ignoreTLS: true,
});
await report(async () => {
  const envelope = { from: "a@b.test", to: ["c@d.test"] };
  await Promise.all(Array.from({ length: count }, () => transport.sendMail({ envelope, raw })));
});
transport.close();
