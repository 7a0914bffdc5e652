import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  formatMailParameters,
  formatRcptParameters,
  type MailParameters,
  type NotifyEvent,
  ParameterSyntaxError,
  type RcptParameters,
  readMailParameters,
  readRcptParameters,
  splitParameters,
} from "../../../protocols/smtp/parameters.ts";
import { decodeXtext, encodeXtext } from "../../../protocols/smtp/xtext.ts";
import { roundTrip } from "../../codec.ts";

Deno.test("the parameters of MAIL, as their standards write them", () => {
  assert.deepEqual(
    formatMailParameters({
      size: 500_000,
      body: "BINARYMIME",
      smtputf8: true,
      auth: "e=mc2@example.com",
      ret: "HDRS",
      envid: "QQ314159",
      requireTls: true,
    }),
    // AUTH is the example of RFC 4954 §5, ENVID that of RFC 3461 §10.1.
    [
      "SIZE=500000",
      "BODY=BINARYMIME",
      "SMTPUTF8",
      "AUTH=e+3Dmc2@example.com",
      "RET=HDRS",
      "ENVID=QQ314159",
      "REQUIRETLS",
    ],
  );
  assert.deepEqual(formatMailParameters({ auth: "", smtputf8: false }), ["AUTH=<>"]);
  assert.deepEqual(formatMailParameters({}), []);
});

Deno.test("the parameters of RCPT (RFC 3461 §10.1, RFC 6533 §3)", () => {
  assert.deepEqual(
    formatRcptParameters({
      notify: ["SUCCESS", "FAILURE", "SUCCESS"],
      orcpt: { type: "rfc822", address: "Dana@Ivory.EDU" },
    }),
    ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Dana@Ivory.EDU"],
  );
  assert.deepEqual(formatRcptParameters({ notify: "NEVER" }), ["NOTIFY=NEVER"]);
  assert.deepEqual(formatRcptParameters({ orcpt: { type: "UTF-8", address: "jürgen+a@b" } }), [
    "ORCPT=UTF-8;jürgen\\x{2B}a@b",
  ]);
});

Deno.test("what cannot be sent is refused", () => {
  for (const size of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => formatMailParameters({ size }), RangeError);
  }
  for (const envid of ["", "a\r\nb", "é", "x".repeat(101)]) {
    assert.throws(() => formatMailParameters({ envid }), TypeError);
  }
  assert.throws(() => formatMailParameters({ auth: "a\r\n" }), TypeError);
  assert.throws(() => formatMailParameters({ body: "9BIT\r\n" as "7BIT" }), TypeError);
  assert.throws(() => formatMailParameters({ ret: "x" as "FULL" }), TypeError);
  assert.throws(() => formatRcptParameters({ notify: [] }), TypeError);
  assert.throws(() => formatRcptParameters({ notify: ["NEVER" as NotifyEvent] }), TypeError);
  assert.throws(() => formatRcptParameters({ orcpt: { type: "a;b", address: "x" } }), TypeError);
  assert.throws(() => formatRcptParameters({ orcpt: { type: "rfc822", address: "é" } }), TypeError);
  assert.throws(
    () => formatRcptParameters({ orcpt: { type: "utf-8", address: "a\n" } }),
    TypeError,
  );
});

Deno.test("splitParameters takes each once", () => {
  assert.deepEqual([...splitParameters("  size=1  X-a BODY=8bitmime ")], [
    ["SIZE", "1"],
    ["X-A", undefined],
    ["BODY", "8bitmime"],
  ]);
  assert.deepEqual([...splitParameters("")], []);
  for (const text of ["SIZE=1 size=2", "A=", "=", "A=b=c", "A\tB", "A=\0", "é"]) {
    assert.throws(
      () => splitParameters(text),
      (error) => error instanceof ParameterSyntaxError && error instanceof ProtocolError,
      text,
    );
  }
});

