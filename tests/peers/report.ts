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
import { smtpStarttls } from "../faults/smtp_starttls.ts";
import { everyFault, type Tally } from "./rig.ts";
import { everyStarttlsAttack } from "./starttls_rig.ts";

/** One row: a dialogue, and what came of it. */
interface Row {
  readonly party: Party;
  readonly name: string;
  readonly memory: Tally | undefined;
  readonly sockets: Tally | undefined;
}

/** How many of the faults are played over sockets. */
const SAMPLE = 60;

/** And of those that are played there only. */
const LARGE_SAMPLE = 300;

const COLUMNS = [
  ...["close", "half", "reset", "silence", "split", "bytes", "delay", "trickle", "deaf", "flood"],
];

const PARTIES: Readonly<Record<Party, string>> = {
  "net": "Connections, by streams and by protocols, on both sides",
  "ftplib.FTP": "The FTP client, with a server that is played",
  "smtplib.SMTP": "The SMTP client, with a server that is played",
  "ftplib.FTPServer": "The FTP server, with a client that is played",
  "smtpd.SMTPServer": "The SMTP server, with a client that is played",
  "both": "Clients and servers of this house with each other",
};

/** The whole page. */
export function pageOf(rows: readonly Row[], attacks: ReadonlyMap<string, string>): string {
  const runs = rows.reduce(
    (sum, { memory, sockets }) => sum + (memory?.runs() ?? 0) + (sockets?.runs() ?? 0),
    0,
  );
  const parties = (Object.keys(PARTIES) as Party[]).filter((party) =>
    rows.some((row) => row.party === party)
  );
  const sections = parties.map((party) => {
    const own = rows.filter((row) => row.party === party);
    return `## ${PARTIES[party]}\n\n${runsTable(own)}\n\n${outcomesTable(own)}\n`;
  });
  const head = HEAD.replace("{runs}", String(runs))
    .replace("{dialogues}", String(rows.length))
    .replace("{faults}", table(["fault", "what it does"], FAULTS));
  return `${head}
${sections.join("\n")}
## STARTTLS, and somebody in between

The attacks of "Why TLS Is Better Without STARTTLS" (USENIX Security 2021), and what else may go
wrong there, on an SMTP client that has a password: each ends with an error, and nothing secret is
said in the clear.

${table(["attack", "ends with"], [...attacks].map((each) => [...each]))}
`;
}

const FAULTS: readonly (readonly string[])[] = [
  ["close", "after each byte of a side, the connections end cleanly (FIN)"],
  ["half", "after every fourth byte of a side, its direction ends, and the other one goes on"],
  ["reset", "after each byte of a side, the connections are reset (RST)"],
  ["silence", "after each byte of a side, nothing moves any more"],
  ["split", "the bytes arrive as two pieces, divided at each position"],
  ["bytes", "the bytes arrive one at a time"],
  ["delay", "every piece is late"],
  ["trickle", "from a position on, a byte comes now and then (slowloris)"],
  ["deaf", "from a position on, nobody takes what the side sends"],
  ["flood", "from a position on, the side sends the same thing without end"],
  ["only", "one of the cuts above, of one connection of several"],
];

const HEAD = `# What a hostile network may do

Every dialogue below is played again and again, each time on a network that does something else to
it. This page is written by \`deno run -A tests/peers/report.ts\`, and tells of {runs} runs of
{dialogues} dialogues. Each of them ended as it may:

- A client returns the right result, or an error of its own that says whose fault it is, within its
  time limit.
- A server is rid of its client within its time limits, takes no mail and no file for whole that is
  not, and serves the next client.
- Nobody leaves a connection, a port, a task or a file open, reports anything to the loop, or takes
  more than 5 MiB of memory for 8 MiB of a flood.

In memory, under a test clock, every fault is played, and over sockets a sample. A server is itself
cut off after every eighth of its bytes. \`deno task soak\` cuts clients and servers after every byte in
memory, and plays far more over sockets, where trickles, delays and floods are left out.

{faults}

The tables tell how often that was: for the server's bytes + for the client's.

What no program can tell from what is right is right here as well. In plain FTP the clean end of a
data connection is the end of the file (RFC 959 §3.4): a listing or an upload that somebody ends so
looks whole. A download knows its size before, \`verify\` asks for that of an upload afterwards.
`;

function runsTable(rows: readonly Row[]): string {
  const single = rows.some(({ memory }) => memory?.runs("close, one connection"));
  const columns = single ? [...COLUMNS, "only"] : COLUMNS;
  return table(
    ["dialogue", ...columns, "sockets"],
    rows.map(({ name, memory, sockets }) => [
      name,
      ...columns.map((label) => cell(memory ?? sockets, label)),
      sockets === undefined ? "" : memory === undefined ? "only" : String(sockets.runs()),
    ]),
  );
}

function cell(tally: Tally | undefined, label: string): string {
  if (tally === undefined) return "";
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
  for (const { memory, sockets } of rows) {
    for (const [key, { outcomes }] of (memory ?? sockets)?.counts ?? []) {
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

async function write(page: string): Promise<void> {
  const file = new URL("../../docs/faults.md", import.meta.url);
  await Deno.writeTextFile(file, page);
  const fmt = new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] });
  const { success } = await fmt.output();
  if (!success) throw new Error("The page could not be formatted");
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

if (import.meta.main) {
  const started = performance.now();
  const rows: Row[] = [];
  for (const { party, dialogue } of ALL_DIALOGUES) {
    const seed = rows.length + 1;
    const sample = dialogue.over === undefined ? SAMPLE : LARGE_SAMPLE;
    const some = { over: "sockets", sample, seed } as const;
    rows.push({
      party,
      name: dialogue.name,
      memory: dialogue.over === undefined ? await everyFault(dialogue) : undefined,
      sockets: dialogue.kinds?.includes("cut") ?? true
        ? await everyFault(dialogue, some)
        : undefined,
    });
    console.error(`${party}, ${dialogue.name}`);
  }
  const attacks = await everyStarttlsAttack(await smtpStarttls());
  console.error(`${Math.round((performance.now() - started) / 1_000)} s`);
  const page = pageOf(rows, attacks);
  if (Deno.args.includes("--print")) console.log(page);
  else await write(page);
}
