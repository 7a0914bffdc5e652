import assert from "node:assert/strict";
import plugin from "../../tools/lint.ts";

/** The rules that a piece of code breaks, by their short names. */
function broken(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map(({ id }) => id.replace("tulip/", ""));
}

function breaks(rule: string, path: string, source: string): void {
  assert.ok(
    broken(path, source).includes(rule),
    `${rule} should refuse, in ${path}: ${source}`,
  );
}

function keeps(path: string, source: string): void {
  assert.deepEqual(broken(path, source), [], `${path}: ${source}`);
}

Deno.test("layers: an import may run down the house, never up", () => {
  keeps("net/a.ts", `import { Future } from "../loop/futures.ts";`);
  keeps("net/a.ts", `import { quote } from "../protocols/text/quote.ts";`);
  keeps("stdlib/x/a.ts", `import { openConnection } from "../../net/streams/connect.ts";`);
  keeps("stdlib/x/a.ts", `import { B } from "./b.ts"; export { C } from "../_client/c.ts";`);
  keeps("mod.ts", `export * as ftplib from "./stdlib/ftplib/mod.ts";`);

  breaks("layers", "loop/a.ts", `import { x } from "../net/x.ts";`);
  breaks("layers", "loop/a.ts", `import { x } from "../protocols/errors.ts";`);
  breaks("layers", "protocols/ftp/a.ts", `import { x } from "../../loop/futures.ts";`);
  breaks("layers", "protocols/ftp/a.ts", `export { x } from "../../net/x.ts";`);
  breaks("layers", "net/a.ts", `export * from "../stdlib/asyncio.ts";`);
  breaks("layers", "net/a.ts", `import { asyncio } from "../mod.ts";`);
});

Deno.test("layers: a type, a lazy import and an import in a type count as well", () => {
  breaks("layers", "loop/a.ts", `import type { X } from "../net/x.ts";`);
  breaks("layers", "loop/a.ts", `const x = await import("../net/x.ts");`);
  breaks("layers", "loop/a.ts", "const x = await import(`../net/x.ts`);");
  breaks("layers", "loop/a.ts", `export type X = import("../net/x.ts").X;`);
});

Deno.test("layers: runtime code never leaves the house", () => {
  for (const folder of ["tests", "bench", "tools", "examples"]) {
    breaks("layers", "stdlib/x/a.ts", `import { x } from "../../${folder}/x.ts";`);
    breaks("layers", "mod.ts", `export * from "./${folder}/x.ts";`);
    keeps(`${folder}/a.ts`, `import { x } from "../net/x.ts"; import "../tests/peers/p.ts";`);
  }
});

Deno.test("layers: the folder of a floor counts at the root alone", () => {
  keeps("tests/loop/a_test.ts", `import { x } from "../net/x.ts";`);
  const root = new URL("../../", import.meta.url).pathname;
  breaks("layers", `${root}loop/a.ts`, `import { x } from "../net/x.ts";`);
  keeps(`${root}tests/loop/a_test.ts`, `import { x } from "../../net/x.ts";`);
});

Deno.test("url-safe-imports: relative .ts files only", () => {
  const specifiers = [
    "npm:x@1",
    "jsr:@a/b",
    "https://example.org/x.ts",
    "https://tulip.example/mod.ts",
    "@tulip/tulip",
    "./x",
    "./x.js",
    "/x.ts",
  ];
  for (const specifier of specifiers) {
    breaks("url-safe-imports", "net/a.ts", `import { x } from "${specifier}";`);
    breaks("url-safe-imports", "net/a.ts", `export * from "${specifier}";`);
    breaks("url-safe-imports", "net/a.ts", `const x = await import("${specifier}");`);
    keeps("tests/net/a_test.ts", `import { x } from "${specifier}";`);
  }
});

Deno.test("url-safe-imports: node: modules are loaded at the moment of need", () => {
  breaks("url-safe-imports", "net/a.ts", `import { connect } from "node:tls";`);
  breaks("url-safe-imports", "net/a.ts", `import { AsyncLocalStorage } from "node:async_hooks";`);
  breaks("url-safe-imports", "loop/a.ts", `import { inspect } from "node:util";`);
  keeps("net/a.ts", `export async function f() { return await import("node:tls"); }`);
  keeps("net/a.ts", `import type { TLSSocket } from "node:tls";`);
  keeps("loop/a.ts", `import { AsyncLocalStorage } from "node:async_hooks";`);
});

