/**
 * Which floor may touch what of the platform. The rule looks at global names and at `node:`
 * modules; what is imported from our own files is the business of the layers.
 *
 * @module
 */

import { type Floor, floorOf, pathInProject } from "./floors.ts";

/** A part of the platform. */
type Realm =
  | "clock"
  | "timers"
  | "sockets"
  | "processes"
  | "signals"
  | "files"
  | "http"
  | "store"
  | "console"
  | "other";

/** What a floor may touch; a name of a file behind a realm confines it to files so named. */
const MAY_TOUCH: Readonly<Record<Floor, Partial<Record<Realm, true | string>>>> = {
  protocols: {},
  loop: { clock: true, timers: true, signals: true, other: true },
  net: {
    clock: true,
    timers: true,
    sockets: true,
    processes: true,
    signals: true,
    files: true,
    http: true,
    console: true,
    other: true,
  },
  stdlib: {
    clock: true,
    files: "files.ts",
    http: "http.ts",
    store: "store.ts",
    console: "cli.ts",
    signals: "cli.ts",
    other: true,
  },
  root: { clock: true, console: "cli.ts", signals: "cli.ts" },
};

const GLOBALS: Readonly<Record<string, Realm>> = {
  setTimeout: "timers",
  setInterval: "timers",
  setImmediate: "timers",
  clearTimeout: "timers",
  clearInterval: "timers",
  clearImmediate: "timers",
  fetch: "http",
  WebSocket: "http",
  EventSource: "http",
  console: "console",
  prompt: "console",
  confirm: "console",
  alert: "console",
  performance: "clock",
  Worker: "other",
};

/** Members of `Deno`; what is not listed works on files. */
const DENO: Readonly<Record<string, Realm>> = {
  connect: "sockets",
  connectTls: "sockets",
  connectQuic: "sockets",
  startTls: "sockets",
  listen: "sockets",
  listenTls: "sockets",
  listenDatagram: "sockets",
  resolveDns: "sockets",
  QuicEndpoint: "sockets",
  networkInterfaces: "sockets",
  hostname: "sockets",
  Command: "processes",
  kill: "processes",
  addSignalListener: "signals",
  removeSignalListener: "signals",
  serve: "http",
  upgradeWebSocket: "http",
  createHttpClient: "http",
  openKv: "store",
  cron: "timers",
  unrefTimer: "timers",
  stdin: "console",
  stdout: "console",
  stderr: "console",
  args: "console",
  env: "console",
  exit: "console",
  exitCode: "console",
  consoleSize: "console",
  errors: "other",
  build: "other",
  version: "other",
  noColor: "console",
  mainModule: "console",
  permissions: "console",
};

const NODE: Readonly<Record<string, Realm>> = {
  "node:timers": "timers",
  "node:timers/promises": "timers",
  "node:net": "sockets",
  "node:tls": "sockets",
  "node:dgram": "sockets",
  "node:dns": "sockets",
  "node:dns/promises": "sockets",
  "node:child_process": "processes",
  "node:cluster": "processes",
  "node:fs": "files",
  "node:fs/promises": "files",
  "node:http": "http",
  "node:https": "http",
  "node:http2": "http",
  "node:sqlite": "store",
  "node:readline": "console",
  "node:process": "console",
  "node:tty": "console",
  "node:async_hooks": "other",
};

const WHERE: Readonly<Record<Realm, string>> = {
  clock: "a codec that needs the time takes it as an argument, `now`",
  timers: "wait through loop/ (sleep, timeout, interruptible)",
  sockets: "move bytes through net/ (openConnection, startServer)",
  processes: "run programs through net/",
  signals: "leave signals to loop/, or to a cli.ts",
  files: "touch files in a file named files.ts or …_files.ts",
  http: "speak HTTP in a file named http.ts or …_http.ts",
  store: "keep data in a file named store.ts or …_store.ts",
  console: "talk to the console in a file named cli.ts or …_cli.ts",
  other: "pass it in from a floor above",
};

