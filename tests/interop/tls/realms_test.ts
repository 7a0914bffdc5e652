/**
 * Several clients of FTP over TLS at once in one program, with servers that know whose session is
 * whose.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import type { ByteStream, Dial, StartTlsOptions } from "../../../net/byte_stream.ts";
import { PassingStream } from "../../../net/streams/passing_stream.ts";
import { acquireTls, type TlsPlace } from "../../../stdlib/ftplib/tls_realms.ts";
import { interopTest } from "../interop.ts";
import { Session, STRICT, type StrictServer } from "./ftps_session.ts";

const CLIENTS = 5;
const FILES = 4;

/** A connection on which TLS begins at a place. */
class Placed extends PassingStream {
  readonly #place: TlsPlace;

  constructor(stream: ByteStream, place: TlsPlace) {
    super(stream);
    this.#place = place;
  }

  startTls(options: StartTlsOptions): Promise<ByteStream> {
    return this.#place.startTlsClient(this.stream, options);
  }
}

/** A client with a place of its own: it stores files and fetches each. */
async function work(strict: StrictServer, number: number): Promise<void> {
  const place = acquireTls("localhost");
  try {
    const dial: Dial = async (...target) => new Placed(await dialTcp(...target), place);
    await using session = await Session.login(strict, {}, dial);
    for (let file = 0; file < FILES; file++) {
      const bytes = Uint8Array.from(
        { length: file * 70_000 + number },
        (_, at) => (at + number) % 251,
      );
      const path = `/pub/${number}-${file}.bin`;
      const up = await session.upload(path, bytes);
      const [back, down] = await session.download(path);
      assert.deepEqual(back, bytes, path);
      assert.deepEqual([up.sessionReused, down.sessionReused], [true, true], path);
    }
  } finally {
    await place.release();
  }
}

for (const [name, program, start] of STRICT) {
  interopTest(`${name}: five clients at once, each with its own session`, {
    needs: [program],
  }, async () => {
    await using strict = await start();
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => work(strict, number)));
    // All places are free again.
    await work(strict, CLIENTS);
  });
}

interopTest("ProFTPD: without places, the second client is in the way of the first", {
  needs: ["proftpd"],
}, async () => {
  await using strict = await STRICT[2]![2]();
  await using first = await Session.login(strict);
  await using second = await Session.login(strict);
  await second.upload("/pub/second.bin", new Uint8Array(1000));
  await assert.rejects(first.upload("/pub/first.bin", new Uint8Array(1000)));
});
