/**
 * FTP over TLS as strict servers want it: every data connection goes on with the session of the
 * control connection (RFC 4217 §10), and ends as TLS does, or something is missing.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import type { Connection } from "../../../net/streams/connection.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import type { TlsInfo, TlsOptions } from "../../../net/tls/tls.ts";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startVsftpd } from "../servers/vsftpd.ts";

interface StrictServer {
  readonly server: FtpServer;
  readonly port: number;
  readonly implicit: boolean;
}

const STRICT: [string, Program, () => Promise<StrictServer & AsyncDisposable>][] = [
  ["vsftpd, explicit", "vsftpd", () => strict(startVsftpd({ mode: "tls-reuse" }))],
  ["vsftpd, implicit", "vsftpd", () => strict(startVsftpd({ mode: "implicit-reuse" }), true)],
  ["ProFTPD, explicit", "proftpd", () => strict(startProftpd())],
  [
    "ProFTPD, implicit",
    "proftpd",
    () => strict(startProftpd(), true, ({ implicitPort }) => implicitPort),
  ],
];

async function strict<S extends FtpServer>(
  starting: Promise<S>,
  implicit = false,
  portOf: (server: S) => number = ({ port }) => port,
): Promise<StrictServer & AsyncDisposable> {
  const server = await starting;
  return {
    server,
    port: portOf(server),
    implicit,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A control connection, and what it takes to open data connections beside it. */
class Session implements AsyncDisposable {
  readonly #control: Connection;
  readonly #tls: TlsOptions;

  private constructor(control: Connection, tls: TlsOptions) {
    this.#control = control;
    this.#tls = tls;
  }

  static async login(
    { server, port, implicit }: StrictServer,
    options: TlsOptions = {},
  ): Promise<Session> {
    const tls = { caCerts: [server.ca], serverHostname: "localhost", resumable: true, ...options };
    const control = await openConnection("127.0.0.1", port, {
      ...tls,
      tls: implicit,
      timeout: 10_000,
    });
    const session = new Session(control, tls);
    assert.equal(await session.#reply(), 220);
    if (!implicit) {
      assert.equal(await session.command("AUTH TLS"), 234);
      await control.startTls(tls);
    }
    assert.equal(await session.command("USER tulip"), 331);
    assert.equal(await session.command("PASS secret"), 230);
    for (const command of ["PBSZ 0", "PROT P", "TYPE I"]) {
      assert.equal(await session.command(command), 200, command);
    }
    return session;
  }

  get info(): TlsInfo {
    return this.#control.writer.getExtraInfo("sslInfo") as TlsInfo;
  }

  async #reply(): Promise<number> {
    for (;;) {
      const line = await this.#control.reader.nextLine();
      assert.ok(line !== null, "the server has gone");
      this.lastLine = line;
      if (/^\d{3} /.test(line)) return Number(line.slice(0, 3));
    }
  }

  lastLine = "";

  command(line: string): Promise<number> {
    this.#control.writer.write(`${line}\r\n`);
    return this.#reply();
  }