/** Refuses what a floor may not touch, so that each can be tested by itself. */
export const touch: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    const floor = floorOf(path);
    if (floor === undefined) return {};
    const own = new Set<string>();

    const check = (node: Deno.lint.Node, what: string, realm: Realm) => {
      const place = MAY_TOUCH[floor][realm];
      if (place === true || (place !== undefined && isNamed(path, place))) return;
      context.report({
        node,
        message: `${what} in ${floor}/: ${WHERE[realm]}`,
        hint: floor === "protocols" ? "protocols/ is pure: bytes in, events out" : undefined,
      });
    };
    const checkNode = (source: Deno.lint.Node) => {
      const name = source.type === "Literal" ? source.value : undefined;
      if (typeof name !== "string" || !name.startsWith("node:")) return;
      check(source, name, NODE[name] ?? "other");
    };
    const noWaiting = (node: Deno.lint.Node) => {
      if (floor !== "protocols") return;
      context.report({
        node,
        message: "An await in protocols/: a codec never waits",
        hint: "Take what has arrived as an argument, and return what is to be sent",
      });
    };

    return {
      Program(program) {
        for (const name of declaredNames(program)) own.add(name);
      },
      MemberExpression(node) {
        const member = memberOf(node);
        if (member === undefined) return;
        if (node.object.type === "Identifier" && node.object.name === "Deno") {
          check(node, `Deno.${member}`, DENO[member] ?? "files");
        } else if (
          node.object.type === "MemberExpression" && isGlobalThis(node.object.object) &&
          memberOf(node.object) === "Deno"
        ) {
          check(node, `Deno.${member}`, DENO[member] ?? "files");
        } else if (isGlobalThis(node.object) && Object.hasOwn(GLOBALS, member)) {
          check(node, member, GLOBALS[member]!);
        } else if (
          node.object.type === "Identifier" && node.object.name === "Date" && member === "now"
        ) {
          check(node, "Date.now", "clock");
        }
      },
      NewExpression(node) {
        if (
          node.callee.type === "Identifier" && node.callee.name === "Date" &&
          node.arguments.length === 0
        ) {
          check(node, "new Date()", "clock");
        }
      },
      Identifier(node) {
        if (own.has(node.name) || !Object.hasOwn(GLOBALS, node.name) || !isValue(node)) return;
        check(node, node.name, GLOBALS[node.name]!);
      },
      TSQualifiedName(node) {
        const { left, right } = node;
        if (left.type !== "Identifier" || left.name !== "Deno") return;
        // Above protocols/ a type names a thing without touching it.
        if (floor === "protocols") check(node, `Deno.${right.name}`, "other");
      },
      ImportDeclaration: (node) => checkNode(node.source),
      ImportExpression: (node) => checkNode(node.source),
      AwaitExpression: noWaiting,
      ForOfStatement(node) {
        if (node.await) noWaiting(node);
      },
    };
  },
};

function isNamed(path: string, name: string): boolean {
  const file = path.slice(path.lastIndexOf("/") + 1);
  // What several command lines share lives in a folder `_cli/`, and so on.
  return file === name || file.endsWith(`_${name}`) ||
    path.includes(`/_${name.replace(/\.ts$/, "")}/`);
}

function memberOf(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string"
    ? node.property.value
    : undefined;
}

function isGlobalThis(node: Deno.lint.Node): boolean {
  return node.type === "Identifier" && (node.name === "globalThis" || node.name === "self");
}

/** Whether an identifier is read as a variable, not a name of a member, a key or a binding. */
function isValue(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "CallExpression":
    case "NewExpression":
      return true;
    case "MemberExpression":
      return sameNode(parent.object, node);
    case "VariableDeclarator":
      return parent.init !== null && sameNode(parent.init, node);
    case "AssignmentExpression":
      return sameNode(parent.right, node);
    case "AssignmentPattern":
      return sameNode(parent.right, node);
    case "Property":
      return sameNode(parent.value, node) && !sameNode(parent.key, node);
    case "ArrowFunctionExpression":
      return sameNode(parent.body, node);
    case "ReturnStatement":
    case "ConditionalExpression":
    case "LogicalExpression":
      return true;
    default:
      return false;
  }
}

function sameNode(a: Deno.lint.Node, b: Deno.lint.Node): boolean {
  return a.range[0] === b.range[0] && a.range[1] === b.range[1];
}

function* declaredNames(program: Deno.lint.Program): Generator<string> {
  for (const statement of program.body) {
    if (statement.type === "ImportDeclaration") {
      for (const specifier of statement.specifiers) yield specifier.local.name;
      continue;
    }
    const declaration = statement.type === "ExportNamedDeclaration"
      ? statement.declaration
      : statement;
    if (declaration?.type === "FunctionDeclaration" || declaration?.type === "ClassDeclaration") {
      if (declaration.id) yield declaration.id.name;
    }
    if (declaration?.type === "VariableDeclaration") {
      for (const { id } of declaration.declarations) {
        if (id.type === "Identifier") yield id.name;
      }
    }
  }
}
