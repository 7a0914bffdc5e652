/**
 * The floor plan as data: which folder is a floor, and what each may import.
 *
 * @module
 */

/** A floor of runtime code; `root` are the files beside deno.json, such as `mod.ts`. */
export type Floor = "loop" | "protocols" | "net" | "stdlib" | "root";

/** What each floor may import besides itself. */
export const MAY_IMPORT: Readonly<Record<Floor, readonly Floor[]>> = {
  loop: [],
  protocols: [],
  net: ["loop", "protocols"],
  stdlib: ["loop", "protocols", "net"],
  root: ["loop", "protocols", "net", "stdlib"],
};

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * A file's path inside the project.
 *
 * @param filename What `deno lint` calls the file: an absolute path, or one relative to the root.
 * @returns The path with `/` between its parts; absolute where the file lies outside.
 */
export function pathInProject(filename: string): string {
  const path = filename.replace(/^file:\/\//, "").replaceAll("\\", "/");
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}

/**
 * The file an import leads to.
 *
 * @param from The importing file, as {@linkcode pathInProject} gives it.
 * @param specifier A relative specifier.
 * @returns The path inside the project.
 */
export function resolveImport(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/**
 * The floor a file belongs to.
 *
 * @param path A path inside the project.
 * @returns The floor, or `undefined` for tests, tools and all else that users never load.
 */
export function floorOf(path: string): Floor | undefined {
  const slash = path.indexOf("/");
  if (slash === -1) return path.endsWith(".ts") ? "root" : undefined;
  const folder = path.slice(0, slash);
  return folder !== "root" && Object.hasOwn(MAY_IMPORT, folder) ? folder as Floor : undefined;
}

/**
 * Whether a file is a table of contents.
 *
 * @param path A path inside the project.
 * @returns `true` for a `mod.ts` in any folder.
 */
export function isContents(path: string): boolean {
  return path === "mod.ts" || path.endsWith("/mod.ts");
}
