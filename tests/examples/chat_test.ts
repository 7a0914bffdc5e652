import assert from "node:assert/strict";
import { Room } from "../../examples/asyncio/chat.ts";
import { PageServer, type PageServerOptions } from "../../examples/asyncio/page_server.ts";
import { Socket } from "../../examples/asyncio/socket.ts";
import * as asyncio from "../../stdlib/asyncio.ts";
import { Line } from "./line.ts";

const FOLDER = new URL("../../examples/asyncio/chat/", import.meta.url);
const LIMITS = { port: 0, maxVisitors: 10, maxLength: 1_000, maxWaiting: 5 };

/** What a page sees: what it was told, and why it was left. */
interface Page {
  /** The next news. */
  next(): Promise<Record<string, unknown>>;
  /** Says something. */
  say(message: unknown): void;
  /** Sends what need not be JSON. */
  send(text: string): void;
  /** The code and the reason of the end. */
  closed: asyncio.Future<string>;
}

/** Has pages visit a chat room, and closes it. */
function inRoom(
  body: (visit: (name?: string) => Promise<Page>, url: string) => Promise<void>,
  options: Partial<PageServerOptions> = {},
): Promise<void> {
  return asyncio.run(async () => {
    const ends: asyncio.Future<string>[] = [];
    {
      const room = new Room();
      await using server = await PageServer.start(FOLDER, room.visit, { ...LIMITS, ...options });
      await asyncio.timeout(10_000, () =>
        body(async (name) => {
          const page = await open(server.url);
          ends.push(page.closed);
          if (name !== undefined) page.say({ name });
          return page;
        }, server.url));
    }
    await asyncio.timeout(10_000, () => asyncio.gather(ends));
  });
}

async function open(url: string): Promise<Page> {
  const socket = new WebSocket(`${url.replace("http", "ws")}socket`);
  const news = new asyncio.Queue<Record<string, unknown>>();
  const closed = asyncio.getRunningLoop().createFuture<string>();
  socket.onmessage = ({ data }) => news.putNowait(JSON.parse(data));
  socket.onclose = ({ code, reason }) => closed.setResult(`${code} ${reason}`);
  await asyncio.interruptible(new Promise((resolve) => socket.onopen = resolve), {
    timeout: 10_000,
  });
  return {
    next: () => news.get(),
    say: (message) => socket.send(JSON.stringify(message)),
    send: (text) => socket.send(text),
    closed,
  };
}

Deno.test("The chat room tells everybody who comes, speaks and goes", () =>
  inRoom(async (visit) => {
    const ann = await visit("Ann");
    assert.deepEqual(await ann.next(), { kind: "came", name: "Ann", here: ["Ann"] });
    const bob = await visit("Bob");
    const came = { kind: "came", name: "Bob", here: ["Ann", "Bob"] };
    assert.deepEqual(await ann.next(), came);
    assert.deepEqual(await bob.next(), came);
    bob.say({ text: " <b>Hello</b> " });
    const said = { kind: "said", name: "Bob", text: "<b>Hello</b>" };
    assert.deepEqual(await ann.next(), said);
    assert.deepEqual(await bob.next(), said);
    bob.say({ text: "" });
    assert.equal(await bob.closed, "1008 A message has 1 to 500 characters");
    assert.deepEqual(await ann.next(), { kind: "left", name: "Bob", here: ["Ann"] });
  }));

Deno.test("The chat room refuses names that are taken, empty or invisible", () =>
  inRoom(async (visit) => {
    await (await visit("Ann")).next();
    for (
      const [name, reason] of [
        ["ANN", "Somebody called ANN is here already"],
        [" ", "A name has up to 20 letters and digits"],
        ["x".repeat(21), "A name has up to 20 letters and digits"],
        ["\u202Ennyl", "A name has up to 20 letters and digits"],
        ["a\u200Bb", "A name has up to 20 letters and digits"],
      ] as const
    ) {
      assert.equal(await (await visit(name)).closed, `1008 ${reason}`);
    }
    const bjoern = await visit("Bjo\u0308rn");
    assert.equal((await bjoern.next()).name, "Bj\u00F6rn", "one way to write it");
  }));

