/**
 * Plays every dialogue under every fault, and writes what came of it as a page:
 *
 * ```sh
 * deno run -A tests/peers/report.ts          # writes docs/faults.md
 * deno run -A tests/peers/report.ts --print  # prints it
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { ALL_DIALOGUES, type Party } from "../faults/all_dialogues.ts";
import { everyFault, type Tally } from "./rig.ts";

/** One row: a dialogue, and what came of it. */
interface Row {
  readonly party: Party;
  readonly name: string;
  readonly memory: Tally;
  readonly sockets: Tally | undefined;
}

/** How many of the faults are played over sockets. */
const SAMPLE = 40;

const COLUMNS = [
  ...["close", "half", "reset", "silence", "split", "bytes", "delay", "trickle", "deaf", "flood"],
];

const PARTIES: Readonly<Record<Party, string>> = {
  "ftplib.FTP": "The FTP client, with a server that is played",
  "smtplib.SMTP": "The SMTP client, with a server that is played",
  "ftplib.FTPServer": "The FTP server, with a client that is played",
  "smtpd.SMTPServer": "The SMTP server, with a client that is played",
  "both": "Clients and servers of this house with each other",
};

if (import.meta.main) {
  const rows: Row[] = [];
  const started = performance.now();
  for (const { party, dialogue } of ALL_DIALOGUES) {
    const memory = await everyFault(dialogue);
    const sockets = dialogue.kinds === undefined
      ? await everyFault(dialogue, { over: "sockets", sample: SAMPLE, seed: rows.length + 1 })
      : undefined;
    rows.push({ party, name: dialogue.name, memory, sockets });
    console.error(`${party}, ${dialogue.name}: ${memory.runs()} runs`);
  }
  console.error(`${Math.round((performance.now() - started) / 1_000)} s`);
  const page = pageOf(rows);
  if (Deno.args.includes("--print")) console.log(page);
  else await Deno.writeTextFile(new URL("../../docs/faults.md", import.meta.url), page);
}

/** The whole page. */
export function pageOf(rows: readonly Row[]): string {
  const runs = rows.reduce((sum, row) => sum + row.memory.runs() + (row.sockets?.runs() ?? 0), 0);
  const parties = (Object.keys(PARTIES) as Party[]).filter((party) =>
    rows.some((row) => row.party === party)
  );
  const sections = parties.map((party) => {
    const own = rows.filter((row) => row.party === party);
    return `## ${PARTIES[party]}\n\n${runsTable(own)}\n\n${outcomesTable(own)}\n`;
  });
  return `${HEAD.replace("{runs}", String(runs)).replace("{dialogues}", String(rows.length))}
${sections.join("\n")}`;
}

const HEAD = `# What a hostile network may do

Every dialogue below is played again and again, each time on a network that does something else to
it, with the server's bytes and with the client's. This page is written by
\`deno run -A tests/peers/report.ts\`, and tells of {runs} runs of {dialogues} dialogues. Each of them
ended as it may:

- a client returns the right result, or an error of its own that says whose fault it is, within its
  time limit;
- a server is rid of its client within its time limits, takes no mail and no file for whole that is
  not, and serves the next client;
- nobody leaves a connection, a port, a task or a file open, reports anything to the loop, or takes
  more memory than a few MiB for whatever is sent without end.

In memory and under a test clock every fault is played, over sockets a sample. (A server or client
that is under test together with its peer is itself cut after every fifth of its bytes there;
\`deno task soak\` plays every one, and everything over sockets.)

| fault | what it does |
| --- | --- |
| close | after each byte of a side, the connections end cleanly (FIN) |
| half | after each byte of a side, its direction ends, and the other one goes on |
| reset | after each byte of a side, the connections are reset (RST); what had arrived is lost or not |
| silence | after each byte of a side, nothing moves any more |
| split | the bytes arrive as two pieces, divided at each position |
| bytes | the bytes arrive one at a time |
| delay | every piece is late |
| trickle | from a position on there is a byte now and then (slowloris) |
| deaf | from a position on nobody takes what the side sends |
| flood | from a position on the side sends the same thing without end |

The columns tell how often: after the server's bytes + after the client's. \`only\` are cuts of one
connection of several. Above the line, all is well with what is not in plain FTP's power: the clean
end of a data connection alone is the end of the file there (RFC 959 §3.4), so that a listing or an
upload that somebody cuts like this cannot be told from a whole one. \`verify\` of an upload asks for
the size afterwards, a download knows it before; TLS knows.
`;

function runsTable(rows: readonly Row[]): string {
  const single = rows.some(({ memory }) => memory.runs("close, one connection") > 0);
  const columns = single ? [...COLUMNS, "only"] : COLUMNS;
  return table(
    ["dialogue", ...columns, "sockets"],
    rows.map(({ name, memory, sockets }) => [
      name,
      ...columns.map((label) => cell(memory, label)),
      sockets === undefined ? "" : String(sockets.runs()),
    ]),
  );
}

function cell(tally: Tally, label: string): string {
  const sides = (["server", "client"] as const).map((side) =>
    label === "only"
      ? ["close", "half", "reset", "silence"].reduce(
        (sum, how) => sum + tally.runs(`${how}, one connection`, side),
        0,
      )
      : tally.runs(label, side)
  );
  return sides.every((runs) => runs === 0) ? "" : sides.join(" + ");
}

/** How the runs ended, by the kind of fault. */
function outcomesTable(rows: readonly Row[]): string {
  const sums = new Map<string, Map<string, number>>();
  for (const { memory } of rows) {
    for (const [key, { outcomes }] of memory.counts) {
      const label = key.split("|")[0]!.replace(", one connection", ", only");
      const sum = sums.get(label) ?? new Map<string, number>();
      sums.set(label, sum);
      for (const [outcome, count] of Object.entries(outcomes)) {
        const told = outcome.startsWith("after ") ? "ended by then" : outcome;
        sum.set(told, (sum.get(told) ?? 0) + count);
      }
    }
  }
  const all = [...new Set([...sums.values()].flatMap((sum) => [...sum.keys()]))].sort(byGoodness);
  return table(
    ["fault", ...all],
    [...sums].map(([label, sum]) => [label, ...all.map((each) => String(sum.get(each) ?? ""))]),
  );
}

/** What is right comes first. */
function byGoodness(a: string, b: string): number {
  const good = (outcome: string) => outcome === "result" || outcome === "served" ? 0 : 1;
  return good(a) - good(b) || (a < b ? -1 : 1);
}

/** A table as \`deno fmt\` has it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