Deno.test("readMailParameters and readRcptParameters refuse bad values, and pass over unknown words", () => {
  const mail = (text: string) => readMailParameters(splitParameters(text));
  const rcpt = (text: string) => readRcptParameters(splitParameters(text));
  assert.deepEqual(mail("X=1 BODY=8bitMime RET=full"), { body: "8BITMIME", ret: "FULL" });
  assert.deepEqual(rcpt("notify=never X"), { notify: "NEVER" });
  assert.deepEqual(rcpt("ORCPT=UTF-8;\\x{2B}é").orcpt, { type: "UTF-8", address: "+é" });
  for (
    const text of [
      "SIZE",
      "SIZE=-1",
      "SIZE=1k",
      "BODY",
      "BODY=9",
      "SMTPUTF8=1",
      "RET=x",
      "ENVID",
      "ENVID=+0",
      "ENVID=a+0Db",
      "AUTH=+",
      "REQUIRETLS=1",
    ]
  ) {
    assert.throws(() => mail(text), ParameterSyntaxError, text);
  }
  assert.throws(() => mail("AUTH=a+20b"), ProtocolError);
  for (
    const text of [
      "NOTIFY",
      "NOTIFY=",
      "NOTIFY=NEVER,DELAY",
      "NOTIFY=x",
      "ORCPT",
      "ORCPT=a",
      "ORCPT=;a",
      "ORCPT=rfc822;",
      "ORCPT=rfc822;a+0Ab",
      "ORCPT=utf-8;a\\x{A}",
      "ORCPT=utf-8;\\x{D800}",
      "ORCPT=utf-8;\\x{110000}",
      "ORCPT=utf-8;\\y",
    ]
  ) {
    assert.throws(() => rcpt(text), ParameterSyntaxError, text);
  }
});

Deno.test("what is written is read back", () => {
  const ascii = fc.string({ unit: fc.constantFrom(..."ab+= ;@\\"), minLength: 1, maxLength: 20 });
  const mail = fc.record({
    size: fc.nat(),
    body: fc.constantFrom("7BIT" as const, "8BITMIME" as const, "BINARYMIME" as const),
    smtputf8: fc.constant(true),
    auth: fc.constantFrom("", "a+b=c@d.e", '"a b"@c'),
    ret: fc.constantFrom("FULL" as const, "HDRS" as const),
    envid: ascii,
    requireTls: fc.constant(true),
  }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(fc.property(mail, (value) => {
    roundTrip<MailParameters, string>(
      { ...value },
      (parameters) => formatMailParameters(parameters).join(" "),
      (wire) => readMailParameters(splitParameters(wire)),
    );
  }));
  const events: NotifyEvent[] = ["SUCCESS", "FAILURE", "DELAY"];
  const rcpt = fc.record({
    notify: fc.oneof(fc.constant("NEVER" as const), fc.subarray(events, { minLength: 1 })),
    orcpt: fc.oneof(
      fc.record({ type: fc.constant("rfc822"), address: ascii }, { noNullPrototype: true }),
      fc.record({
        type: fc.constant("utf-8"),
        address: fc.string({ unit: fc.constantFrom(..."a+=\\ é😀"), minLength: 1 }),
      }, { noNullPrototype: true }),
    ),
  }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(fc.property(rcpt, (value) => {
    roundTrip<RcptParameters, string>(
      { ...value },
      (parameters) => formatRcptParameters(parameters).join(" "),
      (wire) => readRcptParameters(splitParameters(wire)),
    );
  }));
});

Deno.test("xtext (RFC 3461 §4)", () => {
  assert.equal(encodeXtext("+="), "+2B+3D");
  assert.equal(decodeXtext("a+2Bb"), "a+b");
  const text = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(fc.property(text, (text) => {
    const wire = encodeXtext(text);
    assert.match(wire, /^[!-~]*$/);
    assert.equal(decodeXtext(wire), text);
  }));
  for (
    const wire of ["+", "+2", "+2b", "+GG", "a=b", "a b", "é", "+0D", "+0A", "+00", "+7F", "+FF"]
  ) {
    assert.equal(decodeXtext(wire), undefined, wire);
  }
  for (const text of ["\r", "é", "\x7f"]) assert.throws(() => encodeXtext(text), TypeError);
});
