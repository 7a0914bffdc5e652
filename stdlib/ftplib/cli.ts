/**
 * FTP on the command line: fetches, stores, lists, mirrors and removes files, and serves a
 * directory. See docs/ftplib-cli.md.
 *
 * ```sh
 * deno run -N -W -R https://tulip.example/stdlib/ftplib/cli.ts get ftp://ftp.example.org/README
 * ```
 *
 * @module
 */

import type { Program } from "../_cli/command.ts";
import { ConsoleTerminal } from "../_cli/console_cli.ts";
import { runProgram } from "../_cli/main.ts";
import { VERSION } from "../_cli/version.ts";
import { ftpExitCode } from "./cli/exit_code.ts";

/** The program, for whoever puts it into another. */
export const FTP_PROGRAM: Program = {
  name: "tulip-ftp",
  summary: "Files over FTP, and a server for them",
  version: VERSION,
  description: [
    "URLs are ftp://user@host:port/path; ftps:// is TLS from the first byte (port 990), ftpes:// " +
    "TLS after AUTH TLS (port 21). A path begins where the user arrives; ftp://host//path begins at " +
    "the root. Without a user the login is anonymous.",
    "The password is asked for where somebody sits at the terminal; otherwise it comes from " +
    "FTP_PASSWORD, if Deno lets the program see it (-E=FTP_PASSWORD).",
    "Deno's permissions: -N for the network, -W and -R where files are written and read.",
  ],
  commands: {
    get: { summary: "Fetch files", load: async () => (await import("./cli/get.ts")).default },
    put: { summary: "Store files", load: async () => (await import("./cli/put.ts")).default },
    ls: { summary: "List directories", load: async () => (await import("./cli/ls.ts")).default },
    cat: {
      summary: "Write files to standard output",
      load: async () => (await import("./cli/cat.ts")).default,
    },
    mirror: {
      summary: "Make a directory here like one there, or the other way round",
      load: async () => (await import("./cli/mirror.ts")).default,
    },
    rm: {
      summary: "Remove files and directories",
      load: async () => (await import("./cli/rm.ts")).default,
    },
    mkdir: {
      summary: "Make directories",
      load: async () => (await import("./cli/mkdir.ts")).default,
    },
    mv: {
      summary: "Rename or move a file",
      load: async () => (await import("./cli/mv.ts")).default,
    },
    site: {
      summary: "Send a command that only this server knows",
      load: async () => (await import("./cli/site.ts")).default,
    },
    stat: {
      summary: "Show what is known about files",
      load: async () => (await import("./cli/stat.ts")).default,
    },
    checksum: {
      summary: "Have the server count checksums",
      load: async () => (await import("./cli/checksum.ts")).default,
    },
    serve: {
      summary: "Serve a directory",
      load: async () => (await import("./cli/serve.ts")).default,
    },
  },
  examples: [
    { text: "Fetch a file", command: "get ftp://ftp.example.org/pub/report.pdf" },
    { text: "Store one", command: "put report.pdf ftpes://ada@ftp.example.org/reports/" },
    { text: "Serve this directory to this machine", command: "serve ." },
  ],
  exitCodeFor: ftpExitCode,
};

if (import.meta.main) Deno.exit(await runProgram(FTP_PROGRAM, Deno.args, new ConsoleTerminal()));
