import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createConnection } from "../../net/transports/create_connection.ts";
import { createServer } from "../../net/servers/create_server.ts";
import { BufferedProtocol, Protocol } from "../../net/transports/protocols.ts";
import { startTls } from "../../net/transports/transport_tls.ts";
import type { Transport } from "../../net/transports/transports.ts";
import { certificates } from "../peers/certs.ts";
import { interopTest } from "./interop.ts";
import { pathOf, type Program } from "./servers/installed.ts";

const PEER = fileURLToPath(new URL("./transports/peer.py", import.meta.url));
const SIZE = 2_000_000;

/** Starts a program; it is ended, if it has not ended by itself, when the test is over. */
function start(program: Program, args: string[]) {
  const child = new Deno.Command(pathOf(program), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    stdin: child.stdin,
    /** What it prints until its end, or until a text. */
    async hear(until?: string): Promise<string> {
      let heard = "";
      for (;;) {
        const { value, done } = await output.read();
        heard += value ?? "";
        if (done || until !== undefined && heard.includes(until)) return heard;
      }
    },
    async [Symbol.asyncDispose]() {
      await output.cancel();
      await child.stdin.close().catch(() => {});
      try {
        child.kill();
      } catch {
        // It has ended by itself.
      }
      await child.status;
    },
  };
}

