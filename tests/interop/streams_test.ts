import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openConnection } from "../../net/streams/connect.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { startServer } from "../../net/servers/server.ts";
import type { ConnectionCallback } from "../../net/servers/server.ts";
import type { StreamReader } from "../../net/streams/stream_reader.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import { openUnixConnection, startUnixServer } from "../../net/unix/unix_streams.ts";
import { certificates } from "../peers/certs.ts";
import { Daemon } from "./servers/daemon.ts";
import { temporaryFolder, writeCertificates } from "./servers/folder.ts";
import { installed, pathOf, type Program } from "./servers/installed.ts";
import { freePorts } from "./servers/ports.ts";
import { mustRun, run } from "./servers/run.ts";
import { interopTest } from "./interop.ts";

const identity = (await certificates()).good;
const { caCerts } = identity;
const tls = { cert: identity.cert, key: identity.key };

const SCRIPT = fileURLToPath(new URL("servers/asyncio_streams.py", import.meta.url));
const BLOCK = new Uint8Array(4_194_304).map((_, index) => index);

/** The same server as `asyncio_streams.py` is one. */
const talk: ConnectionCallback = async (reader, writer) => {
  writer.write(`that was ${await talkFirst(reader, writer)}`);
};

/** Without a last word: whoever has ended TLS takes none. */
const talkFirst = async (reader: StreamReader, writer: StreamWriter): Promise<number> => {
  writer.write("220 ready\r\n");
  let total = 0;
  for (;;) {
    const block = await reader.read(65_536);
    if (block.length === 0) break;
    total += block.length;
    writer.write(block);
    await writer.drain();
  }
  return total;
};

/** The same client as `asyncio_streams.py` is one; what the server said at the end. */
async function talkTo(connection: Connection, { halfClose = true } = {}): Promise<string> {
  const { reader, writer } = connection;
  assert.equal(await reader.nextLine(), "220 ready");
  for (const line of ["hello\n", "world\r\n"]) {
    writer.write(line);
    assert.equal(new TextDecoder().decode(await reader.readline()), line);
  }
  const reading = reader.readexactly(BLOCK.length);
  writer.write(BLOCK);
  assert.ok((await reading).every((byte, index) => byte === BLOCK[index]));
  if (!halfClose) return "";
  writer.writeEof();
  return new TextDecoder().decode(await reader.read());
}

const WHOLE = `that was ${6 + 7 + BLOCK.length}`;
const SEEN = "220 ready\nblock True 2b078110\n";

/** Starts a program that listens, and waits until it accepts. */
async function listening(
  name: string,
  command: (folder: string) => Promise<string[]> | string[],
  place: { ports?: number[]; sockets?: (folder: string) => string[] },
): Promise<AsyncDisposable & { folder: string }> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("streams"));
  stack.use(
    await Daemon.start({
      name,
      command: await command(path),
      log: `${path}/output.log`,
      ports: place.ports,
      sockets: place.sockets?.(path),
      sign: "accepts",
    }),
  );
  const running = stack.move();
  return { folder: path, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function python(name: string, body: () => Promise<void>): void {
  interopTest(`Python's asyncio: ${name}`, { needs: ["python3"] }, body);
}

function socat(name: string, body: () => Promise<void>, ...needs: Program[]): void {
  interopTest(`socat: ${name}`, { needs: ["socat", ...needs] }, body);
}

python("its server, our client, over TCP", async () => {
  const port = freePorts(1);
  await using _ = await listening("asyncio", () => [
    ...[pathOf("python3"), SCRIPT, "server", "tcp", String(port)],
  ], { ports: [port] });
  await using connection = await openConnection("127.0.0.1", port);
  assert.equal(await talkTo(connection), WHOLE);
});

python("its server, our client, over TLS", async () => {
  const port = freePorts(1);
  await using _ = await listening("asyncio", async (folder) => {
    const files = await writeCertificates(folder);
    return [pathOf("python3"), SCRIPT, "server", "tcp", String(port), files.cert, files.key];
  }, { ports: [port] });
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    await using connection = await openConnection("localhost", port, {
      tls: true,
      caCerts,
      minVersion: version,
      maxVersion: version,
    });
    await talkTo(connection, { halfClose: false });
  }
});

