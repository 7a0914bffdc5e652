import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import type { ByteStream, Dial } from "../../../net/byte_stream.ts";
import { SSLCertVerificationError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { PassingStream } from "../../../net/streams/passing_stream.ts";
import { ServerTls } from "../../../net/tls/server_tls.ts";
import { ErrorPerm } from "../../../stdlib/ftplib/errors.ts";
import type { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import type { FTPServerOptions } from "../../../stdlib/ftplib/server/options.ts";
import type { FTPTLSOptions } from "../../../stdlib/ftplib/session_options.ts";
import { tlsTest } from "../../net/tls/pairs.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";
import { text } from "./_session.ts";
import { SERVER_TLS, withTlsServer } from "./_tls.ts";

const { unknownIssuer } = await certificates();

/** A data connection that notes what it does among the lines of the control connection. */
class Noted extends PassingStream {
  readonly #lines: string[];
  #greeted = false;

  constructor(stream: ByteStream, lines: string[]) {
    super(stream);
    this.#lines = lines;
  }

  override write(data: Uint8Array): Promise<number> {
    if (!this.#greeted) this.#lines.push("D: TLS");
    this.#greeted = true;
    return super.write(data);
  }

  override close(): void {
    this.#lines.push("D: closed");
    super.close();
  }
}

/** Logs in to a server of ours, and sees what happens on its data connections. */
async function withNotes(
  server: FTPServerOptions,
  client: FTPTLSOptions,
  body: (ftp: FTP_TLS, lines: string[]) => Promise<void>,
  dialData: (network: Dial) => Dial = (network) => network,
): Promise<void> {
  await withTlsServer(server, client, async ({ another, lines, options }) => {
    const network = options.dial!;
    const data = dialData(network);
    const dial: Dial = async (target, wait) =>
      target.port === 21 ? await network(target, wait) : new Noted(await data(target, wait), lines);
    await using ftp = another({ dial });
    await ftp.connect("localhost", 21);
    await ftp.login("me", "secret");
    await body(ftp, lines);
  });
}

/** What happened from a command on, without the texts. */
function since(lines: readonly string[], command: string): string[] {
  return lines.slice(lines.lastIndexOf(command)).map((line) => line.slice(0, 6));
}

tlsTest(
  "a data connection greets in TLS behind the command, before the reply to it",
  () =>
    withNotes(
      { misbehave: { replies: { RETR: { delay: 200 }, STOR: { delay: 200 } } } },
      {},
      async (ftp, lines) => {
        // The second one is dialled while it is asked for.
        for (let round = 0; round < 2; round++) {
          assert.equal(text(await ftp.download("/f")), "hello");
          assert.deepEqual(since(lines, "C: RETR /f").slice(0, 3), ["C: RET", "D: TLS", "S: 150"]);
        }
        await ftp.upload("/x", "new");
        assert.deepEqual(since(lines, "C: STOR /x").slice(0, 3), ["C: STO", "D: TLS", "S: 150"]);
      },
    ),
);

tlsTest(
  "a server may take its time before it replies: the handshake has its own after that",
  () =>
    withNotes(
      { misbehave: { replies: { RETR: { delay: 700 } } } },
      { connectTimeout: 300, timeout: 10_000 },
      async (ftp) => assert.equal(text(await ftp.download("/f")), "hello"),
    ),
);

tlsTest(
  "a handshake that gets no answer ends after connectTimeout, from the reply on",
  () =>
    withNotes(
      {
        misbehave: {
          replies: { RETR: { delay: 400 } },
          tls: { on: "data", how: "silent", times: 1 },
        },
      },
      { connectTimeout: 300, timeout: 10_000 },
      async (ftp, lines) => {
        const begun = performance.now();
        const error = await rejection(ftp.download("/f").then(), TimeoutError);
        assert.match(error.message, /TLS with .+ was not set up within 300 ms/);
        assert.ok(performance.now() - begun > 690);
        assert.equal(lines.at(-1), "D: closed");
      },
    ),
);

tlsTest(
  "a command that is refused: the server's words, and the connection is closed",
  () =>
    withNotes({}, {}, async (ftp, lines) => {
      const error = await rejection(ftp.download("/none").then(), ErrorPerm);
      assert.equal(error.code, 550);
      assert.ok(since(lines, "C: RETR /none").includes("D: clo"));
      assert.equal(text(await ftp.download("/f")), "hello");
    }),
);

tlsTest("a certificate that is refused counts more than what such a server then says", async () => {
  // All servers of one program take each other's sessions, but for those of TLS 1.3.
  const newest = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
  const server = await ServerTls.prepare({ ...unknownIssuer, ...newest });
  const serving: Promise<unknown>[] = [];
  const stranger: Dial = () => {
    const [near, far] = memoryPair();
    serving.push(server.start(far).then((stream) => stream.close(), () => far.close()));
    return Promise.resolve(near);
  };
  await withNotes(
    {
      tls: { ...SERVER_TLS, ...newest },
      misbehave: { replies: { RETR: { after: 1, delay: 300, replace: "425 No data connection" } } },
    },
    newest,
    async (ftp, lines) => {
      assert.equal(text(await ftp.download("/f")), "hello");
      const error = await rejection(ftp.download("/f").then(), SSLCertVerificationError);
      assert.equal(error.reason, "unknown-issuer");
      // It was not asked again, as one that wants the connection first would be.
      assert.equal(lines.filter((line) => line === "C: RETR /f").length, 2);
      await ftp.noop();
    },
    (network) => {
      let count = 0;
      return (target, wait) => count++ === 0 ? network(target, wait) : stranger(target, wait);
    },
  );
  await Promise.all(serving);
});
