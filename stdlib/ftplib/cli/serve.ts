/**
 * `serve`: a server for a directory, until somebody ends it.
 *
 * @module
 */

import { sleep } from "../../../loop/sleep.ts";
import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { visible } from "../../_cli/cells.ts";
import { type Context, defineCommand } from "../../_cli/command.ts";
import { UsageError } from "../../_cli/exit_codes.ts";
import { messageOf } from "../../_cli/failures.ts";
import { readOptionFile } from "../../_cli/files.ts";
import { formatBytes } from "../../_cli/format.ts";
import type { FTPServerEvent } from "../server/events.ts";
import type { FTPServerOptions } from "../server/options.ts";
import { ADVICE, passwordFor } from "./login.ts";

/** The port unless another is asked for: one that needs no rights. */
const PORT = 2121;

/** The command. */
export default defineCommand([{
  title: "What to serve, and to whom",
  options: {
    user: {
      type: "text",
      short: "u",
      value: "NAME",
      help: "Let only this user in, with a password from the terminal or FTP_PASSWORD",
    },
    writable: { type: "flag", short: "w", help: "Let them change files as well (Deno needs -W)" },
    host: {
      type: "text",
      value: "ADDRESS",
      help: "Listen on this address: 0.0.0.0 lets other machines in (127.0.0.1 unless given)",
    },
    port: {
      type: "count",
      value: "PORT",
      least: 0,
      most: 65_535,
      help: "Listen on this port; 0 takes a free one (2121 unless given)",
    },
    cert: { type: "text", value: "FILE", help: "Speak TLS, with this certificate (PEM)" },
    key: { type: "text", value: "FILE", help: "The private key of that (PEM)" },
    implicit: { type: "flag", help: "Begin with TLS, as ftps:// does, not after AUTH TLS" },
    "passive-ports": {
      type: "text",
      value: "FIRST-LAST",
      help: "The ports of data connections, to open them in a firewall (any unless given)",
    },
  },
}], {
  usage: "[DIRECTORY]",
  words: { least: 0, most: 1 },
  description: [
    "Serves a directory, this one unless named, until Ctrl-C. Unless told otherwise, whoever is " +
    "on this machine may read it, and nobody may change anything. Nobody gets out of the directory.",
  ],
  endless: true,
  examples: [
    { text: "Serve this directory to this machine", command: "serve" },
    {
      text: "Let one user store files from other machines, encrypted",
      command: "serve --host 0.0.0.0 -u ada -w --cert cert.pem --key key.pem incoming",
    },
  ],
  async run({ options, words: [root = "."], context }) {
    const { signal, output, progress } = context;
    const { hostname, port } = { hostname: options.host, port: options.port ?? PORT };
    const readonly = !options.writable;
    const users: FTPServerOptions["users"] = options.user === undefined
      ? { anonymous: { readonly }, ftp: { readonly } }
      : { [options.user]: { readonly, password: await passwordOf(options.user, context) } };
    const tls = await identityOf(options);
    const { FTPServer } = await import("../server.ts");
    const settings: FTPServerOptions = {
      root,
      hostname,
      port,
      users,
      tls,
      implicit: options.implicit,
      passivePorts: portsOf(options["passive-ports"]),
      onEvent: (event) => {
        if (options.json) output.json(jsonOf(event)).catch(() => {});
        else if (!options.quiet) {
          const line = lineOf(event, options.verbose);
          if (line !== undefined) progress.print(visible(line));
        }
      },
      onError: (error) => context.report(error),
    };
    await using server = await FTPServer.start(settings);
    const host = server.hostname.includes(":") ? `[${server.hostname}]` : server.hostname;
    const who = options.user === undefined ? "" : `${encodeURIComponent(options.user)}@`;
    const scheme = tls === undefined ? "ftp" : options.implicit ? "ftps" : "ftpes";
    const url = `${scheme}://${who}${host}:${server.port}/`;
    if (options.json) await output.json({ event: "listening", url });
    else await output.line(url);
    await output.flush();
    try {
      await sleep(Infinity, undefined, { signal });
    } catch (error) {
      rethrowIfCancelled(error);
      if (!signal.aborted) throw error;
      context.note("ending");
    }
  },
});

async function passwordOf(user: string, context: Context): Promise<string> {
  const password = await passwordFor(user, "this server", context);
  if (password !== undefined) return password;
  throw new UsageError(`There is no password for ${visible(user)}, and nobody to ask: ${ADVICE}`);
}

async function identityOf(
  { cert, key, implicit }: { cert?: string; key?: string; implicit: boolean },
): Promise<FTPServerOptions["tls"]> {
  if (cert === undefined && key === undefined) {
    if (implicit) throw new UsageError("--implicit needs --cert and --key");
    return undefined;
  }
  if (cert === undefined || key === undefined) throw new UsageError("--cert and --key go together");
  return {
    cert: await readOptionFile("--cert", cert),
    key: await readOptionFile("--key", key),
  };
}

function portsOf(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  if (first === undefined || Number(first) > Number(last) || Number(last) > 65_535) {
    throw new UsageError("--passive-ports needs two ports, such as 50000-50099");
  }
  return [Number(first), Number(last)];
}

function jsonOf(event: FTPServerEvent): Record<string, unknown> {
  const { type, ...fields } = event;
  const error = "error" in fields ? { error: messageOf(fields.error) } : {};
  return { event: type, ...fields, ...error };
}

/** What a log says of an event; commands only where everything is to be shown. */
function lineOf(event: FTPServerEvent, verbose: boolean): string | undefined {
  const who = `#${event.client}`;
  switch (event.type) {
    case "connect":
      return `${who} connected from ${event.hostname} ${event.port}`;
    case "login":
      return `${who} logged in as ${event.user}`;
    case "command":
      return verbose ? `${who} C: ${event.verb} ${event.argument}`.trimEnd() : undefined;
    case "retrieve":
      return `${who} fetched ${event.path} (${formatBytes(event.bytes)})`;
    case "store":
      return `${who} stored ${event.path} (${formatBytes(event.bytes)})`;
    case "remove":
    case "removeDirectory":
      return `${who} removed ${event.path}`;
    case "makeDirectory":
      return `${who} made the directory ${event.path}`;
    case "rename":
      return `${who} renamed ${event.path} to ${event.to}`;
    case "refused":
      return `${who} was refused as ${event.user}: ${event.reply}`;
    case "broken":
      return `${who} broke off ${event.path} after ${formatBytes(event.bytes)}`;
    case "disconnect":
      return `${who} left`;
    default:
      return undefined;
  }
}
