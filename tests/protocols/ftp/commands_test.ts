import assert from "node:assert/strict";
import {
  command,
  eprtCommand,
  mfmtCommand,
  mlstOptionsCommand,
  portCommand,
  restCommand,
} from "../../../protocols/ftp/commands.ts";
import { parseCommand } from "../../../protocols/ftp/session.ts";

Deno.test("command builds a line", () => {
  assert.equal(command("RETR", "a b.txt"), "RETR a b.txt");
  assert.equal(command("RETR", " a "), "RETR  a ");
  assert.equal(command("pwd"), "pwd");
  assert.equal(command("CWD", "Dvořák č"), "CWD Dvořák č");
});

// CVE-class: cpython bpo-30119, GHSA-chqc-8p9q-pq6q, GHSA-8mhj-xm4h-m5m6.
Deno.test("no argument becomes a second command", () => {
  for (const end of ["\r", "\n", "\r\n", "\0", "a\r\nDELE b", "\ud800"]) {
    assert.throws(() => command("RETR", end), TypeError);
    assert.throws(() => command(`RETR${end}`), TypeError);
    assert.throws(() => mfmtCommand(end, new Date(0)), TypeError);
    assert.throws(() => mlstOptionsCommand([end]), TypeError);
    assert.throws(() => portCommand({ hostname: `127.0.0.1${end}`, port: 1 }), TypeError);
    assert.throws(() => eprtCommand({ hostname: `::1${end}`, port: 1 }), TypeError);
  }
  // As bytes of latin-1 by cutting these would be LF and CR.
  for (const text of ["\u010a", "\u010d", "\u0100"]) {
    assert.throws(() => command("RETR", text, "latin-1"), TypeError);
    assert.throws(() => mfmtCommand(text, new Date(0), "latin-1"), TypeError);
  }
});

Deno.test("command refuses what is no command, or means another", () => {
  for (const verb of ["", "RE TR", "RETR ", "1A", "É", "X".repeat(20)]) {
    assert.throws(() => command(verb), TypeError, verb);
  }
  assert.throws(() => command("LIST", ""), TypeError);
  assert.throws(() => mfmtCommand("", new Date(0)), TypeError);
});

Deno.test("commands with arguments of their own", () => {
  assert.equal(portCommand({ hostname: "127.0.0.1", port: 1025 }), "PORT 127,0,0,1,4,1");
  assert.equal(eprtCommand({ hostname: "::1", port: 1025 }), "EPRT |2|::1|1025|");
  assert.equal(restCommand(0), "REST 0");
  assert.equal(restCommand(2 ** 40), "REST 1099511627776");
  assert.equal(mfmtCommand("a b", new Date("2024-02-29T12:00:00.5Z")), "MFMT 20240229120000 a b");
  assert.equal(mlstOptionsCommand(["size", "UNIX.mode"]), "OPTS MLST size;UNIX.mode;");
  assert.equal(mlstOptionsCommand([]), "OPTS MLST");
  for (const offset of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => restCommand(offset), RangeError);
  }
  assert.throws(() => mfmtCommand("a", new Date(NaN)), RangeError);
  assert.throws(() => mlstOptionsCommand(["size;type"]), TypeError);
});

Deno.test("what a client builds, a server reads", () => {
  assert.deepEqual(parseCommand(command("retr", " a ; b ")), { verb: "RETR", argument: " a ; b " });
  assert.deepEqual(parseCommand(command("PASV")), { verb: "PASV", argument: "" });
});
