/**
 * Deno's own calls on the work that its argument describes, without a library, in clear: what of our
 * time is the runtime's. It knows just what vsftpd answers, and notices nothing that goes wrong.
 *
 * @module
 */

import { report } from "../entrant.ts";
import type { Work } from "./work.ts";

const work: Work = JSON.parse(Deno.args[0]!);
const { mode, host, port, path, local, connections } = work;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const block = new Uint8Array(mode === "upload" ? 262_144 : 1_048_576);

class Session {
  readonly #buffer = new Uint8Array(65_536);
  readonly #control: Deno.TcpConn;
  #text = "";

  private constructor(control: Deno.TcpConn) {
    this.#control = control;
  }

  static async open(): Promise<Session> {
    const session = new Session(await Deno.connect({ hostname: host, port }));
    await session.reply();
    for (const command of ["USER tulip", "PASS secret", "TYPE I"]) await session.ask(command);
    return session;
  }

  async reply(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      const count = await this.#control.read(this.#buffer);
      if (count === null) throw new Error("The server has left");
      this.#text += decoder.decode(this.#buffer.subarray(0, count));
    }
  }

  async ask(command: string): Promise<string> {
    await this.#control.write(encoder.encode(`${command}\r\n`));
    return await this.reply();
  }

  async transfer(command: string, pass: (data: Deno.TcpConn) => Promise<void>): Promise<void> {
    const dataPort = Number(/\|(\d+)\|/.exec(await this.ask("EPSV"))![1]);
    const dialled = Deno.connect({ hostname: host, port: dataPort });
    // What only reads need not wait for its connection.
    if (command.startsWith("STOR")) await dialled;
    const [data] = await Promise.all([dialled, this.ask(command)]);
    await pass(data);
    data.close();
    await this.reply();
  }

  async fetch(name: string): Promise<void> {
    const bytes = new Uint8Array(2048);
    let size = 0;
    await this.transfer(`RETR ${path}/${name}`, async (data) => {
      for (let count; (count = await data.read(bytes.subarray(size))) !== null;) size += count;
    });
    await Deno.writeFile(`${local}/${name}.part`, bytes.subarray(0, size));
    await Deno.rename(`${local}/${name}.part`, `${local}/${name}`);
  }
}

async function names(session: Session): Promise<string[]> {
  let list = "";
  await session.transfer(`NLST ${path}`, async (data) => {
    for (let count; (count = await data.read(block)) !== null;) {
      list += decoder.decode(block.subarray(0, count));
    }
  });
  return list.trim().split("\r\n").map((name) => name.slice(name.lastIndexOf("/") + 1));
}

async function writeAll(to: Deno.FsFile | Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

const session = await Session.open();
await report(async () => {
  if (mode === "upload") {
    using file = await Deno.open(local);
    await session.transfer(`STOR ${path}`, async (data) => {
      for (let count; (count = await file.read(block)) !== null;) {
        await writeAll(data, block.subarray(0, count));
      }
    });
  } else if (mode === "many") {
    const left = await names(session);
    const others = await Promise.all(Array.from({ length: connections - 1 }, Session.open));
    await Promise.all([session, ...others].map(async (each) => {
      for (let name; (name = left.shift()) !== undefined;) await each.fetch(name);
    }));
  } else {
    using file = mode === "null" ? null : await Deno.create(local);
    await session.transfer(`RETR ${path}`, async (data) => {
      for (let count; (count = await data.read(block)) !== null;) {
        if (file !== null) await writeAll(file, block.subarray(0, count));
      }
    });
  }
});
Deno.exit();
