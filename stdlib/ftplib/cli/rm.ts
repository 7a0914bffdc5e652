/**
 * `rm`: removes files and directories from a server.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { defineCommand } from "../../_cli/command.ts";
import { CommandError, UsageError } from "../../_cli/exit_codes.ts";
import { formatCount } from "../../_cli/format.ts";
import { askYesOrNo } from "../../_cli/password.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { type Source, sourcesOf } from "./sources.ts";
import { together } from "./together.ts";

/** The command. */
export default defineCommand([{
  title: "What to remove",
  options: {
    recursive: { type: "flag", short: "r", help: "Remove directories with all that is in them" },
    force: { type: "flag", short: "f", help: "Do not ask, where somebody sits at the terminal" },
  },
}, CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Removes files from a server. Where somebody sits at the terminal, it asks first. The last part " +
    "of a URL may be a pattern.",
    "Symbolic links are removed, never what they lead to. With --json each line has the path that is " +
    "gone.",
  ],
  examples: [
    { text: "Remove a file", command: "rm ftpes://ada@ftp.example.org/old.txt" },
    {
      text: "Remove a directory and all that is in it, unasked",
      command: "rm -rf ftpes://ada@ftp.example.org/old/",
    },
  ],
  async run(job) {
    const { options, words, context } = job;
    const { terminal, output, signal } = context;
    await using sessions = new Sessions(job);
    const urls = words.map((word) => sessions.parse(word));
    for (const { path } of urls) {
      if (/^\/*$/.test(path)) {
        throw new UsageError("rm does not remove the directory where users arrive, nor the root");
      }
    }
    const sources = await sourcesOf(sessions, urls, signal);
    if (!options.force && terminal.input.isTerminal && terminal.errors.isTerminal) {
      const [first] = sources;
      const what = sources.length === 1 && first !== undefined
        ? visible(first.path)
        : formatCount(sources.length, "file");
      const whole = options.recursive ? " and all that is in it" : "";
      if (!await askYesOrNo(terminal, `Remove ${what}${whole}?`, { signal })) {
        context.note("nothing was removed");
        return;
      }
    }
    const gone = async (path: string) => {
      if (options.json) await output.json({ event: "removed", path });
      else if (options.verbose) context.note(`removed ${visible(path)}`);
    };
    await together(
      sources,
      (source) => remove(sessions, source, { recursive: options.recursive, gone, signal }),
      { parallel: 1, signal, report: context.report },
    );
  },
});

interface Removing {
  readonly recursive: boolean;
  readonly gone: (path: string) => Promise<void>;
  readonly signal: AbortSignal;
}

async function remove(
  sessions: Sessions,
  { url, path: written, entry }: Source,
  { recursive, gone, signal }: Removing,
): Promise<void> {
  const path = written.replace(/(?<=.)\/+$/, "");
  await sessions.use(url, async (ftp) => {
    const { type } = entry ?? await ftp.stat(path, { signal });
    if (type !== "directory") {
      await ftp.delete(path, { signal });
      await gone(path);
      return;
    }
    if (!recursive) {
      throw new CommandError(
        `${visible(path)} is a directory: give -r to remove all that is in it`,
      );
    }
    const onRemoved = (removed: string) => void gone(removed).catch(() => {});
    await ftp.removeTree(path, { onRemoved, signal });
  });
}
