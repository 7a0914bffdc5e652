import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { LimitOverrunError } from "../../../net/errors.ts";
import { InputBuffer } from "../../../net/streams/input_buffer.ts";
import { bytes, cuts, text } from "../cuts.ts";

/** Takes all lines that can be had each time that a piece has come. */
function linesOf(pieces: Uint8Array[], land: (buffer: InputBuffer, piece: Uint8Array) => void) {
  const buffer = new InputBuffer();
  const lines: string[] = [];
  for (const piece of pieces) {
    land(buffer, piece);
    for (let line = buffer.takeLine(); line !== undefined; line = buffer.takeLine()) {
      lines.push(line);
    }
  }
  return { lines, rest: text(buffer.take(buffer.length)) };
}

const WAYS = {
  push: (buffer: InputBuffer, piece: Uint8Array) => buffer.push(piece),
  "room and commit": (buffer: InputBuffer, piece: Uint8Array) => {
    for (let at = 0; at < piece.length;) {
      const room = buffer.room(7);
      const part = piece.subarray(at, at + room.length);
      room.set(part);
      buffer.commit(part.length);
      at += part.length;
    }
  },
};

for (const [way, land] of Object.entries(WAYS)) {
  Deno.test(`InputBuffer gives the same lines however they are cut (${way})`, () => {
    const sent = bytes("220 ready\r\n\r\n250-a\n250 b\r\nhalf \r a");
    for (const pieces of cuts(sent)) {
      assert.deepEqual(linesOf(pieces, land), {
        lines: ["220 ready", "", "250-a", "250 b"],
        rest: "half \r a",
      });
    }
  });
}

Deno.test("InputBuffer decodes lines as latin-1, not as windows-1252", () => {
  const buffer = new InputBuffer();
  buffer.push(new Uint8Array([0x80, 0x9f, 0xff, 10]));
  assert.equal(buffer.takeLine(), "\x80\x9f\xff");
});

Deno.test("InputBuffer takes lines longer than it decodes at once", () => {
  const buffer = new InputBuffer(1 << 20);
  const long = "x".repeat(100_000);
  buffer.push(bytes(`short\r\n${long}\r\nend\r\n`));
  assert.equal(buffer.takeLine(), "short");
  assert.equal(buffer.takeLine(), long);
  assert.equal(buffer.takeLine(), "end");
  assert.equal(buffer.takeLine(), undefined);
});

Deno.test("InputBuffer keeps its place in decoded lines when their memory moves", () => {
  const buffer = new InputBuffer();
  buffer.push(bytes("a\nb\nc\n"));
  assert.equal(buffer.takeLine(), "a");
  buffer.push(bytes("x".repeat(10_000) + "\n"));
  assert.equal(buffer.takeLine(), "b");
  assert.equal(buffer.takeLine(), "c");
  buffer.push(bytes("d\n"));
  assert.equal(buffer.takeLine()?.length, 10_000);
  assert.equal(buffer.takeLine(), "d");
  buffer.push(bytes("e\n"));
  assert.equal(buffer.takeLine(), "e");
});

Deno.test("InputBuffer mixes lines, pieces, views and copies at any place", () => {
  // The model: a plain string from which the same is cut.
  const action = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), text: fc.stringMatching(/^[ab\r\n]{0,30}$/) }),
    fc.record({ kind: fc.constant("line" as const) }),
    fc.record({ kind: fc.constant("take" as const), count: fc.nat(12) }),
    fc.record({ kind: fc.constant("consume" as const), count: fc.nat(12) }),
    fc.record({ kind: fc.constant("copy" as const), count: fc.nat(12) }),
    fc.record({ kind: fc.constant("until" as const) }),
    fc.record({ kind: fc.constant("reserve" as const), count: fc.nat(9000) }),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
    const buffer = new InputBuffer();
    let model = "";
    const cut = (count: number) => {
      const piece = model.slice(0, count);
      model = model.slice(count);
      return piece;
    };
    for (const step of actions) {
      if (step.kind === "push") {
        buffer.push(bytes(step.text));
        model += step.text;
      } else if (step.kind === "line") {
        const lf = model.indexOf("\n");
        const expected = lf < 0 ? undefined : cut(lf + 1).replace(/\r?\n$/, "");
        assert.equal(buffer.takeLine(), expected);
      } else if (step.kind === "take") {
        assert.equal(text(buffer.take(step.count)), cut(step.count));
      } else if (step.kind === "consume") {
        const count = Math.min(step.count, model.length);
        buffer.consume(count);
        cut(count);
      } else if (step.kind === "copy") {
        const target = new Uint8Array(step.count);
        const count = buffer.copyTo(target);
        assert.equal(text(target.subarray(0, count)), cut(step.count));
      } else if (step.kind === "until") {
        const found = buffer.takeUntil([bytes("ab")]);
        const at = model.indexOf("ab");
        if (at < 0) assert.equal(found, Math.max(0, model.length - 1));
        else assert.equal(text(found as Uint8Array), cut(at + 2));
      } else {
        buffer.reserve(step.count);
      }
      assert.equal(text(buffer.peek()), model);
    }
  }));
});

