/**
 * npm's basic-ftp on the work that its argument describes, on Deno and on Node.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import process from "node:process";

// It is there only in the folder to which the bench copies this file, and not where types are checked.
const name = "basic-ftp";
const { Client } = await import(name);
const { mode, host, port, caFile, path, local, connections } = JSON.parse(process.argv[2]);

// On Deno, a certificate of one's own keeps it from resuming TLS sessions, which the server requires.
const secureOptions = "Deno" in globalThis
  ? { rejectUnauthorized: false }
  : { ca: caFile && readFileSync(caFile) };

async function connect() {
  const client = new Client();
  const secure = caFile !== undefined;
  await client.access({ host, port, user: "tulip", password: "secret", secure, secureOptions });
  return client;
}

const client = await connect();
const started = performance.now();
if (mode === "null") {
  await client.downloadTo(new Writable({ write: (_chunk, _encoding, done) => done() }), path);
} else if (mode === "file") {
  await client.downloadTo(local, path);
} else if (mode === "upload") {
  await client.uploadFrom(local, path);
} else {
  const names = (await client.list(path)).map(({ name }) => name);
  const clients = [client];
  while (clients.length < connections) clients.push(await connect());
  let next = 0;
  await Promise.all(clients.map(async (client) => {
    while (next < names.length) {
      const name = names[next++];
      await client.downloadTo(`${local}/${name}`, `${path}/${name}`);
    }
  }));
  for (const other of clients.slice(1)) other.close();
}
const milliseconds = performance.now() - started;
const status = readFileSync("/proc/self/status", "utf8");
const memory = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
console.log(JSON.stringify({ milliseconds, memory }));
client.close();
