/**
 * What docs/sockets.md says that Deno's sockets do, each as a question that can be asked of the
 * Deno that runs: the page is true as long as the answers are these.
 *
 * @module
 */

import net from "node:net";
import dgram from "node:dgram";
import tls from "node:tls";
import { once } from "node:events";
import { pipe, withFifo } from "../net/files/fifos.ts";
import { startDns } from "../peers/dns.ts";
import {
  bound,
  closed,
  code,
  moment,
  nameOf,
  program,
  withDatagrams,
  withListener,
  withPair,
  withTls,
} from "./sockets_asked.ts";

/** One sentence of the page. */
export interface Claim {
  /** The sentence, as it stands in the first column. */
  readonly fact: string;
  /** Asks the runtime. */
  readonly ask: () => Promise<string>;
  /** What the newest Deno answers. */
  readonly answer: string;
  /** What an older one answers, and the version since which it no longer does. */
  readonly before?: { readonly version: string; readonly answer: string };
}

/** Every sentence, in the order of the page. */
export const CLAIMS: readonly Claim[] = [
  {
    fact: "A read that waits can only be ended by closing the connection",
    ask: () =>
      withPair(async (near) => {
        const waiting = near.read(new Uint8Array(1)).then(String, nameOf);
        await moment();
        near.close();
        return await waiting;
      }),
    answer: "Interrupted",
  },
  {
    fact: "`write` may take only a part",
    ask: () =>
      withPair(async (near) => String(await near.write(new Uint8Array(32 << 20)) < 32 << 20)),
    answer: "true",
  },
  {
    fact: "A write to a connection that the peer has closed succeeds once, and fails then",
    ask: () =>
      withPair(async (near, far) => {
        far.close();
        const outcomes: string[] = [];
        for (let turn = 0; turn < 2; turn++) {
          await moment();
          outcomes.push(await near.write(new Uint8Array(1)).then(String, nameOf));
        }
        return outcomes.join(", ");
      }),
    answer: "1, BrokenPipe",
  },
  {
    fact: "A connection that is closed with unread data looks to the peer as if it ended in order",
    ask: () =>
      withPair(async (near, far) => {
        await near.write(new Uint8Array(10));
        await moment();
        far.close();
        return String(await near.read(new Uint8Array(1)).catch(nameOf));
      }),
    answer: "null",
  },
  {
    fact: "`Deno.startTls` is refused while a read waits",
    ask: () =>
      withPair(async (near) => {
        near.read(new Uint8Array(1)).catch(() => {});
        return await Deno.startTls(near).then(() => "started", nameOf);
      }),
    answer: "Busy",
  },
  {
    fact: "`Deno.startTls` always plays the client, on a connection that was accepted as well",
    ask: () =>
      withPair(async (near, far) => {
        const accepted = await Deno.startTls(far, { hostname: "localhost" });
        const handshake = accepted.handshake().catch(() => {});
        const hello = new Uint8Array(1024);
        await near.read(hello);
        near.close();
        await handshake;
        accepted.close();
        // A handshake record, and in it a ClientHello (RFC 8446 §4).
        return `${hello[0]}, ${hello[5]}`;
      }),
    answer: "22, 1",
  },
  {
    fact: "A TLS connection of Deno's has no `setNoDelay`",
    ask: () => withTls((connection) => String("setNoDelay" in connection)),
    answer: "false",
  },
  {
    fact: "A TLS connection of Deno's does not show the peer's certificate, version or cipher",
    ask: () =>
      withTls((connection) => {
        const shown: string[] = [];
        for (let object = connection; object !== Object.prototype;) {
          shown.push(
            ...Object.getOwnPropertyNames(object).filter((name) => /cert|ciph/i.test(name)),
          );
          object = Object.getPrototypeOf(object);
        }
        return shown.join();
      }),
    answer: "",
  },
  {
    fact: "`node:tls` has no `exportKeyingMaterial`",
    ask: () => Promise.resolve(typeof tls.TLSSocket.prototype.exportKeyingMaterial),
    answer: "undefined",
  },
  {
    fact: "`Deno.connect` has no local address",
    ask: () =>
      withListener(async (listener) => {
        const wanted = { localAddress: "127.0.0.2" };
        const near = await Deno.connect({ port: listener.addr.port, ...wanted });
        const { hostname } = near.localAddr as Deno.NetAddr;
        near.close();
        (await listener.accept()).close();
        return hostname;
      }),
    answer: "127.0.0.1",
  },
  {
    fact: "`node:net` takes a local address",
    ask: () =>
      withListener(async (listener) => {
        const { port } = listener.addr;
        const near = net.connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
        const far = await listener.accept();
        const { hostname } = far.remoteAddr as Deno.NetAddr;
        far.close();
        near.destroy();
        return hostname;
      }),
    answer: "127.0.0.2",
    before: { version: "2.7.9", answer: "127.0.0.1" },
  },
  {
    fact: "Only `node:net` can reset a connection",
    ask: () => Promise.resolve(typeof net.Socket.prototype.resetAndDestroy),
    answer: "function",
    before: { version: "2.7.14", answer: "undefined" },
  },
  {
    fact: "The file of a Unix socket is removed when its listener is closed",
    ask: async () => {
      const folder = await Deno.makeTempDir();
      try {
        Deno.listen({ transport: "unix", path: `${folder}/socket` }).close();
        return await Deno.lstat(`${folder}/socket`).then(() => "left", () => "removed");
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
    answer: "removed",
    before: { version: "2.6.8", answer: "left" },
  },
  {
    fact:
      "`Deno.resolveDns` says `NotFound` for a name that does not exist, for one without such " +
      "records, and for a server that failed",
    ask: async () => {
      await using dns = await startDns({ "empty.test": {}, "bad.test": "SERVFAIL" });
      const nameServer = { ipAddr: "127.0.0.1", port: dns.port };
      const asking = ["nobody.test", "empty.test", "bad.test"].map((name) =>
        Deno.resolveDns(name, "MX", { nameServer }).then(() => "found", nameOf)
      );
      return (await Promise.all(asking)).join(", ");
    },
    answer: "NotFound, NotFound, NotFound",
  },
  {
    fact: "A name is looked up by `node:dns` with permission for the name, not for a port of it",
    ask: async () => {
      const program = `
        const { promises } = await import("node:dns");
        await promises.lookup("localhost").then(() => console.log("found"), (e) => console.log(e.code));
      `;
      const said = async (place: string) => {
        const url = `data:application/javascript,${encodeURIComponent(program)}`;
        const { stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "--no-prompt", "--no-lock", `--allow-net=${place}`, url],
        }).output();
        return new TextDecoder().decode(stdout).trim();
      };
      return `${await said("localhost")}, ${await said("localhost:80")}`;
    },
    answer: "found, EPERM",
  },
  {
    fact: "`Deno.listenDatagram` needs an unstable flag",
    ask: () => Promise.resolve(typeof Reflect.get(Deno, "listenDatagram")),
    answer: "undefined",
  },
  {
    fact: "`node:dgram` joins multicast groups",
    ask: () =>
      withDatagrams((socket) => {
        socket.addMembership("239.1.2.3", "127.0.0.1");
      }),
    answer: "done",
    before: { version: "2.7.5", answer: "refused" },
  },
  {
    fact: "`node:dgram` sets the time to live",
    ask: () =>
      withDatagrams((socket) => {
        socket.setTTL(5);
      }),
    answer: "done",
    before: { version: "2.7.5", answer: "refused" },
  },
  {
    fact: "`node:dgram` without permission ends the program",
    ask: async () => {
      const { success, stderr } = await program(`
        import dgram from "node:dgram";
        const socket = dgram.createSocket("udp4");
        socket.on("error", () => socket.close());
        try { socket.bind(0, "127.0.0.1"); } catch {}
      `);
      return `${success}, ${/Uncaught.*NotCapable/.test(stderr)}`;
    },
    answer: "false, true",
  },
  {
    fact: "A connected socket of `node:dgram` hears strangers, and not that its peer is gone",
    ask: async () => {
      const [socket, peer, stranger] = await Promise.all([bound(), bound(), bound()]);
      const { port } = peer.address();
      await closed(peer);
      const heard: string[] = [];
      socket.on("error", nameOf).on("message", (data) => heard.push(String(data)));
      socket.connect(port, "127.0.0.1");
      await once(socket, "connect");
      for (let time = 0; time < 3; time++) {
        heard.push(
          await new Promise((resolve) => socket.send("x", (error) => resolve(code(error)))),
        );
        await moment();
      }
      stranger.send("stranger", socket.address().port, "127.0.0.1");
      await moment();
      await Promise.all([closed(socket), closed(stranger)]);
      return heard.join(", ");
    },
    answer: "sent, sent, sent, stranger",
  },
  {
    fact: "`node:dgram` tells that a datagram is too long, and of no other failure what it is",
    ask: async () => {
      const socket = await bound();
      const send = (size: number, host: string) =>
        new Promise((resolve) => {
          socket.send(new Uint8Array(size), 9, host, (error) => resolve(code(error)));
        });
      // From the loopback no way leads out of this machine.
      const codes = [await send(70_000, "127.0.0.1"), await send(1, "192.0.2.77")];
      await closed(socket);
      return codes.join(", ");
    },
    answer: "EMSGSIZE, UNKNOWN",
  },
  {
    fact: "`setRecvBufferSize` of `node:dgram` cuts off what is longer",
    ask: async () => {
      const socket = await bound();
      socket.setRecvBufferSize(10);
      const sizes: number[] = [];
      socket.on("message", ({ length }) => sizes.push(length));
      for (let time = 0; time < 2; time++) {
        socket.send(new Uint8Array(100), socket.address().port, "127.0.0.1");
        await moment();
      }
      await closed(socket);
      return sizes.join(", ");
    },
    // The first is received into memory that was there before.
    answer: "100, 20",
  },
  {
    fact: "The port of a `node:dgram` socket is still taken when `close()` has returned",
    ask: async () => {
      const socket = await bound();
      const { port } = socket.address();
      socket.close();
      const next = dgram.createSocket("udp4");
      const outcome = new Promise<string>((resolve) => {
        next.on("error", (error) => resolve(code(error)));
        next.bind(port, "127.0.0.1", () => resolve("free"));
      });
      try {
        return await outcome;
      } finally {
        await closed(next);
      }
    },
    answer: "EADDRINUSE",
  },
  {
    fact: "Opening a named pipe waits in a thread until its other side is opened",
    ask: () =>
      withFifo(async (path) => {
        const running = program(
          `const start = Date.now();
           setTimeout(() => {
             console.error(Date.now() - start < 400 ? "goes on" : "stands still");
             Deno.exit();
           }, 50);
           await Deno.open(${JSON.stringify(path)});`,
          "--allow-read",
        );
        await new Promise((resolve) => setTimeout(resolve, 1000));
        // Opened for both sides, it waits for nobody, and nobody waits for it any more.
        using _both = await Deno.open(path, { read: true, write: true });
        return (await running).stderr.trim();
      }),
    answer: "goes on",
    before: { version: "2.8.0", answer: "stands still" },
  },
  {
    fact: "Closing a pipe ends the read that waits",
    ask: () =>
      withFifo(async (path) => {
        const { reader, writer } = await pipe(path);
        const reading = reader.read(new Uint8Array(1)).then(String, nameOf);
        await moment();
        reader.close();
        const late = setTimeout(() => writer.write(new Uint8Array(1)), 100);
        const outcome = await reading;
        clearTimeout(late);
        await moment();
        writer.close();
        return outcome;
      }),
    answer: "Interrupted",
    before: { version: "2.9.0", answer: "1" },
  },
  {
    fact: "`reusePort` without an unstable flag ends the program",
    ask: async () => {
      const { code } = await program(
        "try { Deno.listen({ port: 0, reusePort: true }).close(); } catch {}",
        "--allow-net",
      );
      return String(code);
    },
    answer: "70",
  },
  {
    fact:
      "A child process that has ended cannot be sent a signal, and Deno calls that a `TypeError`",
    ask: async () => {
      const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" });
      const running = child.spawn();
      await running.status;
      try {
        running.kill();
        return "sent";
      } catch (error) {
        return nameOf(error);
      }
    },
    answer: "TypeError",
  },
  {
    fact: "A child's errors cannot be sent where its output goes",
    ask: () => {
      const options = { args: ["--version"], stderr: "stdout" as "inherit" };
      try {
        new Deno.Command(Deno.execPath(), options).spawn();
        return Promise.resolve("started");
      } catch (error) {
        return Promise.resolve(nameOf(error));
      }
    },
    answer: "TypeError",
  },
  {
    fact: "What a child leaves in a pipe keeps that open, after its end, until somebody reads it",
    ask: async () => {
      const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "piped" })
        .spawn();
      await child.status;
      await moment();
      return (await new Response(child.stdout).text()).slice(0, 4);
    },
    answer: "deno",
  },
  {
    fact: "A write to a child's input that waits for the child cannot be broken off",
    ask: async () => {
      const args = ["eval", "setTimeout(() => {}, 60_000)"];
      const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped" }).spawn();
      const writer = child.stdin.getWriter();
      const writing = writer.write(new Uint8Array(1_000_000)).then(() => "written", nameOf);
      await moment();
      const aborting = writer.abort().then(() => "broken off", nameOf);
      await moment();
      const answer = await Promise.race([aborting, moment().then(() => "waiting")]);
      child.kill("SIGKILL");
      await Promise.all([writing, aborting, child.status]);
      return answer;
    },
    answer: "waiting",
  },
];
