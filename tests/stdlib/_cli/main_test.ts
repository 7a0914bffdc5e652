import assert from "node:assert/strict";
import { defineCommand, type Program } from "../../../stdlib/_cli/command.ts";
import { CommandError, commonExitCode, EXIT } from "../../../stdlib/_cli/exit_codes.ts";
import { messageOf } from "../../../stdlib/_cli/failures.ts";
import { flags, wrap } from "../../../stdlib/_cli/help.ts";
import { runProgram } from "../../../stdlib/_cli/main.ts";
import { sleep } from "../../../loop/sleep.ts";
import { FileNotFoundError, ResolveError } from "../../../net/errors.ts";
import { FakeTerminal } from "./fake_terminal.ts";

const FAILURES: Record<string, () => Error> = {
  failed: () => new Error("the disk\n is full"),
  missing: () => new FileNotFoundError("there is no such file"),
  unknown: () => new ResolveError("no such host"),
  forbidden: () => new Deno.errors.NotCapable('Requires read access to "/etc/x", run again with …'),
  own: () => new RangeError("refused"),
  steered: () => new Error("\x1b[2J"),
};

const echo = defineCommand(
  [{
    title: "What to do",
    options: {
      fail: { type: "text", value: "HOW", help: "Fail in this way" },
      each: { type: "flag", help: "Report it, and go on" },
      wait: { type: "flag", short: "w", help: "Wait until somebody ends it" },
    },
  }],
  {
    usage: "WORD...",
    words: { least: 1, most: 2 },
    description: ["Writes its words."],
    examples: [{ text: "Write a word", command: "echo hello" }],
    async run({ options, words, context }) {
      context.note("one moment");
      for (const word of words) await context.output.line(word);
      if (options.wait) {
        await sleep(60_000, undefined, { signal: context.signal });
      }
      if (options.fail === undefined) return;
      const error = FAILURES[options.fail]!();
      if (!options.each) throw error;
      context.report(error, "here");
    },
  },
);

const PROGRAM: Program = {
  name: "tool",
  summary: "Does this and that",
  version: "1.2.3",
  description: ["It is only for tests."],
  commands: { echo: { summary: "Writes words", load: () => Promise.resolve(echo) } },
  examples: [{ text: "Write a word", command: "echo hello" }],
  exitCodeFor: (error) => error instanceof RangeError ? EXIT.loginRefused : undefined,
};

async function run(words: string[], terminal = new FakeTerminal()) {
  const code = await runProgram(PROGRAM, words, terminal);
  assert.equal(terminal.listeners, 0);
  return { code, out: terminal.out, err: terminal.err };
}

Deno.test("a command's results go to standard output, all else to standard error", async () => {
  assert.deepEqual(await run(["echo", "a", "b"]), {
    code: 0,
    out: "a\nb\n",
    err: "tool: one moment\n",
  });
  assert.deepEqual(await run(["echo", "a", "--quiet"]), { code: 0, out: "a\n", err: "" });
});

