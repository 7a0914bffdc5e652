/**
 * `mkdir`: makes directories.
 *
 * @module
 */

import { defineCommand } from "../../_cli/command.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";

/** The command. */
export default defineCommand([CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: ["Makes directories on a server."],
  examples: [{
    text: "Make a directory",
    command: "mkdir ftpes://ada@ftp.example.org/backup",
  }],
  async run(job) {
    const { words, context: { signal } } = job;
    await using sessions = new Sessions(job);
    for (const url of words.map((word) => sessions.parse(word))) {
      const path = url.path.replace(/(?<=.)\/$/, "");
      await sessions.use(url, async (ftp) => {
        await ftp.mkd(path, { signal });
      });
    }
  },
});
