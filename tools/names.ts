/**
 * Writes docs/from-python.md from the tables of names.
 *
 * @module
 */

import { formatted } from "./markdown.ts";
import { type Departure, type NameTable, placeOf } from "../tests/names/mapping.ts";
import { MODULES, type Pair } from "../tests/names/modules.ts";

const PAGE = new URL("../docs/from-python.md", import.meta.url);

/**
 * Makes the page.
 *
 * @returns Its text, formatted as `deno fmt` would.
 */
export async function fromPython(): Promise<string> {
  const head = `# From Python

<!-- Written by \`deno task names\` from the tables in tests/names: change those. -->

Python's names are kept, by one rule:

- Words joined by \`_\` become lowerCamelCase: \`send_message\` is \`sendMessage\`.
- A name of one word stays: \`sendmail\`, \`retrbinary\`, \`starttls\`.
- Classes and constants stay: \`FTP\`, \`SMTP_SSL\`, \`FIRST_COMPLETED\`. Classes in lower case become
  PascalCase: \`error_perm\` is \`ErrorPerm\`.

What is different everywhere:

- **Times are in milliseconds.** \`asyncio.sleep(0.1)\` is \`sleep(100)\`.
- What waits returns a promise. Keyword arguments are fields of one options object, the last
  argument.
- Constructors do no I/O: \`new SMTP({ timeout })\`, then \`await smtp.connect(host, port)\`, or both in
  one by \`await SMTP.connect(host, options)\`.
- \`with\` is \`await using\`.

Below stands every public name of Python's modules. Where the second column is empty, the third says
why; elsewhere it says what is different.
`;
  return await formatted([head, ...MODULES.map(section)].join("\n"));
}

function section({ python: { module, python, names }, table }: Pair): string {
  const rows = Object.entries(names).flatMap(([name, kind]) => {
    if (isUnderAbsentClass(name, table)) return [];
    const place = placeOf(name, kind, table);
    const departure = table[name];
    if ("absent" in place) return [`| \`${name}\` | | ${place.absent} |`];
    const ours = place.member === undefined ? place.name : `${place.name}.${place.member}`;
    return [`| \`${name}\` | \`${ours}\` | ${remark(departure)} |`];
  });
  return `## ${module}

As of Python ${python}.

| Python | Tulip | Why |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function remark(departure: Departure | undefined): string {
  if (departure === undefined || "absent" in departure) return "";
  return "differs" in departure ? departure.differs : departure.why ?? "";
}

/** Members go without saying where their class does not exist. */
function isUnderAbsentClass(name: string, table: NameTable): boolean {
  const home = name.includes(".") ? table[name.split(".")[0]!] : undefined;
  return home !== undefined && "absent" in home && table[name] === undefined;
}

if (import.meta.main) await Deno.writeTextFile(PAGE, await fromPython());
