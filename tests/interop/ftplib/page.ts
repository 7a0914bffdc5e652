/**
 * The page of docs that shows what the matrix of ftplib has found.
 *
 * @module
 */

import { formatted } from "../../../tools/markdown.ts";
import type { Case } from "./cpython/case.ts";
import { CLASSES, ELSEWHERE } from "./cpython/classes.ts";
import { DIFFERENCES } from "./differences.ts";
import { type Cell, expected, MODES, OPERATIONS } from "./matrix.ts";
import type { Mode, Operation } from "./operation.ts";
import { type Place, PLACES, type ServerName } from "./places.ts";

/** Where the page lies. */
export const PAGE: URL = new URL("../../../docs/ftplib-interop.md", import.meta.url);

/** What came of an operation in one place and one mode. */
export type Outcome = (operation: Operation, place: Place, mode: Mode) => Cell;

/**
 * Makes the page.
 *
 * @param outcome What came of each operation; what is to come of it unless given.
 * @returns Its text, formatted as `deno fmt` would.
 */
export async function page(outcome: Outcome = expected): Promise<string> {
  const servers = [...new Set(PLACES.map(({ server }) => server))];
  const head = `# ftplib on real servers

<!-- Written by tests/interop/ftplib/report.ts from a run of the matrix: change the tests. -->

Each operation was done by Tulip's client on a server of Debian 12 that ran beside it: on every kind
of connection that the server has, with data connections opened by the client (passive) and by the
server (active). What was to come of it was looked for on the server's disk, certificates were
verified with an authority of our own, and each row used the session that the row before it left.

- **ok**: done, in ${MODES.join(" and ")} mode.
- **–**: the server cannot do it, for the reason below the table. Where it refuses, the client was to
  end with that refusal as an error, and the session to go on.
- *Reuse required* means that the server refuses data connections which do not resume the TLS
  session of the control connection.
`;
  const sections = servers.map((server) => section(server, outcome));
  return await formatted([head, ...sections, differences(), cpython()].join("\n"));
}

const VERSIONS: Readonly<Record<ServerName, string>> = {
  "vsftpd": "3.0.3",
  "ProFTPD": "1.3.8",
  "Pure-FTPd": "1.0.50",
  "pyftpdlib": "1.5.7",
};

function section(server: ServerName, outcome: Outcome): string {
  const places = PLACES.filter((place) => place.server === server);
  const notes: string[] = [];
  const rows = OPERATIONS.map((operation) => {
    const cells = places.map((place) => cellOf(operation, place, outcome, notes));
    return `| ${operation.name} | ${cells.join(" | ")} |`;
  });
  return `## ${server} ${VERSIONS[server]}

| | ${places.map(headOf).join(" | ")} |
| --- |${" :-: |".repeat(places.length)}
${rows.join("\n")}

${notes.map((why, index) => `${index + 1}. ${why}`).join("\n")}
`;
}

function headOf({ security, reuse, hostname }: Place): string {
  const parts = [security === "plain" ? "plain" : `${security} TLS`];
  if (reuse) parts.push("reuse required");
  if (hostname === "::1") parts.push("IPv6");
  return parts.join(", ");
}

/** One word for both modes where they agree, as they do where all is well. */
function cellOf(operation: Operation, place: Place, outcome: Outcome, notes: string[]): string {
  const words = MODES.map((mode) => {
    const cell = outcome(operation, place, mode);
    if (cell.ok) return "ok";
    if (!notes.includes(cell.why)) notes.push(cell.why);
    return `– (${notes.indexOf(cell.why) + 1})`;
  });
  if (new Set(words).size === 1) return words[0]!;
  return words.map((word, index) => `${MODES[index]}: ${word}`).join(", ");
}

function differences(): string {
  const rows = Object.values(DIFFERENCES).map(({ what, why }) => `- ${what}: ${why}.`);
  return `## Beside Python's ftplib

The same scripts, some of them made at random, run with Python's ftplib and with Tulip's on vsftpd,
ProFTPD, Pure-FTPd and pyftpdlib, passive and active, on IPv4 and IPv6, and by TLS on vsftpd. The
commands on the wire, the results, and the files on the server
afterwards are the same, but for this:

${rows.join("\n")}
`;
}

function cpython(): string {
  const seen = new Set<string>();
  const rows = CLASSES.flatMap(({ name, all }) =>
    // One class repeats the cases of another with TLS.
    all.filter((test) => !seen.has(test.name) || name !== "TestTLS_FTPClassMixin")
      .map((test: Case) => {
        seen.add(test.name);
        return `| \`${name}.${test.name}\` | ${test.verdict} | ${test.why} |`;
      })
  );
  const elsewhere = Object.entries(ELSEWHERE)
    .map(([name, where]) => `| \`${name}\` | elsewhere | ${where} |`);
  return `## CPython's own tests of ftplib

Written afresh for Tulip's client, and run against CPython's own dummy server, without TLS and with
it (\`TestTLS_FTPClassMixin\` repeats \`TestFTPClass\`).

| CPython's test | here | why |
| --- | --- | --- |
${[...rows, ...elsewhere].join("\n")}
`;
}
