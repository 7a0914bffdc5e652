/**
 * `TestFTPClass`: data connections.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FTP } from "../../../../stdlib/ftplib/client.ts";
import { TooLargeError } from "../../../../stdlib/ftplib/errors.ts";
import type { Encoding } from "../../../../stdlib/ftplib/session_options.ts";
import { rejection } from "../../../rejection.ts";
import { freePorts } from "../../servers/ports.ts";
import type { Cases, World } from "./case.ts";

/** What the dummy server sends for RETR. */
export const RETR_DATA: string = "abcde12345\r\n".repeat(1000) + "non-ascii char \xAE\r\n";
const NAMES = ["foo", "bar", " non-ascii char \xAE"];

/** Adds the cases. */
export function addDataCases(cases: Cases): void {
  cases.held("test_retrbinary", ({ ftp }) => retrbinary(ftp, "utf-8", 0));
  cases.held("test_retrbinary_rest", async ({ ftp }) => {
    for (const rest of [0, 10, 20]) await retrbinary(ftp, "utf-8", rest);
  });
  cases.held("test_retrlines", ({ ftp }) => retrlines(ftp));
  cases.held("test_storbinary", storbinary);

  cases.adapted("test_storbinary_rest", "`rest` is a number", async ({ ftp, dummy }) => {
    await ftp.storbinary("stor", RETR_DATA.replaceAll("\r\n", "\n"), { rest: 30 });
    await dummy.holds("rest", "30");
  });

  cases.adapted(
    "test_storlines",
    "text is taken too, as UTF-8; the callback is an option",
    async ({ ftp, dummy }) => {
      const text = RETR_DATA.replaceAll("\r\n", "\n");
      await ftp.storlines("stor", new TextEncoder().encode(text));
      await dummy.holds("last_received_data", RETR_DATA);
      let lines = 0;
      await ftp.storlines("stor foo", text, { callback: () => void lines++ });
      await dummy.holds("last_received_data", RETR_DATA);
      assert.equal(lines, 1001);
      // @ts-expect-error: what is neither text nor bytes is refused by the compiler already.
      await rejection(ftp.storlines("stor foo", 5), TypeError);
    },
  );

  cases.held("test_nlst", async ({ ftp }) => {
    await ftp.nlst();
    assert.deepEqual(await ftp.nlst(), NAMES);
  });

  cases.adapted("test_dir", "the lines are awaited, or iterated over", async ({ ftp }) => {
    assert.deepEqual(await ftp.dir(), NAMES);
  });

  cases.adapted(
    "test_mlsd",
    "an entry is an object, its facts are in a map, and the directory itself and the one above it " +
      "are left out",
    mlsd,
  );

  cases.adapted(
    "test_source_address_passive_connection",
    "it is an option of the client; a port of its own choice is for the control connection alone",
    async ({ connect }) => {
      const ftp = await connect({ localAddress: { hostname: "127.0.0.1", port: freePorts(1) } });
      const connection = await ftp.transfercmd("list");
      assert.equal(connection.localAddress.hostname, "127.0.0.1");
      connection.close();
      ftp.close();
    },
  );

  cases.adapted(
    "test_retrlines_too_long",
    "the server is told by the test: it answers the command with a 1xx, after which the session " +
      "waits for more",
    async ({ ftp, dummy }) => {
      await dummy.set("next_retr_data", "x".repeat(8192 * 2));
      await rejection(ftp.retrlines("retr", () => {}), TooLargeError);
    },
  );

  cases.held("test_storlines_too_long", async ({ ftp }) => {
    await rejection(ftp.storlines("stor", "x".repeat(8192 * 2)), TooLargeError);
  });

  cases.held("test_encoding_param", async (world) => {
    for (const encoding of ["latin-1", "utf-8"] as const) {
      await world.elsewhere({ encoding }, async (there) => {
        const ftp = await there.connect({ encoding });
        await retrbinary(ftp, encoding, 0);
        await retrlines(ftp);
        assert.equal(await ftp.mkd("/non-ascii dir \xAE"), "/non-ascii dir \xAE");
        ftp.close();
      });
    }
  });
}

async function retrbinary(ftp: FTP, encoding: Encoding, rest: number): Promise<void> {
  const decoder = new TextDecoder(encoding === "utf-8" ? encoding : "iso-8859-1");
  let received = "";
  const take = (chunk: Uint8Array) => void (received += decoder.decode(chunk, { stream: true }));
  await ftp.retrbinary("retr", take, { rest });
  assert.equal(received, RETR_DATA.slice(rest));
}

async function retrlines(ftp: FTP): Promise<void> {
  let received = "";
  await ftp.retrlines("retr", (line) => void (received += line));
  assert.equal(received, RETR_DATA.replaceAll("\r\n", ""));
}

async function storbinary({ ftp, dummy }: World): Promise<void> {
  await ftp.storbinary("stor", RETR_DATA);
  await dummy.holds("last_received_data", RETR_DATA);
  let blocks = 0;
  await ftp.storbinary("stor", RETR_DATA, { callback: () => void blocks++ });
  assert.ok(blocks > 0);
}

async function mlsd({ ftp, dummy }: World): Promise<void> {
  await ftp.mlsd("/");
  await ftp.mlsd("/", { facts: ["size", "type"] });
  const entries = await ftp.mlsd();
  assert.equal(entries.length, 15);
  for (const { name, facts } of entries) {
    assert.ok(name !== "");
    for (const fact of ["type", "perm", "unique"]) assert.ok(facts.has(fact), fact);
  }

  const first = async (line: string) => {
    await dummy.set("next_data", line);
    return (await ftp.mlsd())[0]!;
  };
  for (const type of ["ty=pe", "=type", "t=y=pe", "===="]) {
    const { name, facts } = await first(`type=${type};perm=perm;unique=unique; name\r\n`);
    assert.deepEqual([name, facts.get("type")], ["name", type]);
    assert.deepEqual([facts.get("perm"), facts.get("unique")], ["perm", "unique"]);
  }
  for (
    const name of ["na me", "name ", " name", "n am  e", "na;me", ";name", ";name;", ";;;;"]
  ) {
    const entry = await first(`type=type;perm=perm;unique=unique; ${name}\r\n`);
    assert.equal(entry.name, name);
  }
  const { facts } = await first("Type=type;TyPe=perm;UNIQUE=unique; name\r\n");
  for (const fact of facts.keys()) assert.equal(fact, fact.toLowerCase());
  await dummy.set("next_data", "");
  assert.deepEqual(await ftp.mlsd(), []);
}