Deno.test("The chat room leaves whoever sends what is no message, and stays open", () =>
  inRoom(async (visit) => {
    const ann = await visit("Ann");
    await ann.next();
    for (
      const [text, reason] of [
        ["{", "1007 This message is no JSON"],
        ["null", "1008 A message needs a text"],
        ['{"text":1}', "1008 A message needs a text"],
        [JSON.stringify({ text: "x".repeat(501) }), "1008 A message has 1 to 500 characters"],
        [JSON.stringify("x".repeat(1_000)), "1009 This message is too long"],
      ] as const
    ) {
      const other = await visit("Other");
      await other.next();
      other.send(text);
      assert.equal(await other.closed, reason);
      assert.equal((await ann.next()).kind, "came");
      assert.equal((await ann.next()).kind, "left");
    }
    ann.say({ text: "Still here" });
    assert.equal((await ann.next()).text, "Still here");
  }));

Deno.test("The chat room has a limit of visitors", () =>
  inRoom(async (visit) => {
    await (await visit("Ann")).next();
    await (await visit("Bob")).next();
    const carl = await visit("Carl");
    assert.equal(await carl.closed, "1008 All places are taken. Try again later");
  }, { maxVisitors: 2 }));

Deno.test("The chat room says goodbye to all when it closes", async () => {
  let closed: asyncio.Future<string>[] = [];
  await inRoom(async (visit) => {
    const [ann, bob, nameless] = [await visit("Ann"), await visit("Bob"), await visit()];
    closed = [ann, bob, nameless].map((page) => page.closed);
    await bob.next();
  });
  const goodbye = "1001 The server is closing. Goodbye!";
  assert.deepEqual(await Promise.all(closed), [goodbye, goodbye, goodbye]);
});

Deno.test("A page of another site cannot open a WebSocket, and there are no other files", () =>
  inRoom(async (_, url) => {
    for (
      const [origin, status] of [["http://evil.example", 403], [new URL(url).origin, 101]] as const
    ) {
      await using connection = await asyncio.openConnection("127.0.0.1", Number(new URL(url).port));
      connection.writer.write(
        `GET /socket HTTP/1.1\r\nHost: ${new URL(url).host}\r\nOrigin: ${origin}\r\n` +
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      assert.match(await connection.reader.nextLine() ?? "", new RegExp(` ${status} `));
    }
    for (const path of ["page.ts", "../chat.ts", "%2e%2e/chat.ts", "socket"]) {
      const response = await fetch(url + path);
      assert.ok(response.status >= 400, path);
      await response.body?.cancel();
    }
  }));

Deno.test("Whoever reads too slowly loses the place in the chat room, and nobody waits", async () => {
  const clock = new asyncio.TestClock();
  await asyncio.run(async () => {
    const room = new Room();
    const lines = { Ann: new Line({ reads: true }), Slow: new Line({ reads: false }) };
    const tasks = Object.entries(lines).map(([name, line]) => {
      const loop = asyncio.getRunningLoop();
      const socket = new Socket(line as unknown as WebSocket, loop, LIMITS);
      line.hear({ name });
      return asyncio.createTask(() => room.visit(socket));
    });
    await asyncio.sleep(0);
    for (let n = 0; n < 150; n++) {
      lines.Ann.hear({ text: `${n}` });
      await asyncio.sleep(60);
    }
    const told = lines.Ann.sent.map((text) => JSON.parse(text));
    assert.equal(told.filter(({ kind }) => kind === "said").length, 150);
    assert.deepEqual(told.filter(({ kind }) => kind === "left").map(({ name }) => name), ["Slow"]);
    assert.equal(tasks[0]!.done(), false);
    assert.throws(() => tasks[1]!.result(), { message: "You read too slowly" });
    assert.equal(lines.Slow.sent.length, 1, "no more than it could take");
    tasks[0]!.cancel();
    await asyncio.wait(tasks);
  }, { loopFactory: () => new asyncio.EventLoop({ clock }), handleSigint: false });
});

Deno.test("Whoever sends more messages than anybody types is left", () =>
  inRoom(async (visit) => {
    const bob = await visit("Bob");
    await bob.next();
    const ann = await visit("Ann");
    await bob.next();
    for (let n = 0; n < 20; n++) ann.say({ text: `${n}` });
    // Deno drops a connection that is closed while messages are coming: so the reason is lost.
    await ann.closed;
    let last = await bob.next();
    for (let n = 0; last.kind === "said"; n++) {
      assert.ok(n <= LIMITS.maxWaiting, "what was too much is told to nobody");
      last = await bob.next();
    }
    assert.deepEqual(last, { kind: "left", name: "Ann", here: ["Bob"] });
  }));
