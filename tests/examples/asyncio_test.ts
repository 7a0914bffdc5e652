import assert from "node:assert/strict";
import { FOLDER, readExamples, runExample, ServedPage } from "./asyncio.ts";

/** What is never the same twice: times, and free ports. */
function withoutChance(output: string): string {
  return output.replace(/^ *\d+ ms/gm, "N ms").replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll("^C", "");
}

const examples = await readExamples();

Deno.test("The README of the asyncio examples shows every one of them, and its command", async () => {
  const files: string[] = [];
  for await (const { name, isFile } of Deno.readDir(FOLDER)) {
    if (!isFile || !name.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(new URL(name, FOLDER));
    const [, command] = /^ \* ```sh\n \* (.*)\n \* ```$/m.exec(source) ?? [];
    if (command === undefined) continue;
    files.push(name);
    const shown = examples.find(({ file }) => file === name);
    assert.equal(shown?.command, command, `${name} in the README`);
  }
  assert.deepEqual(files.toSorted(), examples.map(({ file }) => file).toSorted());
});

for (const { file, command, output } of examples) {
  const isServer = output.includes("^C");
  Deno.test(`examples/asyncio/${file} prints what its README shows`, async () => {
    const { code, stdout, stderr } = isServer ? await serve(file) : await runExample(command);
    assert.equal(stderr, "");
    assert.equal(withoutChance(stdout), withoutChance(output));
    assert.equal(code, 0);
  });
}

async function serve(file: string) {
  await using page = await ServedPage.start(file);
  return await page.interrupt();
}

Deno.test("Each way to fetch a page ends with the error where there is none", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  listener.close();
  const ways = examples.filter(({ file }) => file.startsWith("fetch_"));
  assert.equal(ways.length, 3);
  for (const { file, command } of ways) {
    const { code, stderr } = await runExample(command, [url]);
    assert.match(stderr, /ConnectionRefusedError/, file);
    assert.equal(code, 1, file);
  }
});

Deno.test("Ctrl-C ends the chat room at once, even if a page has just broken off", async () => {
  await using page = await ServedPage.start("chat.ts");
  {
    const { host, port } = new URL(page.url);
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    const request = `GET /socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n` +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    await connection.write(new TextEncoder().encode(request));
    await connection.read(new Uint8Array(1_000));
  }
  assert.equal((await page.interrupt()).code, 0);
});
