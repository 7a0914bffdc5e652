/**
 * Runs a program to its end: how tests use the clients of others.
 *
 * @module
 */

/** What a program has said, and how it ended. */
export interface Ran {
  /** Its exit code. */
  code: number;
  /** Whether that is 0. */
  success: boolean;
  /** What it wrote to its standard output. */
  stdout: string;
  /** What it wrote to its standard error. */
  stderr: string;
}

/**
 * Runs a program, for at most a minute.
 *
 * @param command The program and its arguments.
 * @param options Its input, its folder, and variables added to the environment.
 * @returns What came of it.
 */
export async function run(
  command: readonly string[],
  options: { stdin?: string | Uint8Array; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const { stdin, cwd, env } = options;
  const process = new Deno.Command("timeout", {
    args: ["--kill-after=5", "60", ...command],
    cwd,
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = process.output();
  if (stdin !== undefined) {
    const writer = process.stdin.getWriter();
    const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    // A program may end without having read its input.
    await writer.write(bytes).then(() => writer.close()).catch(() => {});
  }
  const { code, success, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { code, success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Runs a program that must succeed.
 *
 * @param command The program and its arguments.
 * @param options As for {@linkcode run}.
 * @returns What it wrote to its standard output.
 * @throws {Error} With all it has said, if it does not.
 */
export async function mustRun(
  command: readonly string[],
  options: { stdin?: string | Uint8Array; cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { code, success, stdout, stderr } = await run(command, options);
  if (!success) throw new Error(`${command.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
