/**
 * An echo on node's `net` and `tls`, for node itself and for Deno's own version of them:
 * `node_net.mjs plain|tls|starttls [CERT KEY]`. Prints its port as JSON.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";

const [mode, certFile, keyFile] = process.argv.slice(2);
const options = mode === "plain"
  ? {}
  : { cert: readFileSync(certFile), key: readFileSync(keyFile), noDelay: true };

function echo(socket) {
  socket.setNoDelay?.(true);
  socket.on("data", (data) => {
    if (socket.write(data)) return;
    socket.pause();
    socket.once("drain", () => socket.resume());
  });
  socket.on("error", () => {});
}

function upgrade(socket) {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.pause();
    socket.write("OK\r\n");
    const secureContext = tls.createSecureContext(options);
    echo(new tls.TLSSocket(socket, { isServer: true, secureContext }));
  });
}

const server = mode === "tls"
  ? tls.createServer(options, echo)
  : net.createServer(mode === "plain" ? echo : upgrade);
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
