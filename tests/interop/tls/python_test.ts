/**
 * Python's asyncio and ssl on the other side, as client and as server, from the
 * first byte and by STARTTLS; and curl.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openConnection } from "../../../net/streams/connect.ts";
import { type ConnectionCallback, startServer } from "../../../net/servers/server.ts";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import { run } from "../servers/run.ts";
import { temporaryFiles } from "./openssl.ts";

const { cert, key, caCerts } = (await certificates()).good;
const PEER = fileURLToPath(new URL("./peer.py", import.meta.url));
const PYTHON = "/usr/bin/python3";

const echo: ConnectionCallback = async (reader, writer) => {
  for await (const line of reader) {
    if (line.length === 5 && line[0] === "q".charCodeAt(0)) return;
    writer.write(line);
    await writer.drain();
  }
};

const starttls: ConnectionCallback = async (reader, writer) => {
  writer.write("220 ready\r\n");
  assert.equal(await reader.nextLine(), "STARTTLS");
  writer.write("220 go ahead\r\n");
  await writer.startTls({ cert, key });
  await echo(reader, writer);
};

for (const mode of ["tls", "starttls"] as const) {
  interopTest(`asyncio's client on a server of ours: ${mode}`, { needs: ["python3"] }, async () => {
    await using files = await temporaryFiles();
    const options = { limit: 1_000_000, timeout: 10_000 };
    await using server = mode === "tls"
      ? await startServer(echo, "127.0.0.1", 0, { ...options, tls: { cert, key } })
      : await startServer(starttls, "127.0.0.1", 0, options);
    const command = [PYTHON, PEER, "client", mode, files.file(caCerts[0]!), String(server.port)];
    const { stdout, stderr } = await run(command);
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trim().split("\n"), ["hello", "TLSv1.3", "b''"]);
  });

  interopTest(`a client of ours on asyncio's server: ${mode}`, { needs: ["python3"] }, async () => {
    await using files = await temporaryFiles();
    const child = new Deno.Command(PYTHON, {
      args: [PEER, "server", mode, files.file(cert), files.file(key)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    try {
      const out = child.stdout.getReader();
      const { value } = await out.read();
      const port = Number(new TextDecoder().decode(value));
      for (const details of [false, true]) {
        await using connection = await openConnection("localhost", port, {
          tls: mode === "tls",
          caCerts,
          details,
          timeout: 10_000,
        });
        const { reader, writer } = connection;
        if (mode === "starttls") {
          assert.equal(await reader.nextLine(), "220 ready");
          writer.write("STARTTLS\r\n");
          assert.equal(await reader.nextLine(), "220 go ahead");
          await writer.startTls({ caCerts, details });
        }
        const text = "y".repeat(50_000);
        writer.write(`${text}\n`);
        assert.equal(await reader.nextLine(), `you said ${text}`);
        writer.write("bye\n");
        assert.equal(await reader.nextLine(), "you said bye");
        connection.close();
      }
      await out.cancel();
    } finally {
      await child.stdin.close();
      await child.status;
    }
  });
}

for (const version of ["1.2", "1.3"]) {
  interopTest(`curl on a server of ours: TLS ${version}`, { needs: ["curl"] }, async () => {
    await using files = await temporaryFiles();
    const body = "z".repeat(500_000);
    await using server = await startServer(
      async (reader, writer) => {
        while (await reader.nextLine() !== "");
        writer.write(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`);
      },
      "127.0.0.1",
      0,
      { tls: { cert, key, alpnProtocols: ["http/1.1"] } },
    );
    const command = ["curl", "--silent", "--show-error", "--max-time", "10"];
    const tls = ["--cacert", files.file(caCerts[0]!), `--tlsv${version}`, "--tls-max", version];
    const { stdout, stderr } = await run([
      ...command,
      ...tls,
      `https://localhost:${server.port}/`,
    ]);
    // The body ends with the connection, so a cut one would be an error to curl.
    assert.equal(stderr, "");
    assert.equal(stdout.length, body.length);
  });
}