Deno.test("help and version are results", async () => {
  const { code, out, err } = await run(["--help"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^tool: Does this and that\n\nUsage: tool COMMAND/);
  assert.match(out, /\n {2}echo {2}Writes words\n/);
  assert.match(out, /\n {2}130 {2}Broken off by Ctrl-C\n/);
  for (const words of [["echo", "--help"], ["echo", "a", "-h"], ["help", "echo"]]) {
    const help = (await run(words)).out;
    assert.match(help, /Usage: tool echo \[OPTIONS\] WORD\.\.\./);
    assert.match(help, /\n {2}-w, --wait {6}Wait until somebody ends it\n/);
    assert.match(help, /\n {2}-q, --quiet {4}Tell errors only\n/);
    assert.match(help, /Write a word:\n {4}tool echo hello$/m);
  }
  assert.deepEqual(await run(["--version"]), { code: 0, out: "tool 1.2.3\n", err: "" });
});

Deno.test("the help fits the terminal", async () => {
  for (const columns of [50, 80, 100, 300]) {
    const { out } = await run(
      ["echo", "--help"],
      new FakeTerminal({ size: { columns, rows: 24 } }),
    );
    for (const line of out.split("\n")) assert.ok(line.length <= Math.min(columns, 100), line);
  }
  assert.ok(wrap("word ".repeat(100), 300).split("\n").every((line) => line.length <= 100));
  assert.equal(wrap("aaa bb cccc d", 6), "aaa bb\ncccc d");
  assert.equal(flags("output", { type: "text", value: "PATH", help: "" }), "    --output PATH");
});

Deno.test("what makes no sense ends with 2 and says what would", async () => {
  const cases: [string[], RegExp][] = [
    [[], /^tool: Name a command: echo; see --help\n$/],
    [["ehco"], /^tool: There is no command "ehco": did you mean echo\?\n$/],
    [["constructor"], /There is no command "constructor"/],
    [["--quiet", "echo"], /Options stand behind the command/],
    [["echo"], /Something is missing: tool echo WORD\.\.\./],
    [["echo", "a", "b", "c"], /That is too much/],
    [["echo", "--none"], /There is no option "--none"/],
  ];
  for (const [words, message] of cases) {
    const { code, out, err } = await run(words);
    assert.deepEqual([code, out], [2, ""], words.join(" "));
    assert.match(err, message);
  }
});

Deno.test("errors are one line and an exit code", async () => {
  const cases: [string, number, string][] = [
    ["failed", 1, "the disk is full"],
    ["missing", 5, "there is no such file"],
    ["unknown", 3, "no such host"],
    [
      "forbidden",
      2,
      "No permission to read /etc/x: run it with --allow-read, or --allow-read=/etc/x",
    ],
    ["own", 4, "refused"],
    ["steered", 1, "\\x1b[2J"],
  ];
  for (const [how, code, message] of cases) {
    const thrown = await run(["echo", "a", "-q", "--fail", how]);
    assert.deepEqual(thrown, { code, out: "a\n", err: `tool: ${message}\n` });
    const reported = await run(["echo", "a", "-q", "--each", "--fail", how]);
    assert.deepEqual(reported, { code, out: "a\n", err: `tool: here: ${message}\n` });
  }
  const { err } = await run(["echo", "a", "-q", "--debug", "--fail", "own"]);
  assert.match(err, /^tool: refused\nRangeError: refused\n {4}at /);
});

Deno.test("several failures have the exit code that they have in common", () => {
  assert.equal(commonExitCode([]), 0);
  assert.equal(commonExitCode([5, 5]), 5);
  assert.equal(commonExitCode([5, 1]), 1);
});

Deno.test("Ctrl-C ends with 130, a second one at once", async () => {
  const terminal = new FakeTerminal();
  const running = run(["echo", "a", "--wait"], terminal);
  await sleep(10);
  terminal.interrupt();
  assert.throws(() => terminal.interrupt(), /exit 130/);
  assert.equal((await running).code, 130);
  const asked = new FakeTerminal();
  const ending = run(["echo", "a", "--wait"], asked);
  await sleep(10);
  asked.interrupt("SIGTERM");
  assert.equal((await ending).code, 143);
});

Deno.test("nobody is told that nobody reads", async () => {
  const terminal = new FakeTerminal({ broken: new Deno.errors.BrokenPipe("Broken pipe") });
  assert.deepEqual(await run(["echo", "a", "-q"], terminal), { code: 141, out: "", err: "" });
  const full = new FakeTerminal({ broken: new Error("No space left on device") });
  assert.deepEqual(await run(["echo", "a", "-q"], full), {
    code: 1,
    out: "",
    err: "tool: Cannot write to standard output: No space left on device\n",
  });
});

Deno.test("of several errors in one, the first is told", () => {
  assert.equal(messageOf(new AggregateError([new Error("a"), new Error("b")])), "a");
  assert.equal(messageOf(new CommandError("")), "CommandError");
  assert.equal(messageOf("a string"), "a string");
});
