import assert from "node:assert/strict";
import {
  CancelledError,
  ExceptionGroup,
  InvalidStateError,
  rethrowIfCancelled,
  RuntimeError,
  TimeoutError,
} from "../../loop/exceptions.ts";

Deno.test("errors have Python's names and an origin", () => {
  for (const Class of [CancelledError, InvalidStateError, RuntimeError]) {
    const error = new Class("why", { cause: 1 });
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.origin, error.cause], [Class.name, "usage", 1]);
  }
  assert.equal(new TimeoutError().origin, "transport");
  const error = new TimeoutError("slow", { origin: "peer", cause: 2 });
  assert.deepEqual([error.name, error.origin, error.cause], ["TimeoutError", "peer", 2]);
});

Deno.test("rethrowIfCancelled lets cancellation through, and nothing else", () => {
  const cancelled = new CancelledError();
  assert.throws(() => rethrowIfCancelled(cancelled), cancelled);
  const other = new RangeError();
  rethrowIfCancelled(other);
  rethrowIfCancelled(other, new AbortController().signal);
  rethrowIfCancelled(undefined);
  assert.throws(() => rethrowIfCancelled(other, AbortSignal.abort()), other);
});

Deno.test("a group counts its errors, and needs one", () => {
  const group = new ExceptionGroup("several", [new TypeError("a"), new RangeError("b")]);
  assert.equal(group.message, "several (2 sub-exceptions)");
  assert.ok(group instanceof AggregateError);
  assert.equal(group.exceptions, group.errors);
  assert.equal(new ExceptionGroup("one", [1]).message, "one (1 sub-exception)");
  assert.throws(() => new ExceptionGroup("none", []), RangeError);
});

Deno.test("a group splits by class or question, and keeps its nesting", () => {
  const [a, b, c] = [new TypeError("a"), new RangeError("b"), new TypeError("c")];
  const group = new ExceptionGroup("outer", [a, new ExceptionGroup("inner", [b, c])]);
  const [types, rest] = group.split(TypeError);
  assert.deepEqual(types!.errors[0], a);
  assert.deepEqual(types!.errors[1].errors, [c]);
  assert.equal(types!.message, "outer (2 sub-exceptions)");
  assert.deepEqual(rest!.errors.length, 1);
  assert.deepEqual(rest!.errors[0].errors, [b]);
  assert.deepEqual(group.subgroup((error) => error === b)!.errors[0].errors, [b]);
  assert.equal(group.subgroup(SyntaxError), null);
  assert.deepEqual(group.split(ExceptionGroup), [group, null]);
  assert.deepEqual(group.split(SyntaxError)[1]!.errors.length, 2);
});
