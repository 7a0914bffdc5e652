/**
 * The script that people write with these modules: fetch what is new on an FTP server, check it,
 * leave a report there, and mail the report.
 *
 * Without arguments it brings its own servers and needs nothing. On real ones:
 *
 * ```sh
 * deno run -N -R -W examples/nightly_report.ts \
 *   --ftp ftp://user:password@ftp.example.org/outbox \
 *   --smtp smtp://mail.example.org:25 --to alice@example.org --to bob@example.org
 * ```
 *
 * Ctrl-C stops it cleanly, for `run()` cancels the main task then: what is on its way stays as
 * `.part` and is resumed by the next run.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { FTP, isSafeName } from "https://tulip.example/stdlib/ftplib/mod.ts";
import { SMTP, SMTP_SSL } from "https://tulip.example/stdlib/smtplib/mod.ts";
import { type Display, displayOn, humanSize } from "./nightly_report/display.ts";
import { HELP, type Job, parseJob, UsageError } from "./nightly_report/job.ts";
import { playground } from "./nightly_report/playground.ts";

/** A file that the server has and we have not. */
interface Wanted {
  /** Where it lies on the server. */
  remote: string;
  /** Its path under the folder, the same on both sides. */
  name: string;
  /** Its size in bytes, as the server lists it. */
  size: number;
}

/** Does the whole job. Cancelling the task that runs it stops every part. */
async function nightlyReport(job: Job, display: Display): Promise<void> {
  const started = performance.now();
  await using ftp = await FTP.connect(job.ftp.hostname, job.ftp.options);
  const wanted = await whatIsNew(ftp, job, display);

  display.step("Fetching", `${wanted.length} files, ${job.parallel} at once`);
  await fetchAll(wanted, job, display);

  for (const file of wanted) {
    const { size } = await Deno.stat(`${job.into}/${file.name}`);
    if (size !== file.size) {
      throw new Error(`${file.name} has ${size} bytes here and ${file.size} on the server`);
    }
  }
  display.step("Checked", `${wanted.length} sizes agree`);

  const report = writeReport(job, wanted);
  const path = `${job.ftp.folder}/nightly-report.txt`;
  await ftp.upload(path, report);
  display.step("Reported", path);

  const refused = await mail(job, report);
  display.step("Mailed", job.to.filter((address) => !refused.includes(address)).join(", "));
  for (const address of refused) display.step("Refused", address);

  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const seconds = (performance.now() - started) / 1000;
  display.done(`${wanted.length} files, ${humanSize(bytes)}, in ${seconds.toFixed(2)} s`);
}

/** Walks the folder and leaves out what is here already, in the same size. */
async function whatIsNew(ftp: FTP, job: Job, display: Display): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  const folders = [""];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await ftp.mlsd(`${job.ftp.folder}${folder}`)) {
      // A server's names are a stranger's words: "../../.bashrc" is one too.
      if (!isSafeName(entry.name)) {
        if (entry.name !== "." && entry.name !== "..") display.step("Skipped", entry.name);
        continue;
      }
      const name = `${folder}/${entry.name}`;
      if (entry.type === "directory") folders.push(name);
      if (entry.type !== "file" || entry.name === "nightly-report.txt") continue;
      seen++;
      const remote = `${job.ftp.folder}${name}`;
      const size = entry.size ?? await ftp.size(remote) ?? 0;
      if (await localSize(`${job.into}${name}`) !== size) {
        wanted.push({ remote, name: name.slice(1), size });
      }
    }
  }
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  display.step(
    "Looked",
    `${seen} files in ${job.ftp.folder || "/"}, ${wanted.length} new, ${humanSize(bytes)}`,
  );
  return wanted;
}

/** A session carries one transfer at a time, so each worker logs in for itself. */
async function fetchAll(wanted: readonly Wanted[], job: Job, display: Display): Promise<void> {
  const queue = [...wanted];
  await asyncio.TaskGroup.run((group) => {
    for (let n = 0; n < Math.min(job.parallel, wanted.length); n++) {
      group.createTask(async () => {
        await using ftp = await FTP.connect(job.ftp.hostname, job.ftp.options);
        for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
          const target = `${job.into}/${file.name}`;
          await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
          using bar = display.transfer(file.name, file.size);
          await ftp.downloadTo(file.remote, target, {
            resume: true,
            onProgress: ({ transferred }) => bar.update(transferred),
          });
          bar.finish();
        }
      });
    }
  });
}

/** Sends the report and returns who was refused. */
async function mail(job: Job, report: string): Promise<string[]> {
  const Client = job.smtp.implicitTls ? SMTP_SSL : SMTP;
  await using smtp = await Client.connect(job.smtp.hostname, job.smtp.options);
  const message = [
    `From: ${job.from}`,
    `To: ${job.to.join(", ")}`,
    `Subject: Nightly report`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    report,
  ].join("\r\n");
  const { refused } = await smtp.sendmail(job.from, job.to, message);
  return refused.map(({ recipient }) => recipient);
}

function writeReport(job: Job, files: readonly Wanted[]): string {
  const lines = files.map(({ name, size }) => `${humanSize(size).padStart(10)}  ${name}`);
  return [`New in ${job.ftp.folder || "/"}: ${files.length} files`, "", ...lines.sort(), ""]
    .join("\r\n");
}

async function localSize(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs the job and turns what happened into an exit code: 130 after Ctrl-C, as shells do. */
async function main(): Promise<number> {
  const display = displayOn(Deno.stdout);
  if (Deno.args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  try {
    await asyncio.run(async () => {
      await using servers = Deno.args.length === 0 ? await playground() : undefined;
      const job = servers?.job ?? await parseJob(Deno.args);
      display.title(job, servers !== undefined);
      await nightlyReport(job, display);
      servers?.show(display);
    });
    return 0;
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    display.close();
    if (error instanceof asyncio.KeyboardInterrupt) {
      console.error("\nStopped. What was on its way is kept as .part; the next run resumes it.");
      return 130;
    }
    console.error(`\n${error instanceof UsageError ? error.message : describe(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The errors of a group of tasks, each on its line. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join("\n");
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

if (import.meta.main) Deno.exit(await main());
