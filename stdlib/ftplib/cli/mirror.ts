/**
 * `mirror`: makes a directory here like one on a server, or the other way round.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { type Context, defineCommand } from "../../_cli/command.ts";
import { CommandError, UsageError } from "../../_cli/exit_codes.ts";
import { messageOf } from "../../_cli/failures.ts";
import { formatBytes, formatCount } from "../../_cli/format.ts";
import type { ProgressItem } from "../../_cli/progress.ts";
import type { MirrorPlan, MirrorResult } from "../mirror/plan.ts";
import type { MirrorEvent, MirrorPlanOptions, MirrorStep } from "../mirror/types.ts";
import { CONNECTION, RETRIES } from "./options.ts";
import { stepJson, stepLine } from "./plan_text.ts";
import { Sessions } from "./sessions.ts";
import { transferOptions } from "./transfer_options.ts";

/** The command. */
export default defineCommand([{
  title: "What to do",
  options: {
    up: { type: "flag", help: "Make the directory on the server like the one here" },
    delete: { type: "flag", help: "Delete what the source does not have" },
    "dry-run": { type: "flag", help: "Only show what would be done" },
    exclude: {
      type: "texts",
      short: "x",
      value: "PATTERN",
      help: "Leave this alone on both sides, as .gitignore does: *.log, /build, cache/",
    },
    include: {
      type: "texts",
      short: "i",
      value: "PATTERN",
      help: "Leave files alone that fit none of these",
    },
    compare: {
      type: "choice",
      value: "HOW",
      choices: ["changed", "newer", "size", "checksum"],
      help: "When a file is transferred: changed (size differs or source newer, the default), " +
        "newer, size, checksum",
    },
    symlinks: {
      type: "choice",
      value: "HOW",
      choices: ["skip", "files", "create"],
      help:
        "Symbolic links: skip (the default), files (fetch what they lead to), create (down only)",
    },
  },
}, {
  title: "Transfers",
  options: {
    parallel: {
      type: "count",
      short: "P",
      value: "N",
      least: 1,
      most: 32,
      help: "So many sessions at once (4 unless given)",
    },
    retries: {
      type: "count",
      value: "N",
      least: 0,
      most: 1_000_000,
      help: `Try again so often what may pass, such as a lost connection (${RETRIES} unless given)`,
    },
    verify: { type: "flag", help: "Compare the size of each file once it has arrived" },
    checksum: { type: "flag", help: "Compare its checksum as well" },
    "limit-rate": {
      type: "size",
      value: "BYTES",
      help: "At most so many bytes a second, of all transfers together, such as 500k",
    },
  },
}, CONNECTION], {
  usage: "URL DIRECTORY | --up DIRECTORY URL",
  words: { least: 2, most: 2 },
  description: [
    "Makes a local directory like one on a server: what is missing or older here is fetched. With " +
    "--up, the one on the server becomes like the one here. Nothing is deleted unless --delete is " +
    "given, and nothing outside of the two directories is ever touched, whatever names a server gives.",
    "What was broken off goes on where it stopped when the same command is given again.",
  ],
  examples: [
    {
      text: "See what would be done",
      command: "mirror --dry-run ftp://ftp.example.org/pub/ pub",
    },
    {
      text: "Put a web site on a server, and delete there what is gone here",
      command: "mirror --up --delete -x .git site ftpes://ada@ftp.example.org/www",
    },
  ],
  async run(job) {
    const { options, words: [first, second], context } = job;
    const { signal } = context;
    await using sessions = new Sessions(job);
    const [remote, local] = options.up ? [second!, first!] : [first!, second!];
    if (/^ftp(?:e?s)?:\/\//i.test(local)) {
      throw new UsageError(
        options.up
          ? "With --up, the URL stands at the end: mirror --up DIRECTORY URL"
          : "Without --up, the URL stands first: mirror URL DIRECTORY",
      );
    }
    const url = sessions.parse(remote);
    const path = url.path.replace(/(?<=.)\/+$/, "");
    const { retries, onRetry, verify } = transferOptions(
      { ...options, resume: true, preserve: true },
      context,
    );
    const planning: MirrorPlanOptions = {
      compare: options.compare,
      delete: options.delete,
      exclude: options.exclude,
      include: options.include.length === 0 ? undefined : options.include,
      symlinks: options.symlinks,
      connections: options.parallel,
      retries,
      onRetry,
      signal,
    };
    await sessions.use(url, async (ftp) => {
      const plan = options.up
        ? await ftp.planMirrorUp(local, path, planning)
        : await ftp.planMirrorDown(path, local, planning);
      if (options["dry-run"]) {
        await show(plan, options.json, context);
        return checkComplete(plan);
      }
      for (const step of plan.steps) {
        if (step.kind === "skip") context.note(stepLine(step));
      }
      const following = new Following(plan, options.json, context);
      let ended = false;
      let result: MirrorResult;
      try {
        result = await plan.run({
          verify,
          throttle: options["limit-rate"],
          onEvent: (event) => following.told(event),
          signal,
        });
        ended = true;
      } finally {
        if (!ended) context.note("the same command goes on where this one stopped");
      }
      await sumUp(result, options.json, context);
      for (const { path, error } of result.errors) {
        if (!following.reported.has(path)) context.report(error, visible(path));
      }
      checkComplete(plan);
    });
  },
});

