/**
 * An echo on Deno's raw connections, one buffer to each: what the platform can do at best.
 * `deno_raw.ts plain|tls [CERT KEY]`. Prints its port as JSON.
 *
 * @module
 */
// deno-lint-ignore-file no-console

const [mode, certFile, keyFile] = Deno.args;
const where = { hostname: "127.0.0.1", port: 0 };
const listener = mode === "tls"
  ? Deno.listenTls({
    ...where,
    cert: await Deno.readTextFile(certFile!),
    key: await Deno.readTextFile(keyFile!),
  })
  : Deno.listen(where);
console.log(JSON.stringify({ port: listener.addr.port }));
for await (const connection of listener) {
  if (!("handshake" in connection)) connection.setNoDelay();
  echo(connection).catch(() => {});
}

async function echo(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(262_144);
  for (let count = await connection.read(buffer); count !== null;) {
    for (let sent = 0; sent < count;) {
      sent += await connection.write(buffer.subarray(sent, count));
    }
    count = await connection.read(buffer);
  }
}
