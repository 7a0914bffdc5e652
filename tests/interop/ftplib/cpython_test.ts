import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import type { FTPOptions } from "../../../stdlib/ftplib/session_options.ts";
import { interopTest } from "../interop.ts";
import { mustRun } from "../servers/run.ts";
import { pathOf } from "../servers/installed.ts";
import type { Case, Cases, World } from "./cpython/case.ts";
import { CLASSES, ELSEWHERE } from "./cpython/classes.ts";
import { Dummy, type DummyOptions, startPython } from "./cpython/dummy.ts";
import type { JsonLines } from "./json_lines.ts";

const needs = ["python3", "python3-testsuite"] as const;

for (const { name, all, options } of CLASSES) {
  interopTest(`CPython's own tests of ftplib: ${name}`, { needs }, async (context) => {
    await using python = startPython();
    for (const test of all) await context.step(test.name, () => run(python, test, options));
  });
}

interopTest("CPython's tests of ftplib are all here, by their names", { needs }, async () => {
  const printed = await mustRun([pathOf("python3"), "-c", NAMES, pathOf("python3-testsuite")]);
  const ours = CLASSES.flatMap(({ name, all }: Cases) => all.map((test) => `${name}.${test.name}`));
  const theirs: string[] = JSON.parse(printed);
  assert.deepEqual([...ours, ...Object.keys(ELSEWHERE)].sort(), theirs.sort());
});

async function run(python: JsonLines, test: Case, options?: DummyOptions): Promise<void> {
  if (options === undefined) return await test.test(undefined as never);
  await using dummy = await Dummy.start(python, options);
  const world: World = {
    dummy,
    ftp: await connect(dummy, options),
    connect: (more) => connect(dummy, options, more),
    elsewhere: async (other, body) => {
      // All dummy servers of one Python share their sockets, so that only one may run.
      await using another = startPython();
      await run(another, { ...test, test: body }, { ...options, ...other });
    },
  };
  try {
    await test.test(world);
  } finally {
    world.ftp.close();
  }
}

/** As the classes set their clients up: with TLS on both connections where the server knows it. */
async function connect(
  dummy: Dummy,
  { tls, host, encoding }: DummyOptions,
  more: FTPOptions = {},
): Promise<FTP> {
  const { hostname, port } = dummy;
  // On IPv4, this server fails at EPSV without a word.
  const passive = host === "::1" ? "auto" : "PASV";
  const options = { port, passive, encoding, timeout: 20_000, ...more } as const;
  if (!tls) return await FTP.connect(hostname, options);
  const caCerts = [await Deno.readTextFile(dummy.caFile)];
  const ftp = await FTP_TLS.connect(hostname, { ...options, caCerts, serverHostname: "localhost" });
  await ftp.auth();
  await ftp.protP();
  return ftp;
}

const NAMES = `
import ast, json, sys
found = {}
def look(body):
    for node in body:
        if isinstance(node, ast.ClassDef):
            names = [it.name for it in node.body
                     if isinstance(it, ast.FunctionDef) and it.name.startswith("test")]
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in found:
                    names = found[base.id] + names
            found[node.name] = names
        elif isinstance(node, ast.If):
            look(node.body)
look(ast.parse(open(sys.argv[1]).read()).body)
print(json.dumps([f"{name}.{test}" for name, tests in found.items() for test in tests]))
`;
