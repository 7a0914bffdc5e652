/**
 * How Python's names are written here: one mechanical rule, and tables for what departs from it.
 *
 * @module
 */

/** What a Python name stands for. */
export type NameKind = "class" | "function" | "data";

/** What one Python module offers, as `list_names.py` writes it. */
export interface PythonModule {
  /** The module's name. */
  module: string;
  /** The newest version of Python whose names are listed. */
  python: string;
  /** Names, and `Class.member`, with their kinds. */
  names: Record<string, NameKind>;
}

/** Why a Python name is not found under its mapped name. */
export type Departure =
  /** It is not here, for this reason. */
  | { absent: string }
  /** It has another name here: `name` or `Class.member`. */
  | { as: string; why?: string }
  /** It has the name that the rule gives it, and is not quite the same. */
  | { differs: string };

/** The departures of one module, by Python names. */
export type NameTable = Record<string, Departure>;

/**
 * Writes one Python name in our way: words joined by `_` become lowerCamelCase, lower-case class
 * names PascalCase; constants and names of one word stay.
 *
 * @param name A name without a dot.
 * @param kind What it stands for.
 * @returns The name here.
 */
export function mapName(name: string, kind: NameKind): string {
  if (/^[A-Z]/.test(name)) return name;
  const words = name.split("_");
  const camel = words[0] + words.slice(1).map(capitalize).join("");
  return kind === "class" ? capitalize(camel) : camel;
}

/** Where a Python name is to be looked for. */
export interface Place {
  /** The exported name. */
  name: string;
  /** A member of it. */
  member?: string;
}

/**
 * Where a Python name is found here.
 *
 * @param python `name` or `Class.member`.
 * @param kind What it stands for.
 * @param table The module's departures.
 * @returns The place, or the reason for its absence.
 */
export function placeOf(
  python: string,
  kind: NameKind,
  table: NameTable,
): Place | { absent: string } {
  const own = table[python];
  if (own !== undefined && !("differs" in own)) {
    if ("absent" in own) return own;
    const [name, member] = own.as.split(".") as [string, string?];
    return { name, member };
  }
  const [name, member] = python.split(".") as [string, string?];
  if (member === undefined) return { name: mapName(name, kind) };
  const home = placeOf(name, "class", table);
  return "absent" in home ? home : { name: home.name, member: mapName(member, kind) };
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
