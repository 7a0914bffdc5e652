import assert from "node:assert/strict";
import { FTPServer } from "../../stdlib/ftplib/mod.ts";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";
import { run, start } from "./demo.ts";
import { slowly } from "./slow_file.ts";

Deno.test("The demo runs on its own servers and tells what it did", async () => {
  const { code, stdout, stderr } = await run([]);
  assert.equal(code, 0, stderr);
  for (
    const text of ["7 new", "7 sizes agree", "nightly-report.txt", "alice@tulip.example, bob@"]
  ) {
    assert.ok(stdout.includes(text), `${JSON.stringify(text)} is missing in:\n${stdout}`);
  }
  assert.match(stdout, /│ Subject: Nightly report/, "the mail that arrived is shown");
  assert.ok(!stdout.includes("\x1b"), "no escape sequence where there is no terminal");
});

Deno.test("The same script does the job on other servers, and fetches only what is new", async () => {
  await using ftp = await FTPServer.start({
    users: { ann: { password: "se cret" } },
    files: { "/out/a.csv": "a\r\n".repeat(5000), "/out/deep/er/b.csv": "b", "/other/c.csv": "c" },
  });
  await using smtp = await SMTPServer.start();
  const into = await Deno.makeTempDir();
  try {
    const args = [
      ...["--ftp", `ftp://ann:se%20cret@127.0.0.1:${ftp.port}/out`],
      ...["--smtp", `smtp://127.0.0.1:${smtp.port}`, "--from", "night@a.test"],
      ...["--to", "x@a.test", "--to", "y@b.test", "--into", `${into}/files`],
    ];
    const first = await run(args);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(await Deno.readTextFile(`${into}/files/a.csv`), "a\r\n".repeat(5000));
    assert.equal(await Deno.readTextFile(`${into}/files/deep/er/b.csv`), "b");
    const [mail] = smtp.messages;
    assert.deepEqual(mail?.recipients.map(({ address }) => address), ["x@a.test", "y@b.test"]);
    assert.match(new TextDecoder().decode(mail!.content), /14\.6 KiB {2}a\.csv/);

    const second = await run(args);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /2 files in \/out, 0 new/);
  } finally {
    await Deno.remove(into, { recursive: true });
  }
});

Deno.test("Ctrl-C leaves a .part, ends with 130, and the next run resumes", async () => {
  const body = new Uint8Array(8 * 2 ** 20).map((_, n) => n % 251);
  const slow = slowly(body);
  await using ftp = await FTPServer.start({ filesystem: slow.filesystem });
  await using smtp = await SMTPServer.start();
  const into = await Deno.makeTempDir();
  try {
    const args = [
      ...["--ftp", `ftp://127.0.0.1:${ftp.port}/`, "--smtp", `smtp://127.0.0.1:${smtp.port}`],
      ...["--to", "x@a.test", "--into", into],
    ];
    const child = start(args);
    await slow.halfway;
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    assert.equal(code, 130, new TextDecoder().decode(stderr));
    const part = await Deno.readFile(`${into}/big.bin.part`);
    assert.ok(part.length > 0 && part.length < body.length);
    assert.deepEqual(part, body.subarray(0, part.length));
    assert.equal(smtp.messages.length, 0);

    slow.release();
    const again = await run(args);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await Deno.readFile(`${into}/big.bin`), body);
    assert.ok(slow.offsets.at(-1)! > 0, "the second run asked for the rest only");
  } finally {
    await Deno.remove(into, { recursive: true });
  }
});

Deno.test("A command line that makes no sense says why, with exit code 2", async () => {
  for (
    const [args, expected] of [
      [["--nonsense"], /--nonsense/],
      [["--ftp", "http://a/"], /--ftp needs a URL/],
      [["--ftp", "ftp://a/", "--smtp", "smtp://b"], /at least one --to/],
    ] as const
  ) {
    const { code, stderr } = await run([...args]);
    assert.equal(code, 2);
    assert.match(stderr, expected);
  }
});
