/**
 * Asks TypeScript which names a module exports and which members they have: inherited ones and
 * those of interfaces are seen as users see them.
 *
 * @module
 */

import type { Place } from "./mapping.ts";

/**
 * Looks names up in a module.
 *
 * @param path The module, as a path inside the project.
 * @param places What to look for.
 * @returns For each place in turn, whether it is there.
 */
export async function areExported(path: string, places: readonly Place[]): Promise<boolean[]> {
  if (places.length === 0) return [];
  const url = new URL(`../../${path}`, import.meta.url);
  const lines = [`import type * as m from ${JSON.stringify(url.href)};`];
  const owners: number[] = [];
  places.forEach((place, index) => {
    for (const type of waysToName(place)) {
      owners[lines.length] = index;
      lines.push(`export type T${lines.length} = ${type};`);
    }
  });

  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/names.ts`;
    await Deno.writeTextFile(file, lines.join("\n"));
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--config", config, file],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const errors = new TextDecoder().decode(stderr);
    const refused = new Set(
      errors.matchAll(/names\.ts:(\d+):\d+$/gm).map(([, line]) => Number(line) - 1),
    );
    if (refused.has(0) || /^error: (?!Type checking failed)/m.test(errors)) throw new Error(errors);
    const found = places.map(() => false);
    for (const [line, index] of owners.entries()) {
      if (index !== undefined && !refused.has(line)) found[index] = true;
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A name may be a value or a type, a class generic, a member static: one of these must hold. */
function waysToName({ name, member }: Place): string[] {
  if (member === undefined) return [`typeof m.${name}`, `m.${name}`, `m.${name}<any>`];
  const key = JSON.stringify(member);
  return [
    `m.${name}[${key}]`,
    `m.${name}<any>[${key}]`,
    `InstanceType<typeof m.${name}>[${key}]`,
    `(typeof m.${name})[${key}]`,
  ];
}
