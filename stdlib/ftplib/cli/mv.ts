/**
 * `mv`: gives a file or directory another name or place on its server.
 *
 * @module
 */

import { defineCommand } from "../../_cli/command.ts";
import { UsageError } from "../../_cli/exit_codes.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { joinPath } from "./sources.ts";
import { placeOf } from "./url.ts";

/** The command. */
export default defineCommand([CONNECTION], {
  usage: "URL TARGET",
  words: { least: 2, most: 2 },
  description: [
    "Gives a file or directory another name. The target is a URL of the same server, or only a " +
    "path there; with a / at its end, the name stays and the directory changes.",
  ],
  examples: [
    { text: "Rename a file", command: "mv ftpes://ada@ftp.example.org/draft.txt final.txt" },
    {
      text: "Move it to another directory",
      command: "mv ftpes://ada@ftp.example.org/draft.txt ftpes://ada@ftp.example.org/archive/",
    },
  ],
  async run(job) {
    const { words: [from, to], context: { signal } } = job;
    await using sessions = new Sessions(job);
    const source = sessions.parse(from!);
    let target = to!;
    if (/^\w+:\/\//.test(target)) {
      const url = sessions.parse(target);
      if (placeOf(url) !== placeOf(source) || url.user !== source.user) {
        throw new UsageError(
          "Cannot move a file to another server, or as another user: get it, then put it",
        );
      }
      target = url.path;
    }
    if (target === "" || target.endsWith("/")) target = joinPath(target, source.name);
    await sessions.use(source, (ftp) => ftp.rename(source.path, target, { signal }));
  },
});
