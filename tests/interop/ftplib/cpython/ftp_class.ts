/**
 * `TestFTPClass`: the control connection, and what is around it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EOFError, OSError } from "../../../../net/errors.ts";
import { openConnection } from "../../../../net/streams/connect.ts";
import type { HostPort } from "../../../../protocols/ftp/addresses.ts";
import { parse257 } from "../../../../protocols/ftp/replies.ts";
import type { FTP } from "../../../../stdlib/ftplib/client.ts";
import {
  allErrors,
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  FTPError,
} from "../../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../../rejection.ts";
import { freePorts } from "../../servers/ports.ts";
import type { Cases } from "./case.ts";

/** Adds the cases. */
export function addSessionCases(cases: Cases): void {
  const reply = "a reply is an object: `{ code, lines }`";

  cases.adapted("test_getwelcome", reply, ({ ftp }) => {
    assert.deepEqual(ftp.getwelcome(), { code: 220, lines: ["welcome"] });
  });

  cases.adapted(
    "test_sanitize",
    "it is the lines given to `debug` that are masked",
    async (world) => {
      const lines: string[] = [];
      const ftp = await world.connect({ debug: ({ text }) => lines.push(text) });
      lines.length = 0;
      for (const command of ["noop foo", "pass 12345", "PASS 12345"]) await ftp.sendcmd(command);
      assert.deepEqual(lines.filter((_, index) => index % 2 === 0), [
        "noop foo",
        "pass ***",
        "PASS ***",
      ]);
      await ftp.quit();
    },
  );

  cases.adapted("test_exceptions", "wrong arguments are a `TypeError`", async ({ ftp }) => {
    for (const command of ["echo 40\r\n0", "echo 40\n0", "echo 40\r0"]) {
      await rejection(ftp.sendcmd(command), TypeError);
    }
    await rejection(ftp.sendcmd("echo 400"), ErrorTemp);
    await rejection(ftp.sendcmd("echo 499"), ErrorTemp);
    await rejection(ftp.sendcmd("echo 500"), ErrorPerm);
    await rejection(ftp.sendcmd("echo 599"), ErrorPerm);
    await rejection(ftp.sendcmd("echo 999"), ErrorProto);
  });

  cases.held("test_all_errors", () => {
    const errors = [ErrorReply, ErrorTemp, ErrorPerm, ErrorProto, FTPError].map((type) =>
      new type("not among allErrors")
    );
    for (const error of [...errors, new OSError("an error"), new EOFError("the end")]) {
      assert.ok(allErrors.some((type) => error instanceof type), error.name);
    }
  });

  cases.held("test_set_pasv", ({ ftp }) => {
    // The session of a case in PASV alone is in passive mode, too.
    assert.equal(ftp.passiveserver, true);
    ftp.setPasv(true);
    assert.equal(ftp.passiveserver, true);
    ftp.setPasv(false);
    assert.equal(ftp.passiveserver, false);
  });

  cases.adapted(
    "test_voidcmd",
    "after a 1xx the session waits for the reply that has to follow, so that comes last",
    async ({ ftp }) => {
      await ftp.voidcmd("echo 200");
      await ftp.voidcmd("echo 299");
      await rejection(ftp.voidcmd("echo 300"), ErrorReply);
      await rejection(ftp.voidcmd("echo 199"), ErrorReply);
    },
  );

  cases.held("test_login", async ({ ftp }) => void await ftp.login());
  cases.held("test_acct", async ({ ftp }) => void await ftp.acct("passwd"));

  cases.held("test_rename", async ({ ftp, dummy }) => {
    await ftp.rename("a", "b");
    await dummy.set("next_response", "200");
    await rejection(ftp.rename("a", "b"), ErrorReply);
  });

  cases.held("test_delete", async ({ ftp, dummy }) => {
    await ftp.delete("foo");
    await dummy.set("next_response", "199");
    await rejection(ftp.delete("foo"), ErrorReply);
  });

  cases.differs(
    "test_size",
    "a reply other than 213 is an `ErrorReply`, and not no size",
    async ({ ftp }) => void await rejection(ftp.size("foo"), ErrorReply),
  );

  cases.held("test_mkd", async ({ ftp }) => assert.equal(await ftp.mkd("/foo"), "/foo"));
  cases.held("test_rmd", async ({ ftp }) => void await ftp.rmd("foo"));
  cases.adapted("test_cwd", reply, async ({ ftp }) => {
    assert.deepEqual(await ftp.cwd("/foo"), { code: 250, lines: ["cwd ok"] });
  });
  cases.held("test_pwd", async ({ ftp }) => assert.equal(await ftp.pwd(), "pwd ok"));
  cases.adapted("test_quit", reply, async ({ ftp }) => {
    assert.deepEqual(await ftp.quit(), { code: 221, lines: ["quit ok"] });
    assert.equal(ftp.closed, true);
  });
  cases.held("test_abort", async ({ ftp }) => void await ftp.abort());

  cases.adapted(
    "test_makeport",
    "EPRT is asked first, on IPv4 too",
    async ({ ftp, dummy }) => {
      const listener = await ftp.makeport();
      await dummy.holds("last_received_cmd", "eprt");
      listener.close();
    },
  );

  cases.adapted(
    "test_makepasv",
    'EPSV is asked first, on IPv4 too; this server wants `passive: "PASV"`',
    async ({ ftp, dummy }) => {
      await visit(await ftp.makepasv());
      await dummy.holds("last_received_cmd", "pasv");
    },
  );

  cases.adapted(
    "test_makepasv_issue43285_security_disabled",
    "it is an option of the client: `trustServerPasvAddress`",
    async ({ connect, dummy }) => {
      const ftp = await connect({ trustServerPasvAddress: true });
      const { hostname, port } = await ftp.makepasv();
      assert.equal(hostname, await dummy.get("fake_pasv_server_ip"));
      await visit({ hostname: dummy.hostname, port });
      ftp.close();
    },
  );

  cases.held("test_makepasv_issue43285_security_enabled_default", async ({ ftp, dummy }) => {
    const place = await ftp.makepasv();
    assert.notEqual(place.hostname, await dummy.get("fake_pasv_server_ip"));
    await visit(place);
  });

  cases.differs(
    "test_with_statement",
    "leaving an `await using` scope never throws: whoever wants to know calls `quit()`",
    async ({ connect, dummy }) => {
      let ftp: FTP;
      {
        await using inside = ftp = await connect();
        await inside.sendcmd("noop");
        assert.equal(inside.closed, false);
      }
      await dummy.holds("last_received_cmd", "quit");
      assert.equal(ftp.closed, true);
      {
        await using inside = ftp = await connect();
        await inside.quit();
      }
      await dummy.holds("last_received_cmd", "quit");
      {
        await using inside = ftp = await connect();
        await inside.sendcmd("noop");
        await dummy.set("next_response", "550 error on quit");
      }
      await dummy.holds("last_received_cmd", "quit");
      assert.equal(ftp.closed, true);
      const again = await connect();
      await dummy.set("next_response", "550 error on quit");
      const error = await rejection(again.quit(), ErrorPerm);
      assert.deepEqual([error.code, error.text], [550, "error on quit"]);
      assert.equal(again.closed, true);
    },
  );

  cases.adapted(
    "test_source_address",
    "it is an option of the client: `localAddress`",
    async ({ connect }) => {
      const local: string[] = [];
      const port = freePorts(1);
      const ftp = await connect({
        localAddress: { hostname: "127.0.0.1", port },
        wireLog: ({ localAddress }) => void local.push(`${localAddress.port}`),
      });
      await ftp.quit();
      assert.equal(local[0], `${port}`);
    },
  );

  cases.adapted("test_parse257", "it is a function of `protocols`, of a reply", () => {
    const parse = (text: string) => parse257({ code: 257, lines: [text] });
    assert.equal(parse('"/foo/bar"'), "/foo/bar");
    assert.equal(parse('"/foo/bar" created'), "/foo/bar");
    assert.equal(parse('""'), "");
    assert.equal(parse('"" created'), "");
    assert.throws(() => parse257({ code: 250, lines: ['"/foo/bar"'] }));
    assert.equal(parse('"/foo/b""ar"'), '/foo/b"ar');
    assert.equal(parse('"/foo/b""ar" created'), '/foo/b"ar');
  });

  cases.held("test_line_too_long", async ({ ftp }) => {
    await rejection(ftp.sendcmd("x".repeat(8192 * 2)), FTPError);
  });
}

/** The server waits for a data connection and does nothing else meanwhile. */
async function visit({ hostname, port }: HostPort): Promise<void> {
  const connection = await openConnection(hostname, port);
  connection.close();
}
