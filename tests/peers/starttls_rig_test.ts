import assert from "node:assert/strict";
import { openConnection } from "../../net/streams/connect.ts";
import { ConnectionError, EOFError, OSError } from "../../net/errors.ts";
import { TimeoutError } from "../../loop/exceptions.ts";
import { certificates } from "./certs.ts";
import type { Target } from "./dialogues.ts";
import type { StarttlsDialect } from "./starttls_attacks.ts";
import { everyStarttlsAttack } from "./starttls_rig.ts";

/** A protocol of three words. */
const DIALECT: StarttlsDialect = {
  offered: "S: 220 tls",
  stripped: "S: 220 no",
  ask: "C: TLS",
  yes: "200 go",
  no: ["400 no"],
  almost: ["201 go"],
  injected: "250 injected\r\n",
  rest: "C: /SECRET .*/\nS: 250 thanks",
  secret: /SECRET.*/,
};

/** A client of it: right, unless it takes what is no consent for one. */
function client(takes: (line: string | null) => boolean, sure = true) {
  return async ({ hostname, port, options, caCerts }: Target & { caCerts: string[] }) => {
    const { reader, writer, ...connection } = await openConnection(hostname, port, options)
      .then((open) => ({
        reader: open.reader,
        writer: open.writer,
        close: () => open.close(),
        startTls: open.startTls.bind(open),
      }));
    try {
      const greeting = await reader.nextLine();
      if (sure && greeting !== "220 tls") throw new EOFError(`no TLS here: ${greeting}`);
      writer.write("TLS\r\n");
      const line = await reader.nextLine();
      if (takes(line)) await connection.startTls({ caCerts, timeout: options.timeout });
      else if (sure) throw new EOFError(`refused: ${line}`);
      writer.write("SECRET word\r\n");
      const last = await reader.nextLine();
      if (last !== "250 thanks") throw new EOFError(`no thanks: ${last}`);
    } finally {
      connection.close();
    }
  };
}

async function attack(play: ReturnType<typeof client>) {
  const { good } = await certificates();
  return await everyStarttlsAttack({
    dialect: DIALECT,
    caCerts: good.caCerts,
    client: play,
    errors: [EOFError, ConnectionError, OSError, TimeoutError],
  });
}

Deno.test("everyStarttlsAttack: what the streams are made of bears them all", async () => {
  const ends = await attack(client((line) => line === "200 go"));
  assert.equal(ends.get("words put in behind the consent, in one segment"), "SSLError");
  assert.equal(ends.get("a handshake that is wrongHost"), "SSLCertVerificationError");
  assert.equal(ends.get("answered by silence"), "TimeoutError");
});

Deno.test("everyStarttlsAttack finds a client that does not read what it is told", async () => {
  await assert.rejects(
    attack(client((line) => /^20/.test(line ?? ""))),
    /answered with 201 go: the client noticed nothing/,
  );
});

Deno.test("everyStarttlsAttack finds a client that does without TLS", async () => {
  await assert.rejects(
    attack(client((line) => line === "200 go", false)),
    /stripped from what the server can do: .*the client said "SECRET word" in the clear/,
  );
});
