import assert from "node:assert/strict";
import { encodeBase64 } from "../../../protocols/text/base64.ts";
import { LoginClient, LoginServer } from "../../../protocols/sasl/login.ts";
import { SaslError } from "../../../protocols/sasl/types.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("LOGIN: the client gives name and password in order, whatever the prompts say", () => {
  for (const prompts of [["Username:", "Password:"], ["User Name\0", "Password\0"], ["", "?"]]) {
    const client = new LoginClient("jürgen", "pässword");
    assert.equal(client.start(), undefined);
    assert.deepEqual(prompts.map((prompt) => client.step(bytes(prompt))), [
      bytes("jürgen"),
      bytes("pässword"),
    ]);
    assert.throws(() => client.step(bytes("Password:")), SaslError);
  }
});

Deno.test("LOGIN: the client refuses what cannot be sent", () => {
  for (const bad of ["", "a\0b", "\udc00"]) {
    assert.throws(() => new LoginClient(bad, "p"), TypeError);
    assert.throws(() => new LoginClient("u", bad), TypeError);
  }
});

Deno.test("LOGIN: the server asks for both, with the prompts that every client knows", () => {
  const server = new LoginServer();
  const asked: string[] = [];
  const client = new LoginClient("u", "p");
  let step = server.step(undefined);
  while (step.kind === "challenge") {
    asked.push(encodeBase64(step.data));
    step = server.step(client.step(step.data));
  }
  assert.deepEqual(asked, ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]);
  assert.deepEqual(step.credentials, { authzid: "", username: "u", password: "p" });
});

Deno.test("LOGIN: the server takes a name sent along with AUTH, and refuses what is none", () => {
  const server = new LoginServer();
  assert.deepEqual(server.step(bytes("u")), { kind: "challenge", data: bytes("Password:") });
  for (const name of ["", "a\0b", "x".repeat(1025)]) {
    assert.throws(() => new LoginServer().step(bytes(name)), SaslError);
  }
  assert.throws(() => new LoginServer().step(new Uint8Array([0xff])), SaslError);
});
