/**
 * `mkdir`: makes directories.
 *
 * @module
 */

import { defineCommand } from "../../_cli/command.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";

/** The command. */
export default defineCommand([{
  title: "What to make",
  options: {
    parents: {
      type: "flag",
      short: "p",
      help: "Make the directories above it too; one that is there already will do",
    },
  },
}, CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: ["Makes directories on a server."],
  examples: [{
    text: "Make a directory and those above it",
    command: "mkdir -p ftpes://ada@ftp.example.org/backup/2026/11",
  }],
  async run(job) {
    const { options, words, context: { signal } } = job;
    await using sessions = new Sessions(job);
    for (const url of words.map((word) => sessions.parse(word))) {
      const path = url.path.replace(/(?<=.)\/$/, "");
      await sessions.use(url, async (ftp) => {
        if (options.parents) await ftp.ensureDir(path, { signal });
        else await ftp.mkd(path, { signal });
      });
    }
  },
});