/** Why something of the source is not in the copy. */
const UNREAD: ReadonlySet<string> = new Set(["unlisted", "depth", "loop"]);

/** Who relies on a copy must know that it is none. */
function checkComplete({ isComplete, steps }: MirrorPlan): void {
  if (isComplete) return;
  const missed = steps.find((step) => step.kind === "skip" && UNREAD.has(step.reason));
  const what = missed === undefined ? "" : `: ${stepLine(missed)}`;
  throw new CommandError(`The source could not be read as a whole${what}`);
}

/** Shows what would be done. */
async function show(plan: MirrorPlan, json: boolean, { output }: Context): Promise<void> {
  for (const step of plan.steps) {
    if (json) await output.json(stepJson(step));
    else await output.line(stepLine(step));
  }
  const { totals: { files, bytes, deletions }, unchanged, excluded, isComplete } = plan;
  if (json) {
    await output.json({ event: "plan", ...plan.totals, unchanged, excluded, isComplete });
    return;
  }
  await output.line(
    `${formatCount(files, "file")} to transfer (${formatBytes(bytes)}), ${deletions} to delete, ` +
      `${unchanged} unchanged, ${excluded} excluded`,
  );
}

/** Follows a plan while it is carried out. */
class Following {
  /** Where something failed that was told. */
  readonly reported = new Set<string>();
  readonly #json: boolean;
  readonly #context: Context;
  readonly #items = new Map<string, { item: ProgressItem; bytes: number }>();
  #bytes = 0;

  constructor({ totals: { files, bytes } }: MirrorPlan, json: boolean, context: Context) {
    this.#json = json;
    this.#context = context;
    if (files > 1) context.progress.expect({ items: files, bytes });
  }

  told(event: MirrorEvent): void {
    const { step, progress } = event;
    // Events tell of all bytes together; those since the last one belong to the step of this one.
    const more = Math.max(0, progress.bytes - this.#bytes);
    this.#bytes = Math.max(this.#bytes, progress.bytes);
    if (step.kind !== "download" && step.kind !== "upload") return this.#other(event);
    if (event.type === "begin") {
      const item = this.#context.progress.start(step.path, {
        total: step.size,
        fields: { step: step.kind, reason: step.reason },
      });
      this.#items.set(step.path, { item, bytes: 0 });
      return;
    }
    const known = this.#items.get(step.path);
    if (known === undefined) return;
    known.bytes += more;
    if (event.type === "progress") {
      known.item.update({ transferred: known.bytes });
      return;
    }
    this.#items.delete(step.path);
    if (event.type === "end") {
      known.item.update({
        transferred: step.size ?? known.bytes,
        resumedAt: Math.max(0, (step.size ?? known.bytes) - known.bytes),
      });
      known.item.done();
    } else {
      known.item.failed(messageOf(event.error));
      this.#report(event.error, step.path);
    }
  }

  #report(error: unknown, path: string): void {
    this.reported.add(path);
    this.#context.report(error, visible(path));
  }

  #other(event: MirrorEvent): void {
    const { step } = event;
    if (event.type === "error") {
      this.#report(event.error, step.path);
      if (this.#json) this.#write({ event: "failed", step, message: messageOf(event.error) });
    }
    if (event.type === "end" && this.#json) this.#write({ event: "done", step });
    if (event.type === "end" && !this.#json && step.kind === "delete") {
      this.#context.note(stepLine(step));
    }
  }

  #write({ step, ...fields }: { step: MirrorStep; event: string; message?: string }): void {
    const { event: _, ...described } = stepJson(step);
    this.#context.output.json({ ...fields, ...described }).catch(() => {});
  }
}

async function sumUp(result: MirrorResult, json: boolean, context: Context): Promise<void> {
  const { files, bytes, directories, links, times, deletions, withheld, errors, plan } = result;
  if (json) {
    await context.output.json({
      event: "mirrored",
      ...{ files, bytes, directories, links, times, deletions, withheld },
      failed: errors.length,
      unchanged: plan.unchanged,
      excluded: plan.excluded,
    });
    return;
  }
  context.note(
    `${formatCount(files, "file")} transferred (${formatBytes(bytes)}), ${deletions} deleted, ` +
      `${plan.unchanged} unchanged` + (errors.length > 0 ? `, ${errors.length} failed` : "") +
      (withheld > 0 ? `; ${withheld} not deleted, because something had failed before` : ""),
  );
}
