/**
 * uvloop's benchmark: an echo of messages of 1, 10 and 100 KiB, over three connections, by streams
 * and by protocols; plain, with TLS, and with TLS after STARTTLS. Beside asyncio, uvloop, node's
 * `net`, Deno's version of that, and Deno's raw connections.
 *
 * `deno task bench:echo`, on a machine with a C compiler; with Python, uvloop, node and OpenSSL's
 * headers for more of it. `ONLY=plain` (or `tls`, `starttls`) measures one kind, `HOW=read,readInto`
 * only some of our own; `PASSES` and `MILLISECONDS` say how often and how long.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { fileURLToPath } from "node:url";
import { certificates } from "../tests/peers/certs.ts";
import { type Measured, measureRows, printRows } from "./rows.ts";
import { available, type Entrant } from "./side_by_side.ts";

/** Debian's own Python is the one that has Debian's uvloop. */
const PYTHON = "/usr/bin/python3";
const COMPILERS = ["cc", "gcc", "clang", "tcc"];
/** What a table compares: the first is ours, and each ratio is to it. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  "our raw reads": ["readInto", "uvloop read", "asyncio read", "deno raw", "read", "buffered"],
  "our reads": ["read", "uvloop read", "asyncio read"],
  "our lines": ["readline", "uvloop readline", "asyncio readline", "nextLine"],
  "our buffered protocol": ["buffered", "deno raw", "uvloop buffered", "asyncio buffered"],
  "our streams": ["read", "node net", "deno node:net", "deno raw"],
  "our protocol": ["protocol", "uvloop protocol", "asyncio protocol", "node net", "deno node:net"],
};

const STREAMS = ["readInto", "read", "readline", "nextLine"];

const passes = Number(Deno.env.get("PASSES") ?? 3);
const wanted = Deno.env.get("ONLY");
const ours = Deno.env.get("HOW")?.split(",") ??
  [...STREAMS, "buffered", "protocol"];

const compiler = await firstOf(COMPILERS);
if (compiler === undefined) {
  console.log(`No C compiler is there (${COMPILERS.join(", ")}): nothing is measured`);
  Deno.exit(1);
}
const folder = await Deno.makeTempDir();
try {
  const modes = ["plain", "tls", "starttls"].filter((mode) => (wanted ?? mode) === mode);
  const client = `${folder}/client`;
  const withTls = await compile(compiler, client, ["-DWITH_TLS", "-lssl", "-lcrypto"]);
  if (!withTls && !await compile(compiler, client, [])) {
    throw new Error("The client cannot be compiled");
  }
  if (!withTls) console.log("OpenSSL's headers are not there (libssl-dev): no TLS is measured");

  const { good } = await certificates();
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  await Deno.writeTextFile(cert, good.cert);
  await Deno.writeTextFile(key, good.key);

  console.log("Microseconds for a message, and how many of them the server's processor worked.");
  console.log("Ratios say how often our time goes into theirs.");
  for (const mode of modes) {
    if (mode !== "plain" && !withTls) continue;
    const all = (await contenders(mode, [cert, key])).map(({ name, command }) => ({
      name,
      command: [...deno("run.ts"), client, mode, ...command],
    }));
    const measured = await measureRows(all, passes);
    for (const [title, names] of Object.entries(TABLES)) {
      printTable(`${mode}: ${title}`, measured, names);
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

function printTable(title: string, measured: Measured, names: readonly string[]): void {
  const columns = names.filter((name) => measured.has(name));
  if (columns.length < 2 || columns[0] !== names[0]) return;
  const picked = new Map(columns.map((name) => [name, measured.get(name)!]));
  printRows(title, picked, { digits: 2, ratios: true });
}

/** Everybody who is there and can do it. */
async function contenders(mode: string, certificate: string[]): Promise<Entrant[]> {
  const args = [mode, ...certificate];
  // A protocol that begins TLS in the middle is another program; streams do it by one call.
  const able = ours.filter((how) => mode !== "starttls" || STREAMS.includes(how));
  const all: Entrant[] = able.map((how) => ({
    name: how,
    command: [...deno("tulip.ts"), how, ...args],
  }));
  for (const loop of ["asyncio", "uvloop"]) {
    if (!await succeeds([PYTHON, "-c", `import ${loop}`])) {
      console.log(`${loop} is not there`);
      continue;
    }
    for (const how of ["read", "readline", "buffered", "protocol"]) {
      // Python's transports begin TLS in the middle only for streams, or by hand.
      if (mode === "starttls" && (how === "buffered" || how === "protocol")) continue;
      const command = [PYTHON, file("python_echo.py"), loop, how, ...args];
      all.push({ name: `${loop} ${how}`, command });
    }
  }
  if (await available("node")) {
    all.push({ name: "node net", command: ["node", file("node_net.mjs"), ...args] });
  } else {
    console.log("node is not there");
  }
  all.push({ name: "deno node:net", command: [...deno("node_net.mjs"), ...args] });
  // Deno's connections cannot begin TLS as a server.
  if (mode !== "starttls") {
    all.push({ name: "deno raw", command: [...deno("deno_raw.ts"), ...args] });
  }
  return all;
}

function deno(name: string): string[] {
  return [Deno.execPath(), "run", "-A", file(name)];
}

function file(name: string): string {
  return fileURLToPath(import.meta.resolve(`./echo/${name}`));
}

async function firstOf(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    if (await available(program)) return program;
  }
  return undefined;
}

function compile(compiler: string, target: string, flags: readonly string[]): Promise<boolean> {
  return succeeds([compiler, "-O2", "-o", target, file("client.c"), ...flags]);
}

async function succeeds([program, ...args]: string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program!, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
