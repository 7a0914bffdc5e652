import assert from "node:assert/strict";
import { FTP } from "../../../../stdlib/ftplib/client.ts";
import type { MirrorPlanOptions } from "../../../../stdlib/ftplib/mirror/types.ts";
import { Folder } from "../_folder.ts";
import { LyingServer } from "./_lying_server.ts";

const HOUR = 3_600_000;
/** A whole minute of the last hours, so that LIST tells the time of day. */
const MODIFIED = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 10 * HOUR);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A line of LIST by a clock that is ahead of UTC. */
function line(name: string, modified: Date, ahead: number): string {
  const shown = new Date(modified.getTime() + ahead);
  const [month, day] = [MONTHS[shown.getUTCMonth()], shown.getUTCDate()];
  return `-rw-r--r-- 1 0 0 4 ${month} ${day} ${shown.toISOString().slice(11, 16)} ${name}`;
}

/** Plans a mirror of one file, whose copy here has the same time. */
async function reasons(
  ahead: number,
  options: MirrorPlanOptions,
  mdtm: boolean,
): Promise<string[]> {
  await using folder = await Folder.make();
  await folder.write("file", "text", new Date(MODIFIED.getTime() + 30_000));
  const seconds = new Date(MODIFIED.getTime() + 30_000).toISOString().replace(/[-:T]|\..*/g, "");
  await using server = new LyingServer({
    mlsd: false,
    listings: { "/pub": [line("file", MODIFIED, ahead)] },
    replies: { MDTM: () => mdtm ? `213 ${seconds}` : undefined },
  });
  await using ftp = await FTP.connect("127.0.0.1", { port: server.port, user: "anonymous" });
  const { steps } = await ftp.planMirrorDown("/pub", folder.path, options);
  return steps.map((step) => "reason" in step ? step.reason : step.kind);
}

Deno.test("the zone of LIST's times is found out by one MDTM", async () => {
  for (const hours of [0, 2, 5.75, 9]) {
    assert.deepEqual(await reasons(hours * HOUR, {}, true), [], `${hours} hours ahead`);
  }
});

Deno.test("it can be told, where the server has no MDTM", async () => {
  assert.deepEqual(await reasons(2 * HOUR, {}, false), ["newer"]);
  assert.deepEqual(await reasons(2 * HOUR, { timeOffset: 2 * HOUR }, false), []);
  assert.deepEqual(await reasons(2 * HOUR, { timeOffset: 0 }, true), ["newer"]);
});
