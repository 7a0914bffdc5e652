/**
 * Markdown that programs write, formatted as all other Markdown here.
 *
 * @module
 */

/**
 * Formats Markdown as `deno fmt` does.
 *
 * @param markdown The text.
 * @returns The text as it is to be kept.
 */
export async function formatted(markdown: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "--line-width=100", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error("deno fmt refuses the page");
  return new TextDecoder().decode(stdout);
}
