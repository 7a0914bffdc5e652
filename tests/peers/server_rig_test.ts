import assert from "node:assert/strict";
import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { timeout } from "../../loop/timeouts.ts";
import { createTask } from "../../loop/tasks.ts";
import { startServer } from "../../net/servers/server.ts";
import type { StreamReader } from "../../net/streams/stream_reader.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import type { Served, ServerDialogue, Site } from "./dialogues.ts";
import { everyFault, type FaultOptions } from "./rig.ts";

/** What the server has at hand for one client. */
interface Session {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  readonly site: Site;
  readonly taken: string[];
}

/** Takes one word, which is whole if its line is. */
async function serve({ reader, writer, site, taken }: Session): Promise<void> {
  const limit = site.options.timeout;
  writer.write("220 ready\r\n");
  await writer.drain({ timeout: limit });
  // The whole line in time: a byte now and then is not enough.
  const line = await timeout(limit, () => reader.readline());
  const word = new TextDecoder().decode(line);
  if (!word.endsWith("\r\n")) return;
  taken.push(word.trimEnd());
  writer.write("250 taken\r\n");
  await writer.drain({ timeout: limit });
}

/** A server, right, unless its sessions go another way. */
function server(run: (session: Session) => Promise<void>) {
  return async (site: Site): Promise<Served<string[]>> => {
    const taken: string[] = [];
    let connections = 0;
    const server = await startServer(
      async (reader, writer) => {
        connections++;
        try {
          await run({ reader, writer, site, taken });
        } finally {
          connections--;
        }
      },
      "127.0.0.1",
      0,
      site.options,
    );
    return {
      port: server.port,
      get connections() {
        return connections;
      },
      get outcome() {
        return [...taken];
      },
      async close() {
        await server[Symbol.asyncDispose]();
      },
    };
  };
}

/** What its client does wrong is no fault of the server's. */
function quietly(run: (session: Session) => Promise<void>) {
  return async (session: Session) => {
    try {
      await run(session);
    } catch (error) {
      rethrowIfCancelled(error);
    }
  };
}

function play(run: (session: Session) => Promise<void>, options?: FaultOptions) {
  const dialogue: ServerDialogue<string[]> = {
    name: "a word",
    script: "S: 220\nC: word\nS: 250\nS! close",
    server: server(run),
    check: (taken, { fault }) => {
      if (fault.kind !== "flood") assert.ok(taken.every((word) => word === "word"), String(taken));
    },
  };
  return everyFault(dialogue, options);
}

Deno.test("everyFault plays a client to a server, and the next one after it", async () => {
  const tally = await play(quietly(serve));
  assert.equal(tally.runs("close", "client"), 6);
  assert.equal(tally.runs("split", "client"), 5);
  // Of the server's own 22 bytes every eighth.
  assert.equal(tally.runs("close", "server"), 3);
  assert.deepEqual(tally.counts.get("split|client")?.outcomes, { served: 5 });
  assert.ok(tally.runs("flood", "client") > 3 && tally.runs("flood", "server") === 0);
  await play(quietly(serve), { over: "sockets", sample: 12 });
});

/** What a server may do wrong, and how that is told. */
const WRONG: Record<string, [run: (session: Session) => Promise<void>, told: RegExp]> = {
  "takes a piece for the whole": [
    quietly(async (session) => {
      const { reader, writer, site, taken } = session;
      writer.write("220 ready\r\n");
      taken.push(new TextDecoder().decode(await reader.readline(site.options)).trimEnd());
      writer.write("250 taken\r\n");
    }),
    /a word, close after 8 of the server's bytes: wrong outcome/,
  ],
  "waits for ever": [
    quietly(async ({ reader, writer, taken }) => {
      writer.write("220 ready\r\n");
      const line = await reader.readline({ timeout: Infinity });
      if (line.length < 6) return;
      taken.push("word");
      writer.write("250 taken\r\n");
    }),
    /silence after 0 of the server's bytes: the server still has its client after 2 timeouts/,
  ],
  "leaves it to the loop": [serve, /reported to the loop: .*TimeoutError/],
  "leaves a task": [
    quietly(async (session) => {
      await serve(session).catch((error) => {
        createTask(() => sleep(60_000));
        throw error;
      });
    }),
    /the server left 1 tasks running/,
  ],
  "does not serve the next": [
    quietly(async (session) => {
      if (session.taken.length > 0) throw new Error("Enough");
      await serve(session);
    }),
    /undisturbed: the next client: .*the server ended the connection/,
  ],
  "leaves a port open": [
    quietly(async (session) => {
      await serve(session).catch(() => session.site.options.listen({ hostname: "", port: 0 }));
    }),
    /the server left 1 ports open/,
  ],
  "fails in the background": [
    quietly(async (session) => {
      await serve(session).catch(() => {
        getEventLoop().callSoon(() => {
          throw new Error("in the background");
        });
      });
    }),
    /reported to the loop.*in the background/,
  ],
  "keeps all that comes": [
    quietly(async (session) => {
      const { reader, writer, site, taken } = session;
      writer.write("220 ready\r\n");
      const kept: Uint8Array[] = [];
      for (let text = ""; text !== "word\r\n";) {
        const piece = await reader.read(16_384, site.options);
        if (piece.length === 0) return;
        kept.push(piece);
        text = (text + new TextDecoder().decode(piece)).slice(0, 6);
      }
      taken.push("word");
      writer.write("250 taken\r\n");
    }),
    /a flood of \d+ bytes took \d+ of memory/,
  ],
};

for (const [what, [run, told]] of Object.entries(WRONG)) {
  Deno.test(`everyFault finds a server that ${what}`, async () => {
    await assert.rejects(play(run, { hung: 10_000 }), told);
  });
}
