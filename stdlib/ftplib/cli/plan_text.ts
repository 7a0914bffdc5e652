/**
 * Steps of a mirror's plan as lines and as JSON. Pure.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { formatBytes } from "../../_cli/format.ts";
import type { MirrorStep } from "../mirror/types.ts";

/**
 * Writes a step as a line.
 *
 * @param step The step.
 * @returns The line, safe to show.
 */
export function stepLine(step: MirrorStep): string {
  const path = visible(step.path === "" ? "." : step.path);
  switch (step.kind) {
    case "makeDirectory":
      return `make directory ${path}/`;
    case "download":
    case "upload": {
      const size = step.size === undefined ? "" : `, ${formatBytes(step.size)}`;
      return `${step.kind} ${path} (${step.reason}${size})`;
    }
    case "setModified":
      return `set time of ${path} to ${step.modified.toISOString()}`;
    case "makeLink":
      return `link ${path} -> ${visible(step.target)}`;
    case "delete":
      return `delete ${path}${step.type === "directory" ? "/" : ""} (${step.reason})`;
    case "skip": {
      const detail = step.detail === undefined ? "" : `: ${visible(step.detail)}`;
      return `skip ${path} (${step.reason}${detail})`;
    }
  }
}

/**
 * Writes a step as an object for JSON.
 *
 * @param step The step.
 * @returns Its fields; `kind` is called `step`, since every line says its `event`.
 */
export function stepJson({ kind, ...fields }: MirrorStep): Record<string, unknown> {
  return { event: "step", step: kind, ...fields };
}
