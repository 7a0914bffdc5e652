import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, FTPError, TooLargeError, VerifyError } from "../../../stdlib/ftplib/errors.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import type { FTPMisbehaviour } from "../../../stdlib/ftplib/server/misbehaviour.ts";
import type { Transfer } from "../../../stdlib/ftplib/transfer.ts";
import { rejection } from "../../rejection.ts";

const DATA = Uint8Array.from({ length: 500_001 }, (_, index) => (index * 31 + (index >> 7)) % 251);
const OLDER = new Date("2020-01-01T00:00:00Z");
const NEWER = new Date("2020-01-01T00:00:01Z");
const RETRIES = { attempts: 3, delay: 1, jitter: 0 };

async function inPlace(
  misbehaviour: FTPMisbehaviour,
  body: (ftp: FTP, server: FTPServer) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({ listen: network.listen });
  server.files.set("/f", DATA, OLDER);
  server.misbehave(misbehaviour);
  await using ftp = await FTP.connect(server.hostname, {
    port: server.port,
    user: "anonymous",
    dial: network.dial,
  });
  await body(ftp, server);
}

/** Takes a download in each way that there is. */
const WAYS: Record<string, (transfer: Transfer) => Promise<Uint8Array>> = {
  async whole(transfer) {
    return await transfer;
  },
  async chunks(transfer) {
    return join(await Array.fromAsync(transfer));
  },
  async stream(transfer) {
    return new Uint8Array(await new Response(transfer.readable).arrayBuffer());
  },
  async buffer(transfer) {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const buffer = new Uint8Array(10_000);
      const count = await transfer.readInto(buffer);
      if (count === null) return join(chunks);
      chunks.push(buffer.subarray(0, count));
    }
  },
};

function join(chunks: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** What cuts a download, so that two attempts more are needed. */
const CUTS: Record<string, FTPMisbehaviour> = {
  "the data connection": { data: { RETR: { truncateAfter: 123_456, times: 2 } } },
  "the last reply": { data: { RETR: { finalReply: "426 cut", times: 2 } } },
  "the session": { replies: { RETR: { close: "instead", times: 2 } } },
  "the server is full": { replies: { RETR: { replace: "450 busy", times: 2 } } },
};

for (const [cut, misbehaviour] of Object.entries(CUTS)) {
  for (const [way, take] of Object.entries(WAYS)) {
    Deno.test(`download with retries goes on behind the last byte (${cut}, ${way})`, async () => {
      await inPlace(misbehaviour, async (ftp) => {
        const events: number[] = [];
        const transfer = ftp.download("/f", {
          offset: 1,
          retries: RETRIES,
          onRetry: ({ attempt }) => events.push(attempt),
        });
        assert.deepEqual(await take(transfer), DATA.subarray(1));
        assert.equal(transfer.transferred, DATA.length);
        assert.equal(transfer.reply?.code, 226);
        assert.equal(events.length, 2);
        assert.equal(await ftp.pwd(), "/");
      });
    });
  }
}

Deno.test("download without retries fails at the first cut", async () => {
  await inPlace(CUTS["the data connection"]!, async (ftp) => {
    await rejection(ftp.download("/f"), FTPError);
  });
});

Deno.test("download with retries does not join the halves of two files", async () => {
  await inPlace({ data: { RETR: { truncateAfter: 100_000 } } }, async (ftp, server) => {
    const events: unknown[] = [];
    const transfer = ftp.download("/f", {
      retries: RETRIES,
      onRetry: ({ error }) => {
        events.push(error);
        server.files.set("/f", DATA, NEWER);
      },
    });
    const error = await rejection(transfer, VerifyError);
    assert.match(error.message, /was changed after 100000 bytes of it had come/);
    assert.equal(events.length, 1);
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("download with retries gives up what does not pass", async () => {
  await inPlace({}, async (ftp) => {
    const onRetry = () => assert.fail("tried again");
    await rejection(ftp.download("/none", { retries: 9, onRetry }), ErrorPerm);
    await rejection(ftp.download("/f", { retries: 9, onRetry, maxBytes: 9 }), TooLargeError);
  });
});

Deno.test("a download that is closed while it waits for its next attempt is over", async () => {
  await inPlace({ data: { RETR: { truncateAfter: 100_000 } } }, async (ftp) => {
    const transfer: Transfer = ftp.download("/f", {
      retries: RETRIES,
      onRetry: () => transfer.close(),
    });
    const error = await rejection(transfer, FTPError);
    assert.match(error.message, /was closed on our side/);
    assert.equal(await ftp.pwd(), "/");
  });
});
