/**
 * The house rules that a machine can hold: a plugin of `deno lint`.
 *
 * @module
 */

import { cancellation } from "./lint/cancellation.ts";
import { layers, modIsContents, noModImport, urlSafeImports } from "./lint/imports.ts";
import { touch } from "./lint/touch.ts";

const plugin: Deno.lint.Plugin = {
  name: "tulip",
  rules: {
    "layers": layers,
    "url-safe-imports": urlSafeImports,
    "no-mod-import": noModImport,
    "mod-is-contents": modIsContents,
    "cancellation": cancellation,
    "touch": touch,
  },
};

export default plugin;
