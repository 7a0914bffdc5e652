import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { endLinesInCrlf, linesOf } from "../../../stdlib/ftplib/crlf.ts";

async function* cut(data: Uint8Array, at: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...at, data.length]) {
    yield await Promise.resolve(data.subarray(start, Math.max(start, end)));
    start = Math.max(start, end);
  }
}

async function normalized(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of endLinesInCrlf(source, 8192)) {
    assert.ok(piece.length > 0 && piece.at(-1) === 10, "only whole lines");
    pieces.push(piece.slice());
  }
  return new TextDecoder("utf-8").decode(
    await new Blob(pieces as Uint8Array<ArrayBuffer>[]).bytes(),
  );
}

/** As CPython's storlines does it: readline() cuts behind each LF, then one last CR or LF goes. */
function asPython(text: string): string {
  let sent = "";
  for (let line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (!line.endsWith("\r\n")) {
      if (/[\r\n]$/.test(line)) line = line.slice(0, -1);
      line += "\r\n";
    }
    sent += line;
  }
  return sent;
}

Deno.test("endLinesInCrlf does what Python's storlines does, wherever the text is cut", async () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n", "\r\n"), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(40)), async (text, at) => {
      const data = new TextEncoder().encode(text);
      const places = at.map((n) => Math.min(n, data.length)).sort((a, b) => a - b);
      assert.equal(await normalized(cut(data, places)), asPython(text));
      assert.equal(await normalized(data), asPython(text));
    }),
    { numRuns: 300 },
  );
});

Deno.test("endLinesInCrlf takes a large text in pieces, each a number of whole lines", async () => {
  const text = "a line of text\n".repeat(20_000);
  assert.equal(await normalized(new TextEncoder().encode(text)), text.replaceAll("\n", "\r\n"));
});

Deno.test("linesOf cuts what endLinesInCrlf gives", () => {
  const data = new TextEncoder().encode("one\r\n\r\nthree\r\n");
  assert.deepEqual([...linesOf(data)].map((line) => new TextDecoder().decode(line)), [
    "one\r\n",
    "\r\n",
    "three\r\n",
  ]);
});