python("its server, our client, over a Unix socket", async () => {
  await using running = await listening(
    "asyncio",
    (folder) => [pathOf("python3"), SCRIPT, "server", "unix", `${folder}/a.sock`],
    { sockets: (folder) => [`${folder}/a.sock`] },
  );
  await using connection = await openUnixConnection(`${running.folder}/a.sock`);
  assert.equal(await talkTo(connection), WHOLE);
});

python("its client, our server, over TCP", async () => {
  await using server = await startServer(talk);
  const said = await mustRun([
    ...[pathOf("python3"), SCRIPT, "client", "tcp", "127.0.0.1", String(server.port)],
  ]);
  assert.equal(said, `${SEEN}${WHOLE}\n`);
});

python("its client, our server, over TLS", async () => {
  await using folder = await temporaryFolder("streams");
  const { caFile } = await writeCertificates(folder.path);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const options = { tls: { ...tls, minVersion: version, maxVersion: version } };
    const talk = async (reader: StreamReader, writer: StreamWriter) =>
      void await talkFirst(reader, writer);
    await using server = await startServer(talk, "127.0.0.1", 0, options);
    const said = await mustRun([
      ...[pathOf("python3"), SCRIPT, "client", "tcp", "localhost", String(server.port), caFile],
    ]);
    assert.equal(said, SEEN);
  }
});

python("its client, our server, over a Unix socket", async () => {
  await using folder = await temporaryFolder("streams");
  const path = `${folder.path}/b.sock`;
  await using _ = await startUnixServer(talk, path);
  const said = await mustRun([pathOf("python3"), SCRIPT, "client", "unix", path]);
  assert.equal(said, `${SEEN}${WHOLE}\n`);
});

/** What socat is given to say, and what it must have heard. */
const TEXT = "All is well.\r\n".repeat(30_000);
const HEARD = `220 ready\r\n${TEXT}that was ${TEXT.length}`;

socat("its client, our server, over TCP and both kinds of Unix sockets", async () => {
  await using folder = await temporaryFolder("streams");
  const path = `${folder.path}/c.sock`;
  const name = `tulip-${crypto.randomUUID()}`;
  await using tcp = await startServer(talk);
  await using _unix = await startUnixServer(talk, path);
  await using _abstract = await startUnixServer(talk, `\0${name}`);
  for (
    const place of [
      `TCP:127.0.0.1:${tcp.port}`,
      `UNIX-CONNECT:${path}`,
      `ABSTRACT-CONNECT:${name}`,
    ]
  ) {
    const heard = await mustRun([pathOf("socat"), "-t10", "-", place], { stdin: TEXT });
    assert.equal(heard, HEARD, place);
  }
});

socat("its client, our server, over TLS", async () => {
  await using folder = await temporaryFolder("streams");
  const { caFile } = await writeCertificates(folder.path);
  const lines: ConnectionCallback = async (reader, writer) => {
    for await (const line of reader) writer.write(line);
  };
  await using server = await startServer(lines, "127.0.0.1", 0, { tls });
  const place = `OPENSSL:localhost:${server.port},cafile=${caFile}`;
  const heard = await mustRun([pathOf("socat"), "-t3", "-", place], { stdin: "hello\r\n" });
  assert.equal(heard, "hello\r\n");
});

/** `cat` behind socat: what is sent comes back, and the end of it too. */
async function echoes(connection: Connection): Promise<void> {
  const { reader, writer } = connection;
  const reading = reader.readexactly(BLOCK.length);
  writer.write(BLOCK);
  assert.ok((await reading).every((byte, index) => byte === BLOCK[index]));
  writer.writeEof();
  assert.equal((await reader.read()).length, 0);
}

