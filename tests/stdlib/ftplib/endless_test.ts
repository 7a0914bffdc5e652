import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { TooLargeError } from "../../../stdlib/ftplib/errors.ts";
import { heapUsed } from "../../peers/heap.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { rejection } from "../../rejection.ts";

/** A server that answers any listing with the same line, without end; and knows no MLST. */
class EndlessServer implements AsyncDisposable {
  readonly #line: Uint8Array;
  readonly #control = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #data = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #mlsd: boolean;
  readonly #served: Promise<void>;

  constructor(line: string, mlsd: boolean) {
    this.#line = new TextEncoder().encode(line.repeat(Math.ceil(65_536 / line.length)));
    this.#mlsd = mlsd;
    this.#served = this.#serve();
  }

  get port(): number {
    return this.#control.addr.port;
  }

  async #serve(): Promise<void> {
    using conn = await this.#control.accept();
    const say = (text: string) => conn.write(new TextEncoder().encode(`${text}\r\n`));
    await say("220 ready");
    const buffer = new Uint8Array(1_024);
    const decoder = new TextDecoder();
    let rest = "";
    for (let count; (count = await conn.read(buffer)) !== null;) {
      const lines = (rest + decoder.decode(buffer.subarray(0, count))).split("\r\n");
      rest = lines.pop()!;
      for (const line of lines) await this.#answer(line.slice(0, 4), say);
    }
  }

  async #answer(verb: string, say: (text: string) => Promise<unknown>): Promise<void> {
    if (verb === "EPSV") return void await say(`229 ok (|||${this.#data.addr.port}|)`);
    if (verb === "QUIT") return void await say("221 bye");
    if (verb === "SIZE" || verb === "FEAT" || (verb === "MLSD" && !this.#mlsd)) {
      // The data connection that nobody uses is taken, and left.
      if (verb === "MLSD") (await this.#data.accept()).close();
      return void await say("500 ?");
    }
    if (!["LIST", "NLST", "MLSD"].includes(verb)) return void await say("200 ok");
    await say("150 here it comes");
    try {
      using conn = await this.#data.accept();
      for (;;) await conn.write(this.#line);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    await say("426 cut");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.close();
    this.#data.close();
    await this.#served.catch(() => {});
  }
}

const UNIX = "-rw-r--r-- 1 u g 5 Jan 1 2024 a\r\n";
const KINDS: [
  what: string,
  line: string,
  mlsd: boolean,
  ask: (ftp: FTP) => PromiseLike<unknown>,
][] = [
  ["MLSD", "type=file; a\r\n", true, (ftp) => ftp.mlsd()],
  ["LIST, read as entries", UNIX, false, (ftp) => ftp.mlsd()],
  ["LIST of what makes no sense", "?\r\n", false, (ftp) => ftp.mlsd()],
  ["LIST of empty lines", "\r\n", false, (ftp) => ftp.mlsd()],
  ["NLST", "a\r\n", false, (ftp) => ftp.nlst()],
  ["LIST", UNIX, false, (ftp) => ftp.dir()],
  ["LIST that stat looks through", UNIX, false, (ftp) => ftp.stat("b")],
  ["a line of LIST", "a".repeat(65_536), false, (ftp) => ftp.mlsd()],
];

for (const [what, line, mlsd, ask] of KINDS) {
  Deno.test(`attack 5: ${what} without end is cut off, by default, and the session goes on`, async () => {
    await using server = new EndlessServer(line, mlsd);
    await using ftp = await FTP.connect("127.0.0.1", { port: server.port });
    const error = await rejection(ask(ftp), TooLargeError);
    assert.ok(error.maximum <= 33_554_432);
    assert.equal((await ftp.noop()).code, 200);
  });
}

Deno.test({
  name: "attack 5: a listing without end that is iterated takes no memory, and can be left",
  // An older Deno has no garbage collector that a program could call.
  ignore: !isAtLeast("2.9.1"),
  fn: async () => {
    await using server = new EndlessServer("type=file;size=1; a name of some length\r\n", true);
    await using ftp = await FTP.connect("127.0.0.1", { port: server.port });
    let count = 0;
    let before = 0;
    for await (const entry of ftp.mlsd()) {
      assert.equal(entry.size, 1);
      count++;
      if (count === 20_000) before = heapUsed();
      if (count === 400_000) break;
    }
    // All the lines together have fifteen megabytes, and their entries many times that.
    assert.ok(heapUsed() - before < 8_000_000);
    assert.equal((await ftp.noop()).code, 200);
  },
});
