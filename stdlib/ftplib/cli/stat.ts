/**
 * `stat`: what a server says about files and directories.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { defineCommand } from "../../_cli/command.ts";
import { formatBytes } from "../../_cli/format.ts";
import { entryJson } from "./listing_text.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { sourcesOf } from "./sources.ts";

/** The command. */
export default defineCommand([CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Shows what the server says about each file or directory: one field a line, those it does not " +
    "tell left out. With --json, one object a line, with the fields of ls --json.",
  ],
  examples: [{ text: "Look at a file", command: "stat ftp://ftp.example.org/pub/report.pdf" }],
  async run(job) {
    const { options, words, context: { output, signal } } = job;
    await using sessions = new Sessions(job);
    const urls = words.map((word) => sessions.parse(word));
    for (const { url, path } of await sourcesOf(sessions, urls, signal)) {
      const entry = await sessions.use(url, (ftp) => ftp.stat(path, { signal }));
      const fields = entryJson({ path, entry });
      if (options.json) {
        await output.json(fields);
        continue;
      }
      for (const [name, value] of Object.entries(fields)) {
        if (value === null || name === "name") continue;
        const more = name === "size" ? ` (${formatBytes(value as number)})` : "";
        await output.line(`${`${name}:`.padEnd(12)} ${visible(String(value))}${more}`);
      }
    }
  },
});
