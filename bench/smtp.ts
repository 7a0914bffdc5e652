/**
 * 2,000 messages of 10 KiB over one connection to Postfix's smtp-sink, side by side: handed over
 * at once where the client has a queue, one after the other by Python's.
 *
 * `deno task bench:smtp`, on a machine with Postfix and Python.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { sideBySide } from "./side_by_side.ts";
import { startSmtpSink } from "../tests/interop/servers/smtp_sink.ts";

const MESSAGES = 2_000;
const SIZE = 10_240;

await using sink = await startSmtpSink();
const script = (name: string): string[] => {
  const file = fileURLToPath(import.meta.resolve(`./smtp/${name}`));
  const args = [file, String(sink.port), String(MESSAGES), String(SIZE)];
  return name.endsWith(".py") ? ["python3", ...args] : [Deno.execPath(), "run", "-A", ...args];
};

await sideBySide(`${MESSAGES} messages of ${SIZE / 1024} KiB over one connection to smtp-sink`, [
  { name: "tulip", command: script("tulip.ts") },
  { name: "nodemailer", command: script("nodemailer.ts") },
  { name: "Python smtplib", command: script("python_smtplib.py") },
], {
  passes: Number(Deno.env.get("PASSES") ?? 5),
  unit: (ms) => `${(MESSAGES / (ms / 1000)).toFixed(0)} mails/s`,
});
