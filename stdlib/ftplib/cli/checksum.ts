/**
 * `checksum`: has the server count checksums.
 *
 * @module
 */

import { visible } from "../../_cli/cells.ts";
import { defineCommand } from "../../_cli/command.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { sourcesOf } from "./sources.ts";
import { together } from "./together.ts";

/** The command. */
export default defineCommand([{
  title: "What to count",
  options: {
    algorithm: {
      type: "choice",
      short: "a",
      value: "NAME",
      choices: ["SHA-256", "SHA-512", "SHA-1", "MD5", "CRC32"],
      help: "SHA-256, SHA-512, SHA-1, MD5 or CRC32 (the best that the server has unless given)",
    },
  },
}, CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Has the server count the checksums of files, which are not fetched. Each line has the " +
    "checksum and the path, as sha256sum writes them.",
  ],
  examples: [{
    text: "Compare a file here with that on the server",
    command: "checksum -a SHA-256 ftp://ftp.example.org/big.iso",
  }],
  async run(job) {
    const { options: { algorithm, json }, words, context } = job;
    const { output, signal, report } = context;
    await using sessions = new Sessions(job);
    const urls = words.map((word) => sessions.parse(word));
    await together(await sourcesOf(sessions, urls, signal), async ({ url, path }) => {
      const sum = await sessions.use(url, (ftp) => ftp.checksum(path, { algorithm, signal }));
      if (json) await output.json({ path, algorithm: sum.algorithm, checksum: sum.hex });
      else await output.line(`${sum.hex}  ${visible(path)}`);
    }, { parallel: 1, signal, report });
  },
});
