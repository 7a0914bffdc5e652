/**
 * Who imports whom, as Deno itself sees it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** What one module imports, by paths inside the project. */
export interface Imports {
  /** What is loaded before it runs. */
  readonly loaded: readonly string[];
  /** What only the type checker looks at. */
  readonly types: readonly string[];
}

/** Modules by their paths inside the project, each with its imports. */
export type ModuleGraph = ReadonlyMap<string, Imports>;

interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      isDynamic?: boolean;
      code?: { specifier?: string };
      type?: { specifier?: string };
    }[];
  }[];
}

const ROOT = new URL("../../", import.meta.url);

/**
 * Asks Deno for the modules that an entry point reaches.
 *
 * @param entry A path inside the project.
 * @returns The modules that are files of the project; those that types alone reach are among them.
 */
export async function moduleGraph(entry: string): Promise<ModuleGraph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(new URL(entry, ROOT))],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { modules }: Info = JSON.parse(new TextDecoder().decode(stdout));
  const graph = new Map<string, Imports>();
  for (const { specifier, error, dependencies = [] } of modules) {
    if (error !== undefined) throw new Error(error);
    if (!specifier.startsWith(ROOT.href)) continue;
    const loaded: string[] = [];
    const types: string[] = [];
    for (const { isDynamic, code, type } of dependencies) {
      // A lazy import is loaded when it is needed, and closes no circle at the start.
      if (isDynamic) continue;
      if (code?.specifier?.startsWith(ROOT.href)) loaded.push(inside(code.specifier));
      else if (type?.specifier?.startsWith(ROOT.href)) types.push(inside(type.specifier));
    }
    graph.set(inside(specifier), { loaded, types });
  }
  return graph;
}

/**
 * The modules that are loaded when an entry point is imported, each with the wave it comes in: a
 * loader learns what to fetch next only from what it has fetched.
 *
 * @param graph The graph of the entry point.
 * @param entry Its path.
 * @returns Paths, each with the least number of imports that lead to it.
 */
export function loadedBy(graph: ModuleGraph, entry: string): Map<string, number> {
  const waves = new Map([[entry, 0]]);
  for (const [path, wave] of waves) {
    for (const next of graph.get(path)?.loaded ?? []) {
      if (!waves.has(next)) waves.set(next, wave + 1);
    }
  }
  return waves;
}

/**
 * Looks for a circle of imports, those of types included.
 *
 * @param graph The modules to look at.
 * @returns The modules of one circle, the first again at the end; `undefined` where there is none.
 */
export function findCircle(graph: ModuleGraph): string[] | undefined {
  const done = new Set<string>();
  const chain: string[] = [];
  const visit = (path: string): string[] | undefined => {
    if (done.has(path)) return undefined;
    const start = chain.indexOf(path);
    if (start !== -1) return [...chain.slice(start), path];
    chain.push(path);
    const { loaded = [], types = [] } = graph.get(path) ?? {};
    for (const next of [...loaded, ...types]) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    chain.pop();
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const circle = visit(path);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function inside(specifier: string): string {
  return specifier.slice(ROOT.href.length);
}