Deno.test("no-mod-import: runtime code imports the file that defines a name", () => {
  breaks("no-mod-import", "stdlib/x/a.ts", `import { FTP } from "../ftplib/mod.ts";`);
  breaks("no-mod-import", "stdlib/x/a.ts", `import { x } from "./mod.ts";`);
  breaks("no-mod-import", "stdlib/x/mod.ts", `export * from "../ftplib/mod.ts";`);
  breaks("no-mod-import", "cli.ts", `import { ftplib } from "./mod.ts";`);
  breaks("no-mod-import", "protocols/ftp/a.ts", `export * from "./x/mod.ts";`);
  keeps("mod.ts", `export * as net from "./net/mod.ts";`);
  keeps("protocols/mod.ts", `export * as ftp from "./ftp/mod.ts";`);
  keeps("stdlib/x/mod.ts", `export { FTP } from "./client.ts";`);
  keeps("examples/a.ts", `import { FTP } from "../stdlib/ftplib/mod.ts";`);
});

Deno.test("mod-is-contents: a mod.ts defines nothing", () => {
  breaks("mod-is-contents", "net/mod.ts", `export const LIMIT = 1;`);
  breaks("mod-is-contents", "mod.ts", `console.log("hello");`);
  breaks("mod-is-contents", "net/mod.ts", `export default function main() {}`);
  keeps(
    "net/mod.ts",
    `import * as a from "./a.ts"; export { a }; export type { B } from "./b.ts";`,
  );
  keeps("net/a.ts", `export const LIMIT = 1;`);
});

/** An async function around a `try`, in a file of net/. */
function guarded(block: string, handler: string): string {
  return `async function f() { try { ${block} } ${handler} }`;
}

Deno.test("cancellation: a catch around an await must let a cancellation through", () => {
  const swallowing = [
    `catch {}`,
    `catch { return null; }`,
    `catch (error) { log(error); }`,
    `catch (error) { throw new Error("failed", { cause: error }); }`,
    `catch (error) { if (error instanceof TypeError) throw error; }`,
    `catch (error) { if (x) return; throw error; }`,
    `catch (error) { if (x) { throw error; } else { throw new Error("y"); } }`,
    `catch (error) { log(error); rethrowIfCancelled(error); }`,
    `catch (error) { rethrowIfCancelled(other); }`,
    `catch (error) { while (x) { break; } throw error; }`,
    `catch ({ message }) { throw message; }`,
    `catch (error) { const later = () => { throw error; }; }`,
  ];
  for (const handler of swallowing) {
    breaks("cancellation", "net/a.ts", guarded("await g();", handler));
  }
});

Deno.test("cancellation: what rethrows is left alone", () => {
  const passing = [
    `catch (error) { throw error; }`,
    `catch (error) { close(); throw error; }`,
    `catch (error) { { throw error; } }`,
    `catch (error) { if (x) { close(); throw error; } else throw error; }`,
    `catch (error) { if (x) close(); throw error; }`,
    `catch (error) { rethrowIfCancelled(error); return null; }`,
    `catch (error) { rethrowIfCancelled(error, signal); }`,
    `catch (error) { asyncio.rethrowIfCancelled(error); }`,
    `finally { close(); }`,
  ];
  for (const handler of passing) {
    keeps("net/a.ts", guarded("await g();", handler));
  }
});

Deno.test("cancellation: every way of waiting inside the block counts", () => {
  const waits = [
    `const x = h(await g());`,
    `for await (const x of g()) h(x);`,
    `await using x = g();`,
    `if (y) { while (z) await g(); }`,
    `try { await g(); } finally { h(); }`,
  ];
  for (const block of waits) breaks("cancellation", "net/a.ts", guarded(block, `catch {}`));
});

Deno.test("cancellation: an await elsewhere does not count", () => {
  keeps("net/a.ts", guarded(`g();`, `catch { await h(); }`));
  keeps("net/a.ts", guarded(`g();`, `catch {} finally { await h(); }`));
  keeps("net/a.ts", guarded(`later(async () => { await g(); });`, `catch {}`));
  keeps("net/a.ts", guarded(`later(async function () { await g(); });`, `catch {}`));
  keeps("net/a.ts", `async function f() { await g(); try { h(); } catch {} await i(); }`);
});

Deno.test("cancellation: examples are read as models, tests are not", () => {
  const source = guarded("await g();", "catch {}");
  breaks("cancellation", "loop/a.ts", source);
  breaks("cancellation", "stdlib/x/a.ts", source);
  breaks("cancellation", "examples/a.ts", source);
  keeps("tests/net/a_test.ts", source);
  keeps("bench/a.ts", source);
});

