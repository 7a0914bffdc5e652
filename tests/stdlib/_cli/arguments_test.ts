import assert from "node:assert/strict";
import { nearest, parseArguments } from "../../../stdlib/_cli/arguments.ts";
import { UsageError } from "../../../stdlib/_cli/exit_codes.ts";
import type { OptionSpecs } from "../../../stdlib/_cli/options.ts";
import { parseSize, parseTime } from "../../../stdlib/_cli/option_values.ts";

const SPECS = {
  output: { type: "text", short: "o", value: "PATH", help: "" },
  resume: { type: "flag", short: "c", help: "" },
  long: { type: "flag", short: "l", help: "" },
  exclude: { type: "texts", short: "x", value: "PATTERN", help: "" },
  parallel: { type: "count", value: "N", least: 1, most: 32, help: "" },
  limit: { type: "size", value: "BYTES", help: "" },
  timeout: { type: "time", value: "TIME", help: "" },
  encoding: { type: "choice", value: "NAME", choices: ["utf-8", "latin-1"], help: "" },
} as const satisfies OptionSpecs;

Deno.test("options become typed values, wherever they stand", async () => {
  const { options, positionals } = await parseArguments(
    [
      ...["a", "-lc", "-o", "out", "b", "--exclude=*.o", "-x", "*.tmp", "--parallel", "4"],
      ...["--limit", "2M", "--timeout=500ms", "--encoding", "latin-1", "--", "-c", "--long"],
    ],
    SPECS,
  );
  assert.deepEqual({ ...options }, {
    output: "out",
    resume: true,
    long: true,
    exclude: ["*.o", "*.tmp"],
    parallel: 4,
    limit: 2_097_152,
    timeout: 500,
    encoding: "latin-1",
  });
  assert.deepEqual(positionals, ["a", "b", "-c", "--long"]);
  // The types say the same.
  const parallel: number | undefined = options.parallel;
  const encoding: "utf-8" | "latin-1" | undefined = options.encoding;
  assert.deepEqual([parallel, encoding], [4, "latin-1"]);
});

Deno.test("what is not given is false, empty or undefined", async () => {
  const { options } = await parseArguments(["-", "x"], SPECS);
  assert.deepEqual({ ...options }, {
    output: undefined,
    resume: false,
    long: false,
    exclude: [],
    parallel: undefined,
    limit: undefined,
    timeout: undefined,
    encoding: undefined,
  });
});

Deno.test("what makes no sense is told with what would", async () => {
  const cases: [string[], RegExp][] = [
    [["--outptu", "x"], /"--outptu": did you mean --output\?/],
    [["-z"], /"-z": see --help/],
    [["--constructor"], /no option "--constructor"/],
    [["--resume=yes"], /--resume takes no value/],
    [["-o"], /-o needs a value: PATH/],
    [["-o", "--resume"], /write --output=--resume/],
    [["--parallel", "0"], /--parallel "0": need a whole number from 1 to 32/],
    [["--parallel", "1e1"], /need a whole number/],
    [["--limit", "0"], /need bytes above 0/],
    [["--timeout", "NaN"], /need a time above 0/],
    [["--encoding", "utf8"], /need utf-8 or latin-1/],
  ];
  for (const [words, message] of cases) {
    await assert.rejects(parseArguments(words, SPECS), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.equal(error.exitCode, 2);
      assert.match(error.message, message);
      return true;
    });
  }
  const { options } = await parseArguments(["--output=--resume"], SPECS);
  assert.equal(options.output, "--resume");
});

Deno.test("sizes count by 1024, times are seconds", () => {
  const sizes = ["1", "500", "64k", "1.5M", "2GiB", "1kb", "3T"].map((text) =>
    parseSize("x", text)
  );
  assert.deepEqual(sizes, [1, 500, 65_536, 1_572_864, 2_147_483_648, 1_024, 3 * 1024 ** 4]);
  const times = ["30", "0.5", "250ms", "2m", "1h"].map((text) => parseTime("x", text));
  assert.deepEqual(times, [30_000, 500, 250, 120_000, 3_600_000]);
  for (const text of ["", "-1", "0", "1x", "Infinity", "1e3", "٣", " 1"]) {
    assert.throws(() => parseSize("x", text), UsageError, text);
    assert.throws(() => parseTime("x", text), UsageError, text);
  }
});

Deno.test("the nearest name is at most two letters away", () => {
  const names = ["mirror", "mkdir", "get", "put"];
  assert.equal(nearest("miror", names), "mirror");
  assert.equal(nearest("mirrro", names), "mirror");
  assert.equal(nearest("download", names), undefined);
  assert.equal(nearest("x", names), undefined);
});
