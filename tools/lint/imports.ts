/**
 * Rules about what a file imports: the layers of the house, imports that work from a URL, and
 * `mod.ts` as a table of contents that runtime code never loads.
 *
 * @module
 */

import { floorOf, isContents, MAY_IMPORT, pathInProject, resolveImport } from "./floors.ts";

/** Refuses an import that runs up the house, or out of it into tests and tools. */
export const layers: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    const floor = floorOf(path);
    if (floor === undefined) return {};
    return onImport(({ specifier, node }) => {
      if (!specifier.startsWith(".")) return;
      const target = resolveImport(path, specifier);
      const other = floorOf(target);
      if (other === floor || (other !== undefined && MAY_IMPORT[floor].includes(other))) return;
      const allowed = MAY_IMPORT[floor].map((name) => `${name}/`).join(", ");
      context.report({
        node,
        message: `${floor}/ must not import ${target}`,
        hint: other === undefined
          ? "Runtime code stands alone: move what it needs to a floor, or pass it in as an argument"
          : `${floor}/ may import ${
            allowed === "" ? "nothing but itself" : `itself and ${allowed}`
          }: move the shared part down, or pass it in as an argument`,
      });
    });
  },
};

/** Refuses imports that break when the library is loaded by URL, or that slow its start. */
export const urlSafeImports: Deno.lint.Rule = {
  create(context) {
    const floor = floorOf(pathInProject(context.filename));
    if (floor === undefined) return {};
    return onImport(({ specifier, node, when }) => {
      if (/^\.\.?\/.*\.ts$/.test(specifier)) return;
      if (specifier.startsWith("node:")) {
        if (when !== "start" || (floor === "loop" && specifier === "node:async_hooks")) return;
        context.report({
          node,
          message: `Static import of ${specifier}: it costs every program 4 to 18 ms at start`,
          hint: `Write \`await import("${specifier}")\` where it is needed`,
        });
        return;
      }
      context.report({
        node,
        message: `Import of "${specifier}", which does not work for whoever loads us by URL`,
        hint: "Runtime code imports relative paths that end in .ts, and has no dependencies",
      });
    });
  },
};

/** Refuses a `mod.ts` as the source of runtime code: one small need would load a whole floor. */
export const noModImport: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    if (floorOf(path) === undefined) return {};
    // A table of contents may gather those of the folders below it.
    const below = isContents(path) ? path.slice(0, -"mod.ts".length) : undefined;
    return onImport(({ specifier, node }) => {
      if (!specifier.startsWith(".")) return;
      const source = resolveImport(path, specifier);
      if (!isContents(source) || (below !== undefined && source.startsWith(below))) return;
      context.report({
        node,
        message: `Import of ${specifier}, a table of contents for users`,
        hint: "Import the file that defines the name",
      });
    });
  },
};

/** Refuses code in a `mod.ts`: it lists what others define. */
export const modIsContents: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    if (floorOf(path) === undefined || !isContents(path)) return {};
    return {
      Program(program) {
        for (const statement of program.body) {
          if (statement.type === "ImportDeclaration" || statement.type === "ExportAllDeclaration") {
            continue;
          }
          if (statement.type === "ExportNamedDeclaration" && !statement.declaration) continue;
          context.report({
            node: statement,
            message: "A mod.ts holds re-exports only",
            hint: "Define this in a file of its own and re-export it here",
          });
        }
      },
    };
  },
};

/** One import or re-export whose specifier is written out. */
interface Import {
  specifier: string;
  node: Deno.lint.Node;
  /** Loaded with the module, at the moment of need, or only looked at by the type checker. */
  when: "start" | "later" | "types";
}

function onImport(check: (found: Import) => void): Deno.lint.LintVisitor {
  return {
    ImportDeclaration(node) {
      const when = node.importKind === "type" ? "types" : "start";
      check({ specifier: node.source.value, node: node.source, when });
    },
    ExportAllDeclaration(node) {
      const when = node.exportKind === "type" ? "types" : "start";
      check({ specifier: node.source.value, node: node.source, when });
    },
    ExportNamedDeclaration(node) {
      if (!node.source) return;
      const when = node.exportKind === "type" ? "types" : "start";
      check({ specifier: node.source.value, node: node.source, when });
    },
    ImportExpression(node) {
      const specifier = textOf(node.source);
      if (specifier !== undefined) check({ specifier, node: node.source, when: "later" });
    },
    TSImportType(node) {
      const { argument } = node;
      const specifier = textOf(argument.type === "TSLiteralType" ? argument.literal : argument);
      if (specifier !== undefined) check({ specifier, node, when: "types" });
    },
  };
}

function textOf(node: Deno.lint.Node | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.cooked;
  }
  return undefined;
}
