/**
 * From a command line to what it does: which commands there are, who may use
 * them, and when.
 *
 * @module
 */

import { interruptible } from "../../../loop/wait.ts";
import type { TlsSessions } from "../../../net/tls/server_sessions.ts";
import type { CommandChannel } from "../../_server/command_channel.ts";
import type { Session } from "../../_server/command_server.ts";
import { accessCommands } from "./access.ts";
import { attributeCommands } from "./attributes.ts";
import { checksumCommands } from "./checksums.ts";
import type { CommandTable, FTPCommand } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import { readCommand } from "./line.ts";
import { loginCommands } from "./login.ts";
import { misbehave } from "./misbehave.ts";
import { parameterCommands } from "./parameters.ts";
import { secureCommands, startTls } from "./secure.ts";
import type { FTPSettings } from "./session.ts";
import { FTPSessionState } from "./session.ts";
import { statusCommands } from "./status.ts";
import { transferCommands } from "./transfers.ts";
import { treeCommands } from "./tree.ts";

const COMMANDS: CommandTable = {
  ...loginCommands,
  ...secureCommands,
  ...accessCommands,
  ...parameterCommands,
  ...transferCommands,
  ...treeCommands,
  ...attributeCommands,
  ...checksumCommands,
  ...statusCommands,
  HELP: { run: help, argument: "optional", access: "anyone", syntax: "[command]" },
};

/** Runs the commands of one client. */
export class FTPSession implements Session {
  readonly #state: FTPSessionState;

  /**
   * Begins a session.
   *
   * @param client Its number, from 1.
   * @param channel The control connection.
   * @param given What the server was told, and where TLS sessions are remembered.
   */
  constructor(
    client: number,
    channel: CommandChannel,
    given: { settings: FTPSettings; sessions?: TlsSessions },
  ) {
    this.#state = new FTPSessionState(client, channel, given);
  }

  /** Greets, after the handshake where TLS comes first. */
  async greet(): Promise<void> {
    const { channel, client, settings } = this.#state;
    const { hostname, port } = channel.remoteAddress;
    settings.tell({ type: "connect", client, hostname, port });
    if (settings.implicit) {
      await startTls(this.#state);
      this.#state.protectsData = this.#state.hasBufferSize = true;
    }
    await misbehave(this.#state, "connect", () => channel.reply(220, settings.welcome));
  }

  /** Runs one command line; see {@linkcode Session.command}. */
  async command(line: string): Promise<void> {
    const state = this.#state;
    const { completedAbort } = state;
    state.completedAbort = false;
    if (completedAbort && line === "") return;
    const { verb, argument } = readCommand(line, state.settings);
    if (verb === "ABOR") state.completedAbort = completedAbort;
    const shown = verb === "PASS" || verb === "ACCT" ? "***" : argument;
    state.settings.tell({ type: "command", client: state.client, verb, argument: shown });

    const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
    if (state.transfer && !command?.duringTransfer) {
      // Replies in the order of the commands: those that wait go out before the waiting.
      await state.channel.flush();
      if (state.transfer) await interruptible(state.transfer.done);
    }
    await misbehave(state, verb, () => run(state, verb, argument));
  }

  /** The transfer, while it is going on. */
  work(): Promise<void> | undefined {
    return this.#state.transfer?.done;
  }

  /** The client is gone: so is its transfer (RFC 959 §4.1.1, QUIT). */
  async end(): Promise<void> {
    const state = this.#state;
    state.closeData();
    const { transfer } = state;
    transfer?.abort();
    await transfer?.done;
    state.logout();
    const { client, settings, channel: { failure } } = state;
    settings.tell({ type: "disconnect", client, ...(failure !== undefined && { error: failure }) });
  }
}

function run(
  state: FTPSessionState,
  verb: string,
  argument: string,
): void | Promise<void> {
  const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (!command) throw new FTPReplyError(500, "There is no such command");
  // RNTO has to follow RNFR at once, and REST is for the very next transfer alone.
  if (verb !== "RNTO") state.renameFrom = undefined;
  checkArgument(verb, command, argument);
  if (command.access !== "anyone" && state.login.state !== "in") {
    throw new FTPReplyError(530, "Log in with USER and PASS first");
  }
  return command.run(state, argument);
}

function checkArgument(verb: string, command: FTPCommand, argument: string): void {
  const { argument: rule = "none" } = command;
  if (rule === "required" && argument === "") {
    throw new FTPReplyError(501, `Expected ${verb} ${command.syntax}`);
  }
  if (rule === "none" && argument !== "") {
    throw new FTPReplyError(501, `${verb} takes no argument`);
  }
}

function help({ channel }: FTPSessionState, argument: string): void {
  const verb = argument.toUpperCase();
  if (verb === "") {
    const verbs = Object.keys(COMMANDS).sort();
    const rows = Array.from(
      { length: Math.ceil(verbs.length / 8) },
      (_, row) =>
        ` ${verbs.slice(8 * row, 8 * row + 8).map((name) => name.padEnd(7)).join(" ").trimEnd()}`,
    );
    channel.reply(214, ["Commands:", ...rows, "End"]);
    return;
  }
  const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (!command) throw new FTPReplyError(502, "There is no such command");
  channel.reply(214, `Syntax: ${verb}${command.syntax ? ` ${command.syntax}` : ""}`);
}