socat("its server, our client, over TCP", async () => {
  const port = freePorts(1);
  await using _ = await listening("socat", () => [
    ...[pathOf("socat"), "-t10", `TCP-LISTEN:${port},bind=127.0.0.1,fork`, "EXEC:cat"],
  ], { ports: [port] });
  await using connection = await openConnection("127.0.0.1", port);
  await echoes(connection);
});

socat("its server, our client, over both kinds of Unix sockets", async () => {
  const name = `tulip-${crypto.randomUUID()}`;
  await using running = await listening(
    "socat",
    (folder) => [pathOf("socat"), "-t10", `UNIX-LISTEN:${folder}/d.sock,fork`, "EXEC:cat"],
    { sockets: (folder) => [`${folder}/d.sock`] },
  );
  await using connection = await openUnixConnection(`${running.folder}/d.sock`);
  await echoes(connection);

  await using _ = await listening("socat", () => [
    ...[pathOf("socat"), "-t10", `ABSTRACT-LISTEN:${name},fork`, "EXEC:cat"],
  ], {});
  const abstract = await patiently(() => openUnixConnection(`\0${name}`));
  await echoes(abstract);
  await abstract[Symbol.asyncDispose]();
});

socat("its server, our client, over TLS, and TLS over a Unix socket", async () => {
  const port = freePorts(1);
  await using tcp = await listening("socat", async (folder) => {
    const { both } = await writeCertificates(folder);
    const listen = `OPENSSL-LISTEN:${port},bind=127.0.0.1,fork,cert=${both},verify=0`;
    return [pathOf("socat"), "-t3", listen, "EXEC:cat"];
  }, { ports: [port] });
  await using connection = await openConnection("localhost", port, { tls: true, caCerts });
  connection.writer.write("hello\r\n");
  assert.equal(await connection.reader.nextLine(), "hello");

  // What comes in by the Unix socket goes on to the TLS server as it is.
  const path = `${tcp.folder}/e.sock`;
  await using _ = await listening("socat", () => [
    ...[pathOf("socat"), `UNIX-LISTEN:${path},fork`, `TCP:127.0.0.1:${port}`],
  ], { sockets: () => [path] });
  await using unix = await openUnixConnection(path, { tls: true, caCerts });
  unix.writer.write("hello\r\n");
  assert.equal(await unix.reader.nextLine(), "hello");
});

/** An abstract name leaves no file that could be waited for. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 0; count < 100; count++) {
    try {
      return await attempt();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return await attempt();
}

const HAPPY = "a host whose first address is dead is reached by the next (Happy Eyeballs)";

if (await makesNamespaces()) interopTest(HAPPY, { needs: ["unshare"] }, reachTheNext);
// Nothing can be installed that would help: it is told, and is no test that was skipped.
// deno-lint-ignore no-console
else console.warn(`not run: ${HAPPY}: \`unshare -m\` is refused here`);

/** In a container even root may not. */
async function makesNamespaces(): Promise<boolean> {
  return !installed("unshare") || (await run([pathOf("unshare"), "-m", "true"])).success;
}

async function reachTheNext(): Promise<void> {
  await using folder = await temporaryFolder("hosts");
  // No program that is running sees this, for it holds in a namespace of its own.
  await Deno.writeTextFile(`${folder.path}/hosts`, "::1 both.test\n127.0.0.1 both.test\n");
  await using server = await startServer((_, writer) => writer.write("220 ready\r\n"));
  const program = `
    import { openConnection } from ${
    JSON.stringify(import.meta.resolve("../../net/streams/connect.ts"))
  };
    const connection = await openConnection("both.test", ${server.port});
    console.log(connection.remoteAddress.hostname, await connection.reader.nextLine());
    connection.close();
  `;
  await Deno.writeTextFile(`${folder.path}/program.ts`, program);
  const deno = `${Deno.execPath()} run --no-check --no-lock --allow-net=both.test`;
  const mount = `mount --bind ${folder.path}/hosts /etc/hosts`;
  const said = await mustRun([
    ...[pathOf("unshare"), "-m", "sh", "-c", `${mount} && ${deno} ${folder.path}/program.ts`],
  ]);
  assert.equal(said, "127.0.0.1 220 ready\n");
}