/** The certificate of the tests, in files. */
async function files() {
  const { good, ca } = await certificates();
  const folder = await Deno.makeTempDir();
  const [cert, key, authority] = ["cert", "key", "ca"].map((name) => `${folder}/${name}.pem`);
  await Deno.writeTextFile(cert!, good.cert);
  await Deno.writeTextFile(key!, good.key);
  await Deno.writeTextFile(authority!, ca);
  return {
    cert: cert!,
    key: key!,
    ca: authority!,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

class Echo extends Protocol {
  transport!: Transport;
  readonly told: string[] = [];
  readonly lost = Promise.withResolvers<unknown>();

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.told.push("made");
  }

  override dataReceived(data: Uint8Array): void {
    this.transport.write(data);
  }

  override pauseWriting(): void {
    this.transport.pauseReading();
  }

  override resumeWriting(): void {
    this.transport.resumeReading();
  }

  override eofReceived(): void {
    this.told.push("eof");
  }

  override connectionLost(error: unknown): void {
    this.told.push(error === null ? "lost" : String(error));
    this.lost.resolve(error);
  }
}

class BufferedEcho extends BufferedProtocol {
  transport!: Transport;
  readonly #buffer = new Uint8Array(65_536);

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override getBuffer(): Uint8Array {
    return this.#buffer;
  }

  override bufferUpdated(count: number): void {
    this.transport.write(this.#buffer.slice(0, count));
  }
}

for (const make of [() => new Echo(), () => new BufferedEcho()]) {
  const kind = make().constructor.name;
  interopTest(`A protocol of Python's asyncio asks a server of ours (${kind})`, {
    needs: ["python3"],
  }, async () => {
    await using server = await createServer(make);
    await using peer = start("python3", [PEER, "ask", `${server.port}`, `${SIZE}`]);
    const told = ["made", "eof", "lost"];
    assert.deepEqual(JSON.parse(await peer.hear()), { version: null, same: true, told });
  });

  for (const version of ["TLSv1_2", "TLSv1_3"]) {
    interopTest(`A protocol of Python's asyncio asks a server of ours by ${version} (${kind})`, {
      needs: ["python3"],
    }, async () => {
      const { good } = await certificates();
      await using paths = await files();
      await using server = await createServer(make, "127.0.0.1", 0, { tls: good });
      const args = [PEER, "ask", `${server.port}`, `${SIZE}`, paths.ca, version];
      await using peer = start("python3", args);
      const answer = JSON.parse(await peer.hear());
      assert.equal(answer.version, version.replace("_", "."));
      assert.equal(answer.same, true);
      assert.equal(answer.told.at(-1), "lost");
    });
  }
}

/** Sends a message, and says whether the same came back. */
class Asking extends Echo {
  readonly #message: Uint8Array;
  readonly #endsFirst: boolean;
  received = 0;
  same = true;

  constructor(endsFirst: boolean) {
    super();
    this.#message = Uint8Array.from({ length: SIZE }, (_, at) => at * 31 >> 8);
    this.#endsFirst = endsFirst;
  }

  override connectionMade(transport: Transport): void {
    super.connectionMade(transport);
    transport.write(this.#message);
    if (this.#endsFirst) transport.writeEof();
  }

  override dataReceived(data: Uint8Array): void {
    const expected = this.#message.subarray(this.received, this.received + data.length);
    this.same &&= data.every((byte, at) => byte === expected[at]);
    this.received += data.length;
    if (this.received === SIZE && !this.#endsFirst) this.transport.close();
  }
}

interopTest("A protocol of ours asks a server of Python's asyncio, and ends its side first", {
  needs: ["python3"],
}, async () => {
  await using peer = start("python3", [PEER, "echo"]);
  const port = Number(await peer.hear("\n"));
  const { protocol } = await createConnection(() => new Asking(true), "127.0.0.1", port);
  assert.equal(await protocol.lost.promise, null);
  assert.deepEqual(protocol.told, ["made", "eof", "lost"]);
  assert.equal(protocol.received, SIZE);
  assert.equal(protocol.same, true);
});

interopTest("A protocol of ours asks a server of Python's asyncio by TLS", {
  needs: ["python3"],
}, async () => {
  await using paths = await files();
  await using peer = start("python3", [PEER, "echo", paths.cert, paths.key]);
  const port = Number(await peer.hear("\n"));
  const { good } = await certificates();
  const options = { tls: true, caCerts: good.caCerts };
  const { protocol } = await createConnection(() => new Asking(false), "localhost", port, options);
  assert.equal(await protocol.lost.promise, null);
  assert.equal(protocol.received, SIZE);
  assert.equal(protocol.same, true);
});

interopTest("Python's asyncio begins TLS on a transport of ours", {
  needs: ["python3"],
}, async () => {
  const { good } = await certificates();
  await using paths = await files();
  class Upgrading extends Echo {
    #upgraded = false;
    override dataReceived(data: Uint8Array): void {
      if (this.#upgraded) return super.dataReceived(data);
      this.#upgraded = true;
      assert.equal(new TextDecoder().decode(data), "STARTTLS\n");
      this.transport.write("go\n");
      const { cert, key } = good;
      startTls(this.transport, this, { serverSide: true, cert, key }).catch(this.lost.reject);
    }
  }
  await using server = await createServer(() => new Upgrading());
  await using peer = start("python3", [PEER, "asktls", `${server.port}`, paths.ca]);
  assert.equal(JSON.parse(await peer.hear()).answer, "secret\n");
});

interopTest("A transport of ours begins TLS with a server of Python's asyncio", {
  needs: ["python3"],
}, async () => {
  const { good } = await certificates();
  await using paths = await files();
  await using peer = start("python3", [PEER, "starttls", paths.cert, paths.key]);
  const port = Number(await peer.hear("\n"));
  class Client extends Echo {
    #waiting = Promise.withResolvers<string>();
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      transport.write("STARTTLS\n");
    }
    override dataReceived(data: Uint8Array): void {
      this.#waiting.resolve(new TextDecoder().decode(data));
      this.#waiting = Promise.withResolvers();
    }
    next(): Promise<string> {
      return this.#waiting.promise;
    }
  }
  const { transport, protocol } = await createConnection(() => new Client(), "127.0.0.1", port);
  assert.equal(await protocol.next(), "go\n");
  const options = { caCerts: good.caCerts, serverHostname: "localhost" };
  await startTls(transport, protocol, options);
  transport.write("secret\n");
  assert.equal(await protocol.next(), "secret\n");
  transport.close();
  assert.equal(await protocol.lost.promise, null);
});

interopTest("socat ends its side of a connection, and hears the rest", {
  needs: ["socat"],
}, async () => {
  class Answering extends Protocol {
    #transport!: Transport;
    #count = 0;
    override connectionMade(transport: Transport): void {
      this.#transport = transport;
    }
    override dataReceived(data: Uint8Array): void {
      this.#count += data.length;
    }
    override eofReceived(): boolean {
      this.#transport.write(`${this.#count} bytes came\n`);
      this.#transport.close();
      return true;
    }
  }
  await using server = await createServer(() => new Answering());
  await using peer = start("socat", ["-", `TCP:127.0.0.1:${server.port}`]);
  const writer = peer.stdin.getWriter();
  await writer.write(new Uint8Array(300_000));
  await writer.close();
  assert.equal(await peer.hear(), "300000 bytes came\n");
});

interopTest("openssl s_client talks to a server of protocols", {
  needs: ["openssl"],
}, async () => {
  const { good } = await certificates();
  await using paths = await files();
  await using server = await createServer(() => new Echo(), "127.0.0.1", 0, { tls: good });
  await using peer = start("openssl", [
    "s_client",
    "-quiet",
    "-verify_return_error",
    ...["-CAfile", paths.ca, "-verify_hostname", "localhost"],
    ...["-connect", `127.0.0.1:${server.port}`],
  ]);
  const writer = peer.stdin.getWriter();
  await writer.write(new TextEncoder().encode("a line of text\n"));
  assert.match(await peer.hear("a line of text\n"), /a line of text\n/);
  await writer.close();
});
