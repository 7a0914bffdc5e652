import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FTPServer } from "../../../stdlib/ftplib/mod.ts";
import { at, commandOf } from "../../stdlib/ftplib/cli/cli.ts";
import { interopTest } from "../interop.ts";
import { pathOf } from "../servers/installed.ts";

type Step =
  | { wait: string }
  | { type: string }
  | { resize: [rows: number, columns: number] }
  | { echo: true };

interface Seen {
  shown: string;
  notes: boolean[];
  echo: boolean;
  code: number;
  failed: string | null;
}

// deno-lint-ignore no-control-regex
const SEQUENCE = /\x1b\[[?\d]*[A-Za-z]/g;

/** Runs the command line on a terminal of Python's making. */
async function onTerminal(
  words: string[],
  steps: Step[],
  permissions = ["-N=127.0.0.1"],
): Promise<Seen> {
  const driver = fileURLToPath(new URL("./cli_terminal.py", import.meta.url));
  const { stdout, stderr, success } = await new Deno.Command(pathOf("python3"), {
    // Deno may ask here, and nobody would answer: so it must find no reason to.
    args: [
      driver,
      JSON.stringify(steps),
      ...commandOf(words, permissions).filter((word) => word !== "--no-prompt"),
    ],
    env: { DENO_NO_UPDATE_CHECK: "1", TERM: "xterm" },
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const seen: Seen = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(seen.failed, null, JSON.stringify(seen.shown));
  // However it ended: who types sees it again, and where the cursor is.
  assert.equal(seen.echo, true);
  assert.equal(seen.shown.lastIndexOf("\x1b[?25l") <= seen.shown.lastIndexOf("\x1b[?25h"), true);
  return seen;
}

const ADA = { files: { "a.txt": "first\n" }, users: { ada: { password: "lovelace" } } };

interopTest("A password is asked for and never shown", { needs: ["python3"] }, async () => {
  await using server = await FTPServer.start(ADA);
  const { shown, notes, code } = await onTerminal(["cat", at(server, "a.txt", "ada")], [
    { echo: true },
    { wait: "Password for ada at 127.0.0.1" },
    { echo: true },
    { type: "love" },
    { type: "laze\x7f\x7fce\r" },
  ]);
  assert.equal(code, 0, shown);
  assert.deepEqual(notes, [true, false]);
  assert.match(shown, /^Password for ada at 127\.0\.0\.1:\d+: \r\nfirst\r\n$/);
});

interopTest(
  "Ctrl-C at the password leaves the terminal as it was",
  { needs: ["python3"] },
  async () => {
    await using server = await FTPServer.start(ADA);
    for (const [keys, code] of [["\x03", 130], ["\x15\x04", 4]] as const) {
      const seen = await onTerminal(["cat", at(server, "a.txt", "ada")], [
        { wait: "Password for ada" },
        { type: "secr" },
        { type: keys },
      ]);
      assert.equal(seen.code, code, seen.shown);
      assert.doesNotMatch(seen.shown, /secr/);
    }
  },
);

interopTest(
  "Bars move on a terminal, and leave a line for each file",
  { needs: ["python3"] },
  async () => {
    await using server = await FTPServer.start({
      files: { "one.bin": new Uint8Array(60_000), "two.bin": new Uint8Array(60_000) },
      bytesPerSecond: 20_000,
    });
    const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
    try {
      const words = ["get", "-P", "2", "-o", folder, at(server, "*.bin")];
      const { shown, code } = await onTerminal(words, [
        { wait: "KiB/s" },
        { resize: [10, 40] },
        { wait: "0:0" },
      ], ["-N=127.0.0.1", "-R", "-W"]);
      assert.equal(code, 0, shown);
      assert.ok(shown.startsWith("\x1b[?25l"), shown);
      assert.match(shown, /one\.bin +\d+% \[=*>? *\]/);
      assert.match(shown, /0 of 2 files, 117\.2 KiB/);
      assert.match(shown, /one\.bin: 58\.6 KiB in \d+\.\d s \(.*\)\r\n/);
      assert.match(shown, /two\.bin: 58\.6 KiB in \d+\.\d s \(.*\)\r\n/);
      // After the terminal became narrower, no line is wider than it is now.
      const narrow = shown.slice(shown.lastIndexOf("two.bin: ")).replace(SEQUENCE, "");
      const bars = narrow.split(/[\r\n]+/).filter((line) => /\d%/.test(line));
      assert.ok(bars.length > 0);
      for (const line of bars) assert.ok(line.length < 40, line);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

interopTest("Ctrl-C during a transfer gives the cursor back", { needs: ["python3"] }, async () => {
  await using server = await FTPServer.start({
    files: { "big.bin": new Uint8Array(4_000_000) },
    bytesPerSecond: 40_000,
  });
  const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  try {
    const words = ["get", "-o", `${folder}/big.bin`, at(server, "big.bin")];
    const { shown, code } = await onTerminal(words, [
      { wait: "KiB/s" },
      { type: "\x03" },
    ], ["-N=127.0.0.1", "-R", "-W"]);
    assert.equal(code, 130, shown);
    assert.match(
      shown,
      /big\.bin\.part keeps .+ KiB: the same command with --resume goes on there/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

interopTest("A mirror shows each file and the whole, and asks before it removes", {
  needs: ["python3"],
}, async () => {
  await using server = await FTPServer.start({
    files: { "a.bin": new Uint8Array(40_000), "b.bin": new Uint8Array(40_000) },
    bytesPerSecond: 20_000,
  });
  const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  try {
    const { shown, code } = await onTerminal(["mirror", at(server), folder], [
      { wait: "KiB/s" },
    ], ["-N=127.0.0.1", "-R", "-W"]);
    assert.equal(code, 0, shown);
    assert.match(shown, /a\.bin +[1-9]\d?% \[=*> *\]/);
    assert.match(shown, /[01] of 2 files, 78\.1 KiB +[1-9]\d?% \[=*> *\]/);
    assert.match(shown, /2 files transferred \(78\.1 KiB\), 0 deleted, 0 unchanged\r\n/);
    const asked = await onTerminal(["rm", at(server, "a.bin")], [
      { wait: "Remove a.bin? [y/N] " },
      { type: "y\n" },
    ]);
    assert.equal(asked.code, 0, asked.shown);
    assert.deepEqual(server.files.paths().filter((path) => path !== "/"), ["/b.bin"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
