/**
 * `cat`: files to standard output.
 *
 * @module
 */

import { defineCommand } from "../../_cli/command.ts";
import { EXIT } from "../../_cli/exit_codes.ts";
import { exitCodeOf } from "../../_cli/failures.ts";
import type { Output } from "../../_cli/output.ts";
import type { FTP } from "../client.ts";
import { CONNECTION } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** What one read fetches at most. */
const BLOCK = 262_144;

/** The command. */
export default defineCommand([CONNECTION], {
  usage: "URL...",
  words: { least: 1 },
  description: [
    "Writes files to standard output, one after the other, no faster than they are read there. " +
    "With ;type=a at the end of its URL a file is sent as lines of text.",
  ],
  examples: [
    { text: "Look at a file", command: "cat ftp://ftp.example.org/pub/README" },
    {
      text: "Unpack an archive that is never stored here",
      command: "cat ftpes://ada@ftp.example.org/site.tar.gz | tar -xz",
    },
  ],
  async run(job) {
    const { output, signal } = job.context;
    await using sessions = new Sessions(job);
    try {
      const urls = job.words.map((word) => sessions.parse(word));
      for (const source of await sourcesOf(sessions, urls, signal)) {
        await sessions.use(source.url, (ftp) => copy(ftp, source, { output, signal }));
      }
      await output.flush();
    } catch (error) {
      // Whoever wrote `| head` does not wait for the server's goodbye.
      if (exitCodeOf(error) === EXIT.brokenPipe) sessions.close();
      throw error;
    }
  },
});

async function copy(
  ftp: FTP,
  { path, url }: Source,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  if (url.type === "a") {
    await ftp.retrlines(`RETR ${path}`, (line) => output.line(line), { signal });
    return;
  }
  using transfer = ftp.download(path, { signal });
  const buffer = new Uint8Array(BLOCK);
  for (;;) {
    const count = await transfer.readInto(buffer);
    if (count === null) return;
    await output.bytes(buffer.subarray(0, count));
  }
}