Deno.test("InputBuffer never writes again to what it has handed out", () => {
  const buffer = new InputBuffer();
  const taken: [Uint8Array, string][] = [];
  for (let round = 0; round < 2000; round++) {
    const sent = `${round} `.padEnd(round % 37, ".");
    const room = buffer.room(64);
    const part = bytes(sent).subarray(0, room.length);
    room.set(part);
    buffer.commit(part.length);
    if (round % 3 === 0) buffer.push(bytes("extra\n"));
    if (round % 5 === 0) buffer.takeLine();
    const piece = buffer.take(round % 11);
    taken.push([piece, text(piece)]);
  }
  for (const [piece, words] of taken) assert.equal(text(piece), words);
});

Deno.test("InputBuffer keeps a place where bytes may land out of all else", () => {
  const buffer = new InputBuffer();
  buffer.push(bytes("before "));
  const room = buffer.room(100);
  buffer.push(bytes("between "));
  buffer.reserve(50_000);
  assert.equal(text(buffer.take(3)), "bef");
  room.set(bytes("landed"));
  buffer.commit(6);
  assert.equal(text(buffer.take(100)), "ore between landed");
});

Deno.test("InputBuffer refuses a line beyond the limit, whether its end has come or not", () => {
  for (const sent of ["123456789", "123456789\n"]) {
    const buffer = new InputBuffer(8);
    buffer.push(bytes(sent));
    const overrun = (error: unknown) => {
      assert.ok(error instanceof LimitOverrunError);
      assert.equal(error.consumed, 9);
      return true;
    };
    assert.throws(() => buffer.takeLine(), overrun);
    assert.throws(() => buffer.takeLine(), overrun, "it stays there");
    assert.equal(text(buffer.take(9)), "123456789");
  }
  const buffer = new InputBuffer(8);
  buffer.push(bytes("12345678\n"));
  assert.equal(buffer.takeLine(), "12345678");
});

Deno.test("InputBuffer takes a long line in small pieces in linear time", () => {
  const buffer = new InputBuffer(1 << 20);
  let searched = 0;
  const piece = new Uint8Array([0x61]);
  const original = Uint8Array.prototype.indexOf;
  Uint8Array.prototype.indexOf = function (...args) {
    searched += this.length;
    return original.apply(this, args);
  };
  try {
    for (let count = 0; count < 20_000; count++) {
      buffer.push(piece);
      assert.equal(buffer.takeLine(), undefined);
    }
  } finally {
    Uint8Array.prototype.indexOf = original;
  }
  assert.ok(searched <= 40_000, `${searched} bytes were searched for 20000`);
});

Deno.test("InputBuffer finds the separator that ends first (readuntil of Python 3.13)", () => {
  const find = (sent: string, ...separators: string[]) => {
    const results = [...cuts(bytes(sent))].map((pieces) => {
      const buffer = new InputBuffer();
      let found: Uint8Array | number = 0;
      for (const piece of pieces) {
        buffer.push(piece);
        if (typeof found === "number") found = buffer.takeUntil(separators.map(bytes), found);
      }
      return typeof found === "number" ? undefined : text(found);
    });
    assert.equal(new Set(results).size, 1, `the cut decides: ${results}`);
    return results[0];
  };
  assert.equal(find("data", "X"), undefined);
  assert.equal(find("dataYXdata", "X", "Y"), "dataY");
  assert.equal(find("some dataABC", "ABC", "B"), "some dataAB");
  assert.equal(find("aaab", "aab"), "aaab");
  assert.equal(find("line\r\n", "\r", "\r\n"), "line\r");
});

Deno.test("InputBuffer refuses limits that do not limit", () => {
  for (const limit of [0, -1, NaN, 1.5, Infinity]) {
    assert.throws(() => new InputBuffer(limit), RangeError);
  }
  assert.throws(() => new InputBuffer().consume(1), RangeError);
});

Deno.test("InputBuffer gives room for as much as came last, so that nothing is cut in two", () => {
  const buffer = new InputBuffer();
  for (let count = 0; count < 100; count++) {
    const room = buffer.room(16_384, 10_240);
    assert.ok(room.length >= 10_240, `${room.length} bytes of room in round ${count}`);
    buffer.commit(10_240);
    buffer.take(10_240);
  }
});
