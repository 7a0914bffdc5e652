/**
 * What a person sees of the nightly report: bars that move on a terminal, plain lines elsewhere.
 *
 * @module
 */

import type { Job } from "./job.ts";

/** One file on its way. */
export interface Bar extends Disposable {
  /** Says how many bytes are here. */
  update(transferred: number): void;
  /** Says that the file is complete. */
  finish(): void;
}

/** Where the job says what it does. */
export interface Display {
  /** The first lines. */
  title(job: Job, embedded: boolean): void;
  /** One step is done. */
  step(verb: string, text: string): void;
  /** A file begins. */
  transfer(name: string, size: number): Bar;
  /** A line as it is. */
  line(text: string): void;
  /** Everything is done. */
  done(text: string): void;
  /** Takes bars away that are left, before an error is printed. */
  close(): void;
}

const WIDTH = 24;
const encoder = new TextEncoder();

/** A display for this stream: with bars if it is a terminal. */
export function displayOn(stream: typeof Deno.stdout): Display {
  const terminal = stream.isTerminal();
  const colour = terminal && !Deno.noColor;
  const paint = (code: number, text: string): string =>
    colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const bars = new Map<Bar, () => string>();
  let drawn = 0;

  const write = (text: string): void => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) {
      bytes = bytes.subarray(stream.writeSync(bytes));
    }
  };
  // Bars are always the last lines: what is printed goes above them.
  const print = (text: string): void => {
    const erase = drawn > 0 ? `\r\x1b[${drawn}A\x1b[J` : "";
    const lines = [...bars.values()].map((render) => render() + "\n");
    drawn = lines.length;
    write(erase + text + lines.join(""));
  };
  const line = (text: string): void => print(text + "\n");

  return {
    title(job, embedded) {
      const where = `ftp://${job.ftp.hostname}:${job.ftp.options.port}${job.ftp.folder}`;
      const mail = `smtp://${job.smtp.hostname}:${job.smtp.options.port}`;
      line(`${paint(1, "Nightly report")}${embedded ? ", on servers of its own" : ""}`);
      line(paint(2, `  from ${where}\n  by   ${mail}\n  into ${job.into}`) + "\n");
    },
    step: (verb, text) => line(`  ${paint(32, verb.padEnd(10))} ${text}`),
    transfer(name, size) {
      let now = 0;
      const render = (): string => {
        const part = size === 0 ? 1 : Math.min(1, now / size);
        const full = Math.round(part * WIDTH);
        const bar = paint(36, "━".repeat(full)) + paint(2, "━".repeat(WIDTH - full));
        // A line that wraps would be two, and erased as one.
        const room = Deno.consoleSize().columns - WIDTH - 12;
        const label = name.length > room ? `…${name.slice(1 - room)}` : name;
        return `    ${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${label}`;
      };
      const bar: Bar = {
        update(transferred) {
          now = transferred;
          if (terminal) print("");
        },
        finish() {
          bars.delete(bar);
          line(`    ${paint(32, "✓")} ${humanSize(size).padStart(9)}  ${name}`);
        },
        [Symbol.dispose]() {
          if (bars.delete(bar)) print("");
        },
      };
      if (terminal) {
        bars.set(bar, render);
        print("");
      }
      return bar;
    },
    line,
    done: (text) => line(`\n${paint(1, "Done")}: ${text}`),
    close() {
      bars.clear();
      print("");
    },
  };
}

/** A size as people read it: `512 B`, `1.5 MiB`. */
export function humanSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
}