Deno.test("touch: protocols/ touches nothing and never waits", () => {
  const sources = [
    `Deno.readTextFileSync("x");`,
    `globalThis.Deno.build;`,
    `Deno["build"];`,
    `setTimeout(f, 1);`,
    `const now = Date.now();`,
    `const now = new Date();`,
    `const f = performance.now;`,
    `console.log("x");`,
    `export function f(conn: Deno.Conn): void {}`,
    `export async function f() { await g(); }`,
    `export async function f() { for await (const x of g()) h(x); }`,
    `export const zlib = import("node:zlib");`,
    `export const f = { fetch: globalThis.fetch };`,
  ];
  for (const source of sources) breaks("touch", "protocols/ftp/a.ts", source);
  keeps("protocols/ftp/a.ts", `export const date = new Date(Date.UTC(2026, 1, 1));`);
  keeps("protocols/ftp/a.ts", `export class C { fetch() { this.fetch(); } }`);
  keeps("protocols/ftp/a.ts", `import { fetch } from "./b.ts"; fetch("INBOX");`);
  keeps("protocols/ftp/a.ts", `export const commands = { setTimeout: 1 };`);
});

Deno.test("touch: loop/ has timers and signals, no other part of Deno", () => {
  keeps("loop/a.ts", `setTimeout(f, 1); clearTimeout(1); performance.now(); new Worker("x");`);
  keeps("loop/a.ts", `Deno.addSignalListener("SIGINT", f); let s: Deno.Signal;`);
  breaks("touch", "loop/a.ts", `await Deno.connect({ port: 1 });`);
  breaks("touch", "loop/a.ts", `Deno.readTextFileSync("x");`);
  breaks("touch", "loop/a.ts", `fetch("http://localhost");`);
  breaks("touch", "loop/a.ts", `const net = import("node:net");`);
});

Deno.test("touch: stdlib/ moves bytes and waits through the floors below", () => {
  const sources = [
    `Deno.connect({ port: 1 });`,
    `Deno.listen({ port: 1 });`,
    `new Deno.Command("ls");`,
    `setTimeout(f, 1);`,
    `const wait = globalThis.setTimeout;`,
    `const tls = import("node:tls");`,
    `const child = import("node:child_process");`,
  ];
  for (const source of sources) breaks("touch", "stdlib/ftplib/client.ts", source);
  keeps("stdlib/ftplib/client.ts", `if (x instanceof Deno.errors.NotFound) f(Date.now());`);
  keeps("stdlib/_sasl/run.ts", `const crypto = import("node:crypto");`);
});

Deno.test("touch: stdlib/ has one kind of file for each other realm", () => {
  const realms = [
    ["files.ts", `Deno.open("x");`],
    ["files.ts", `const fs = import("node:fs");`],
    ["http.ts", `fetch("http://localhost");`],
    ["http.ts", `Deno.serve(f);`],
    ["store.ts", `const sqlite = import("node:sqlite");`],
    ["store.ts", `Deno.openKv();`],
    ["cli.ts", `Deno.stdout.write(x);`],
    ["cli.ts", `console.log("x");`],
    ["cli.ts", `Deno.permissions.query({ name: "read" });`],
    ["cli.ts", `Deno.addSignalListener("SIGINT", f);`],
  ];
  for (const [file, source] of realms) {
    keeps(`stdlib/ftplib/${file}`, source!);
    breaks("touch", "stdlib/ftplib/client.ts", source!);
    keeps(`stdlib/ftplib/server_${file}`, source!);
    breaks("touch", `stdlib/ftplib/${file}/client.ts`, source!);
  }
  keeps("stdlib/_cli/progress.ts", `Deno.stderr.isTerminal();`);
});

Deno.test("touch: net/ may touch Deno", () => {
  keeps("net/a.ts", `Deno.connect({ port: 1 }); Deno.open("x"); setTimeout(f, 1);`);
});

Deno.test("each report says what to do", () => {
  const [report] = Deno.lint.runPlugin(
    plugin,
    "net/a.ts",
    guarded("await g();", `catch (reason) { log(reason); }`),
  );
  assert.match(report!.hint ?? "", /rethrowIfCancelled\(reason\)/);
  const [lazy] = Deno.lint.runPlugin(plugin, "net/a.ts", `import { connect } from "node:tls";`);
  assert.match(lazy!.hint ?? "", /await import\("node:tls"\)/);
  const [up] = Deno.lint.runPlugin(plugin, "net/a.ts", `import "../stdlib/asyncio.ts";`);
  assert.match(`${up!.message} ${up!.hint}`, /stdlib\/asyncio\.ts.*loop\/, protocols\//);
});
