import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { StartTlsOptions, StartTlsServerOptions } from "../../../net/byte_stream.ts";
import {
  type OSError,
  PermissionError,
  SSLCertVerificationError,
  SSLError,
} from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { packError, StreamFailed, unpackError } from "../../../net/tls/realm/packed_errors.ts";
import { TlsRealm } from "../../../net/tls/realm/realm.ts";
import { startTlsClient, startTlsServer } from "../../../net/tls/starttls.ts";
import type { TlsSession } from "../../../net/tls/tls.ts";
import { bytes } from "../cuts.ts";
import { Between, certs, type Ends, shake, tlsTest } from "./pairs.ts";
import { PATIENCE, shakeIn } from "./realms.ts";

const { caCerts, cert } = certs.good;
const serverHostname = "localhost";
const closeAll = (...ends: { close(): void }[]) => ends.forEach((end) => end.close());

interface Refusal {
  client?: StartTlsOptions;
  server?: Partial<StartTlsServerOptions>;
  expected: Record<string, unknown>;
}

const PRINT = /^its certificate is not the one|fingerprint/;
const REFUSALS: Record<string, Refusal> = {
  "an authority that is not trusted": {
    client: { caCerts: certs.unknownIssuer.caCerts, resumable: true },
    server: certs.unknownIssuer,
    expected: { name: "SSLCertVerificationError" },
  },
  "no authority at all": {
    client: { caCerts: [cert], resumable: true },
    expected: { name: "SSLCertVerificationError", reason: "unknown-issuer" },
  },
  "another name": {
    client: { serverHostname: "other.example", resumable: true },
    expected: { name: "SSLCertVerificationError", reason: "wrong-host", hostname: "other.example" },
  },
  "out of date": {
    client: { resumable: true },
    server: certs.expired,
    expected: { name: "SSLCertVerificationError", reason: "expired" },
  },
  "another fingerprint": {
    client: { pinnedFingerprints: ["00".repeat(32)] },
    expected: {
      name: "SSLCertVerificationError",
      reason: "wrong-fingerprint",
      code: "ERR_TLS_CERTIFICATE",
      message: PRINT,
    },
  },
  "an alert": {
    client: { maxVersion: "TLSv1.2" },
    server: { minVersion: "TLSv1.3" },
    expected: { name: "SSLError", code: "ERR_TLS_ALERT" },
  },
  "a certificate that cannot be read": {
    client: { caCerts: ["no PEM"] },
    expected: { name: "TypeError", message: /Cannot use caCerts/ },
  },
  "a name that is none": {
    client: { serverHostname: "a b" },
    expected: { name: "TypeError", message: /as serverHostname/ },
  },
};

/** What a client says, with a server that may be refused. */
async function refusal(
  start: (stream: Ends[0], options: StartTlsOptions) => Promise<Ends[0]>,
  { client, server }: Refusal,
): Promise<OSError> {
  const [near, far] = memoryPair();
  const serving = startTlsServer(far, { ...certs.good, timeout: PATIENCE, ...server })
    .then((stream) => stream.close(), () => {});
  try {
    const stream = await start(near, { serverHostname, caCerts, timeout: PATIENCE, ...client });
    stream.close();
  } catch (error) {
    return error as OSError;
  } finally {
    far.close();
    await serving;
  }
  throw new Error("nothing was refused");
}

for (const [what, case_] of Object.entries(REFUSALS)) {
  // Before 2.9.6 Deno resumes of its own accord, here what an earlier test has made.
  if (case_.client?.resumable && !isAtLeast("2.9.6")) continue;
  tlsTest(`a realm refuses as the program would: ${what}`, async () => {
    await using realm = new TlsRealm();
    const here = await refusal(startTlsClient, case_);
    const there = await refusal((stream, options) => realm.startTlsClient(stream, options), case_);
    await assert.rejects(Promise.reject(there), case_.expected);
    assert.equal(there.constructor, here.constructor);
    assert.equal(there.message, here.message);
    assert.deepEqual({ ...there, cause: 0 }, { ...here, cause: 0 });
    assert.equal((there.cause as Error)?.message, (here.cause as Error)?.message);
  });
}

tlsTest("a realm goes on after what it refuses", async () => {
  await using realm = new TlsRealm();
  const start = (stream: Ends[0], options: StartTlsOptions) =>
    realm.startTlsClient(stream, options);
  for (const case_ of Object.values(REFUSALS)) await refusal(start, case_);
  closeAll(...await shakeIn(realm, memoryPair()));
});

