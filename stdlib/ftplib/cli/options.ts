/**
 * Options that several commands have.
 *
 * @module
 */

import type { Job, OptionGroup } from "../../_cli/command.ts";
import type { OptionSpecs } from "../../_cli/options.ts";

/** Options of the connection: of every command that talks to a server. */
export const CONNECTION = {
  title: "Connection",
  options: {
    user: { type: "text", short: "u", value: "NAME", help: "Log in as this user" },
    netrc: {
      type: "flag",
      short: "n",
      help: "Take user and password from ~/.netrc (Deno needs -R and -S=homedir)",
    },
    "netrc-file": { type: "text", value: "FILE", help: "Take them from another such file" },
    tls: { type: "flag", help: "Encrypt (AUTH TLS), as ftpes:// does" },
    cacert: {
      type: "text",
      value: "FILE",
      help: "Trust the authorities in this file as well (PEM)",
    },
    cert: { type: "text", value: "FILE", help: "Show the server this certificate (PEM)" },
    key: { type: "text", value: "FILE", help: "The private key of that (PEM)" },
    fingerprint: {
      type: "texts",
      value: "SHA256",
      help: "Trust the server whose certificate has this fingerprint, and no other",
    },
    timeout: {
      type: "time",
      value: "TIME",
      help: "How long the server may be silent (30s unless given)",
    },
    encoding: {
      type: "choice",
      value: "NAME",
      choices: ["utf-8", "latin-1"],
      help: "How the server writes names: utf-8, the default, or latin-1",
    },
    active: { type: "flag", help: "Have the server connect to this machine (PORT, EPRT)" },
    proxy: {
      type: "text",
      value: "URL",
      help: "Connect through a proxy: socks5h://host:port, http://…; socks5:// looks names up here",
    },
  },
} as const satisfies OptionGroup;

/** Options of everything that transfers files. */
export const TRANSFER = {
  title: "Transfers",
  options: {
    resume: { type: "flag", short: "c", help: "Go on where an earlier transfer stopped" },
    parallel: {
      type: "count",
      short: "P",
      value: "N",
      least: 1,
      most: 32,
      help: "Transfer so many files at once, each in a session of its own (1 unless given)",
    },
    retries: {
      type: "count",
      value: "N",
      least: 0,
      most: 1_000_000,
      help: "Try again so often what may pass, such as a lost connection (3 unless given)",
    },
    verify: { type: "flag", help: "Compare the sizes on both sides afterwards" },
    checksum: {
      type: "flag",
      help: "Compare checksums afterwards; fails where the server counts none",
    },
    preserve: { type: "flag", short: "p", help: "Keep the time at which the file was modified" },
    "limit-rate": {
      type: "size",
      value: "BYTES",
      help: "At most so many bytes a second, of all transfers together, such as 500k",
    },
  },
} as const satisfies OptionGroup;

/** How often something is tried again unless `--retries` says otherwise. */
export const RETRIES = 3;

/** A job of a command that talks to a server. */
export type ServerJob<S extends OptionSpecs = Record<never, never>> = Job<
  typeof CONNECTION.options & S
>;
