/**
 * Asks TypeScript which names a module exports and which members they have: inherited ones and
 * those of interfaces are seen as users see them.
 *
 * @module
 */

import type { Place } from "./mapping.ts";

/** A name in a module. */
export interface Sought {
  /** The module, as a path inside the project. */
  path: string;
  /** The name. */
  place: Place;
}

/**
 * Looks names up, all in one run of the type checker.
 *
 * @param sought What to look for.
 * @returns For each in turn, whether it is there.
 */
export async function areExported(sought: readonly Sought[]): Promise<boolean[]> {
  const modules = [...new Set(sought.map(({ path }) => path))];
  if (modules.length === 0) return [];
  const lines = modules.map((path, index) => {
    const url = new URL(`../../${path}`, import.meta.url);
    return `import type * as m${index} from ${JSON.stringify(url.href)};`;
  });
  const owners: number[] = [];
  sought.forEach(({ path, place }, index) => {
    for (const type of waysToName(`m${modules.indexOf(path)}`, place)) {
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
    const notThere = modules.some((_, line) => refused.has(line));
    if (notThere || /^error: (?!Type checking failed)/m.test(errors)) throw new Error(errors);
    const found = sought.map(() => false);
    for (const [line, index] of owners.entries()) {
      if (index !== undefined && !refused.has(line)) found[index] = true;
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A name may be a value or a type, a class generic, a member static: one of these must hold. */
function waysToName(module: string, { name, member }: Place): string[] {
  const full = `${module}.${name}`;
  if (member === undefined) return [`typeof ${full}`, full, `${full}<any>`];
  const key = JSON.stringify(member);
  return [
    `${full}[${key}]`,
    `${full}<any>[${key}]`,
    `InstanceType<typeof ${full}>[${key}]`,
    `(typeof ${full})[${key}]`,
  ];
}