tlsTest("plain text, and a peer that goes, are named out of a realm", async () => {
  await using realm = new TlsRealm();
  const [near, far] = memoryPair();
  await far.write(bytes("220 ready\r\n"));
  await assert.rejects(realm.startTlsClient(near, { serverHostname }), {
    name: "SSLError",
    code: "ERR_TLS_PLAINTEXT",
  });
  const [left, right] = memoryPair();
  right.close();
  await assert.rejects(realm.startTlsClient(left, { serverHostname }), { name: "SSLError" });
  far.close();
});

const BREAK_OFF: Record<string, string> = {
  time: "TimeoutError",
  signal: "AbortError",
  cancel: "CancelledError",
};

for (const [how, name] of Object.entries(BREAK_OFF)) {
  tlsTest(`a handshake in a realm that never ends is broken off: ${how}`, async () => {
    const [near, far] = memoryPair();
    const stream = new Between(near);
    const abort = new AbortController();
    await using realm = new TlsRealm();
    closeAll(...await shakeIn(realm, memoryPair()));
    const options = { timeout: how === "time" ? 20 : PATIENCE, signal: abort.signal };
    await run(async () => {
      const task = createTask(() => realm.startTlsClient(stream, { ...options, serverHostname }));
      const ended = assert.rejects(task, { name });
      await far.read(new Uint8Array(1000));
      if (how === "signal") abort.abort();
      if (how === "cancel") task.cancel();
      await ended;
    });
    assert.equal(stream.closed, true);
    far.close();
    closeAll(...await shakeIn(realm, memoryPair()));
  });
}

tlsTest("what is wrong from the start never reaches a realm", async () => {
  const realm = new TlsRealm();
  const [near, far] = memoryPair();
  const stream = new Between(near);
  const aborted = AbortSignal.abort();
  await assert.rejects(realm.startTlsClient(stream, { signal: aborted }), { name: "AbortError" });
  await assert.rejects(realm.startTlsClient(stream, { timeout: 0 }), { name: "RangeError" });
  assert.deepEqual([stream.closed, stream.written], [false, []]);
  closeAll(realm, near, far);
});

tlsTest("an address crosses, however the stream has it", async () => {
  class Place {
    get hostname(): string {
      return "localhost";
    }
    get port(): number {
      return 990;
    }
    get transport(): "memory" {
      return "memory";
    }
  }
  const [near, far] = memoryPair();
  const placed = new class extends Between {
    override get remoteAddress() {
      return new Place();
    }
  }(near);
  await using realm = new TlsRealm();
  // Whom the certificate must name is the host that is connected to.
  const [client, server] = await shakeIn(realm, [placed, far], { serverHostname: undefined });
  assert.equal(client.tlsInfo!.serverName, "localhost");
  closeAll(client, server);
});

tlsTest("a session is of use in its realm alone", async () => {
  await using realm = new TlsRealm();
  await using other = new TlsRealm();
  const resumable = { resumable: true, maxVersion: "TLSv1.2" as const };
  const [client, server] = await shakeIn(realm, memoryPair(), resumable);
  const [here, there] = await shake(memoryPair(), resumable);
  const { session } = client.tlsInfo!;
  assert.deepEqual(session, { serverHostname });
  const stream = new Between(client);
  const refused = async (start: (options: StartTlsOptions) => Promise<unknown>, made: TlsSession) =>
    await assert.rejects(start({ session: made }), /Cannot resume this session/);
  await refused((options) => other.startTlsClient(stream, options), session!);
  await refused((options) => startTlsClient(stream, options), session!);
  await refused((options) => realm.startTlsClient(stream, options), here.tlsInfo!.session!);
  await refused((options) => realm.startTlsClient(stream, options), { serverHostname });
  closeAll(client, server, here, there);
});

/** Puts another thing in the place of `Worker`. */
async function withWorker(worker: unknown, fn: () => Promise<void>): Promise<void> {
  const { Worker } = globalThis;
  Object.assign(globalThis, { Worker: worker });
  try {
    await fn();
  } finally {
    Object.assign(globalThis, { Worker });
  }
}

/** A Worker that does nothing of its own accord. */
class Lame {
  static last: Lame;
  static terminated = 0;
  onerror!: (event: unknown) => void;
  onmessageerror!: () => void;
  readonly heard: string[] = [];

  constructor() {
    Lame.last = this;
  }

  postMessage({ message }: { message: { kind: string } }): void {
    this.heard.push(message.kind);
  }

  terminate(): void {
    Lame.terminated++;
  }

  die(message: string): void {
    this.onerror({ message, preventDefault() {} });
  }
}