  /** Opens a data connection for a command. Its session is that of the control connection. */
  async data(command: string, options: TlsOptions = {}): Promise<Connection> {
    assert.equal(await this.command("EPSV"), 229);
    const port = Number(/\|\|\|(\d+)\|/.exec(this.lastLine)![1]);
    const data = await openConnection("127.0.0.1", port, { timeout: 10_000 });
    assert.equal(await this.command(command), 150, this.lastLine);
    await data.startTls({ ...this.#tls, session: this.info.session, ...options });
    return data;
  }

  async upload(name: string, bytes: Uint8Array): Promise<TlsInfo> {
    const data = await this.data(`STOR ${name}`);
    if (bytes.length > 0) data.writer.write(bytes);
    data.writer.writeEof();
    assert.equal((await data.reader.read()).length, 0);
    data.writer.close();
    await data.writer.waitClosed();
    assert.equal(await this.#reply(), 226, this.lastLine);
    return data.writer.getExtraInfo("sslInfo") as TlsInfo;
  }

  async download(name: string): Promise<[Uint8Array, TlsInfo]> {
    const data = await this.data(`RETR ${name}`);
    const bytes = await data.reader.read();
    data.writer.close();
    await data.writer.waitClosed();
    assert.equal(await this.#reply(), 226, this.lastLine);
    return [bytes, data.writer.getExtraInfo("sslInfo") as TlsInfo];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
  }
}

for (const [name, program, start] of STRICT) {
  interopTest(`${name}: six files up and down, each with the session resumed`, {
    needs: [program],
  }, async () => {
    await using strict = await start();
    await using session = await Session.login(strict);
    assert.equal(session.info.protocol, "TLSv1.2");
    for (let round = 0; round < 6; round++) {
      const bytes = Uint8Array.from({ length: round * 33_333 }, (_, at) => at % 251);
      const up = await session.upload("/pub/file.bin", bytes);
      const [back, down] = await session.download("/pub/file.bin");
      assert.deepEqual(back, bytes);
      assert.deepEqual([up.sessionReused, down.sessionReused], [true, true], `round ${round}`);
    }
  });
}

interopTest("vsftpd: a data connection without the session is refused", {
  needs: ["vsftpd"],
}, async () => {
  await using strict = await STRICT[0]![2]();
  await using session = await Session.login(strict);
  // Over Deno's own TLS, which resumes nothing.
  const data = await session.data("STOR /pub/x", { session: undefined, resumable: undefined });
  data.writer.write("x");
  data.writer.writeEof();
  await data.reader.read().catch(() => {});
  data.close();
  assert.equal(await session.command("NOOP"), 522, session.lastLine);
});

interopTest("a wrong authority is refused where sessions are resumed, and a stranger's session", {
  needs: ["vsftpd"],
}, async () => {
  await using strict = await STRICT[0]![2]();
  const { unknownIssuer, wrongHost } = await certificates();
  await assert.rejects(
    Session.login(strict, { caCerts: [unknownIssuer.cert] }),
    { name: "SSLCertVerificationError", reason: "unknown-issuer" },
  );
  await assert.rejects(
    Session.login(strict, { serverHostname: "wrong.example" }),
    { name: "SSLCertVerificationError", reason: "wrong-host" },
  );
  assert.equal(wrongHost.caCerts.length, 1);
});

interopTest(
  "a download that is cut off is no download",
  { needs: ["vsftpd", "socat"] },
  async () => {
    await using strict = await STRICT[0]![2]();
    await using session = await Session.login(strict);
    await session.upload("/pub/cut.bin", new Uint8Array(3_000_000));
    assert.equal(await session.command("EPSV"), 229);
    const port = Number(/\|\|\|(\d+)\|/.exec(session.lastLine)![1]);
    const data = await openConnection("127.0.0.1", port, {
      timeout: 10_000,
      dial: cutting(100_000),
    });
    assert.equal(await session.command("RETR /pub/cut.bin"), 150);
    await data.startTls({
      caCerts: [strict.server.ca],
      serverHostname: "localhost",
      session: session.info.session,
    });
    await assert.rejects(data.reader.read(), { code: "ERR_TLS_TRUNCATED" });
    data.close();
  },
);

/** Dials, and ends the connection after so many bytes as if the other side had. */
function cutting(after: number) {
  return async (target: { hostname: string; port: number }): Promise<ByteStream> => {
    const { dialTcp } = await import("../../../net/tcp/tcp.ts");
    const stream = await dialTcp(target);
    let left = after;
    return {
      localAddress: stream.localAddress,
      remoteAddress: stream.remoteAddress,
      read: async (buffer) => {
        if (left === 0) return null;
        const count = await stream.read(buffer.subarray(0, left));
        left -= count ?? left;
        return count;
      },
      write: (data) => stream.write(data),
      closeWrite: () => stream.closeWrite(),
      close: () => stream.close(),
    };
  };
}
