/**
 * `site`: commands that only this server knows (`SITE`; RFC 959 §4.1.3).
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { defineCommand } from "../../_cli/command.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";

/** The command. */
export default defineCommand([CONNECTION], {
  usage: "URL WORD...",
  words: { least: 2 },
  description: [
    "Sends a command that only this server knows (SITE), in the directory that the URL names, and " +
    "writes what it answers.",
  ],
  examples: [
    { text: "See what the server knows", command: "site ftp://ftp.example.org/ HELP" },
    {
      text: "Change the permissions of a file",
      command: "site ftpes://ada@ftp.example.org/pub/ CHMOD 644 report.txt",
    },
  ],
  async run(job) {
    const { words: [first, ...words], options, context: { output, signal } } = job;
    await using sessions = new Sessions(job);
    const url = sessions.parse(first!);
    await sessions.use(url, async (ftp) => {
      if (url.path !== "") await ftp.cwd(url.path, { signal });
      const { code, lines } = await ftp.site(words.join(" "), { signal });
      if (options.json) await output.json({ code, lines });
      else for (const line of lines) await output.line(visible(line));
    });
  },
});