tlsTest("where there are no Workers, the error says so", async () => {
  const failing = class {
    constructor() {
      throw new Error("Not supported here");
    }
  };
  for (const [worker, words] of [[undefined, /Worker/], [failing, /Not supported here/]] as const) {
    await withWorker(worker, async () => {
      const realm = new TlsRealm();
      for (let again = 0; again < 2; again++) {
        const [near, far] = memoryPair();
        const stream = new Between(near);
        await assert.rejects(realm.startTlsClient(stream, { serverHostname }), (error) => {
          assert.ok(error instanceof SSLError);
          assert.equal(error.code, "ERR_TLS_WORKER");
          assert.match(error.message, words);
          return true;
        });
        closeAll(near, far);
      }
      assert.equal(realm.closed, true);
      realm.close();
    });
  }
});

tlsTest("a Worker that never answers is told that nobody waits any more", async () => {
  await withWorker(Lame, async () => {
    await using realm = new TlsRealm();
    const [near, far] = memoryPair();
    const waiting = realm.startTlsClient(near, { serverHostname, timeout: 20 });
    await assert.rejects(waiting, { name: "TimeoutError" });
    assert.deepEqual([Lame.last.heard[0], Lame.last.heard.includes("close")], ["start", true]);
    far.close();
  });
});

tlsTest("a Worker that dies takes its connections with it, and nothing waits", async () => {
  await withWorker(Lame, async () => {
    const realm = new TlsRealm();
    const [near, far] = memoryPair();
    const stream = new Between(near);
    const shaking = assert.rejects(realm.startTlsClient(stream, { serverHostname }), {
      name: "SSLError",
      code: "ERR_TLS_WORKER",
      message: /out of paper/,
    });
    Lame.terminated = 0;
    Lame.last.die("out of paper");
    await shaking;
    assert.equal(stream.closed, true);
    assert.equal(Lame.terminated, 1);
    await assert.rejects(realm.startTlsClient(far, { serverHostname }), /out of paper/);
    far.close();
    await realm[Symbol.asyncDispose]();
  });
});

tlsTest("a Worker that dies under an open connection is told at every call", async () => {
  const { Worker } = globalThis;
  let worker!: Worker;
  await withWorker(
    class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        worker = this;
      }
    },
    async () => {
      await using realm = new TlsRealm();
      const [client, server] = await shakeIn(realm, memoryPair());
      const lost = { name: "SSLError", code: "ERR_TLS_WORKER" };
      const reading = assert.rejects(client.read(new Uint8Array(1)), lost);
      worker.dispatchEvent(new ErrorEvent("error", { message: "gone", cancelable: true }));
      await reading;
      await assert.rejects(client.read(new Uint8Array(1)), lost);
      await assert.rejects(client.write(bytes("x")), lost);
      await assert.rejects(client.closeWrite(), lost);
      // The stream below is closed, without the end of TLS.
      await assert.rejects(server.read(new Uint8Array(1)), { code: "ERR_TLS_TRUNCATED" });
      closeAll(client, server);
    },
  );
});

Deno.test("errors keep their class and fields on their way, and others their name", () => {
  const cross = (error: unknown, failure?: unknown) =>
    unpackError(structuredClone(packError(error)), failure) as Error & Record<string, unknown>;
  const refused = cross(
    new SSLCertVerificationError("no", {
      reason: "expired",
      hostname: "a.example",
      port: 21,
      cause: new TypeError("deep", { cause: "words" }),
    }),
  );
  assert.ok(refused instanceof SSLCertVerificationError);
  assert.equal(
    `${refused.name} ${refused.reason} ${refused.code}`,
    [
      "SSLCertVerificationError expired ERR_TLS_CERTIFICATE",
    ].join(),
  );
  assert.deepEqual([refused.hostname, refused.port], ["a.example", 21]);
  assert.ok(refused.cause instanceof TypeError);
  assert.equal((refused.cause.cause as Error).message, "words");
  const strange = cross(Object.assign(new Error("odd"), { name: "StrangeError", code: "ODD" }));
  assert.equal(strange.constructor, Error);
  assert.deepEqual([strange.name, strange.message, strange.code], ["StrangeError", "odd", "ODD"]);
  // What is exported beside the classes is no class.
  assert.equal(cross(Object.assign(new Error("x"), { name: "constructor" })).constructor, Error);
  const own = { anything: true };
  assert.equal(cross(new StreamFailed(), own), own);
  assert.ok(cross(new PermissionError("p")) instanceof PermissionError);
});
