/**
 * What code prints.
 *
 * @module
 */

/** Runs a body, and gives what it says by `console.error` or `console.warn`, a line for each call. */
export async function printed(
  body: () => unknown,
  kind: "error" | "warn" = "error",
): Promise<string[]> {
  const lines: string[] = [];
  const { console: output } = globalThis;
  const original = output[kind];
  output[kind] = (...parts: unknown[]) =>
    lines.push(
      parts.map((part) => typeof part === "string" ? part : Deno.inspect(part)).join(" "),
    );
  try {
    await body();
  } finally {
    output[kind] = original;
  }
  return lines;
}
