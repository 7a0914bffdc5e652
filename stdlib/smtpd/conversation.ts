/**
 * One SMTP client: its commands, the state they leave behind, and the hooks that
 * decide (RFC 5321 §4).
 *
 * @module
 */

import type { Address } from "../../net/byte_stream.ts";
import { formatEhlo } from "../../protocols/smtp/ehlo.ts";
import type { MailParameters } from "../../protocols/smtp/parameters.ts";
import type { AuthCommand, SessionState } from "../../protocols/smtp/session.ts";
import {
  CommandError,
  parseAuth,
  parseCommand,
  parseHelo,
  parseMail,
  parseRcpt,
  refusalOf,
  stateAfter,
} from "../../protocols/smtp/session.ts";
import { latin1ToUtf8, TextEncodingError } from "../../protocols/text/utf8.ts";
import type { CommandChannel } from "../_server/command_channel.ts";
import type { Session } from "../_server/command_server.ts";
import { ReplyError } from "../_server/reply_error.ts";
import { askCredentials, MECHANISMS } from "./auth.ts";
import { MessageBody } from "./body.ts";
import { SMTPReplyError } from "./errors.ts";
import type { Recipient, SMTPHandler, SMTPSession } from "./types.ts";
import { Envelope } from "./types.ts";

/** What all conversations of a server share. */
export interface SMTPSettings {
  /** The hooks. */
  readonly handler: SMTPHandler;
  /** Takes a message, where the handler does not take it as it streams. */
  readonly take: (envelope: Envelope, session: SMTPSession) => void | Promise<void>;
  /** Checks a login. */
  readonly authenticate:
    | ((user: string, password: string, session: SMTPSession) => boolean | Promise<boolean>)
    | undefined;
  /** Whether passwords may come in the clear. */
  readonly allowInsecureAuth: boolean;
  /** Whether mail needs a login. */
  readonly authRequired: boolean;
  /** The server's name. */
  readonly serverName: string;
  /** The most bytes of a command line. */
  readonly maxCommandLength: number;
  /** The most bytes of a message. */
  readonly maxMessageSize: number;
  /** The most recipients of a message. */
  readonly maxRecipients: number;
  /** The most wrong passwords. */
  readonly maxLoginFailures: number;
  /** What happens to a CR or LF alone. */
  readonly bareNewlines: "reject" | "normalize";
  /** How long every 64 KiB of a message may take, in milliseconds. */
  readonly timeout: number;
}

type Work = void | Promise<void>;

type Run = (this: Conversation, argument: string) => Work;

/** The state of one session, and its commands. */
export class Conversation implements Session, SMTPSession {
  readonly client: number;
  readonly remoteAddress: Address;
  readonly localAddress: Address;
  hostName: string | undefined;
  extended = false;
  user: string | undefined;
  readonly #channel: CommandChannel;
  readonly #settings: SMTPSettings;
  readonly #handler: SMTPHandler;
  #state: SessionState = "connected";
  #sender = "";
  #mailOptions: MailParameters = {};
  #recipients: Recipient[] = [];
  #loginFailures = 0;

  /**
   * Begins a session.
   *
   * @param client Its number, from 1.
   * @param channel Its connection.
   * @param settings What the server was told.
   */
  constructor(client: number, channel: CommandChannel, settings: SMTPSettings) {
    this.client = client;
    this.remoteAddress = channel.remoteAddress;
    this.localAddress = channel.localAddress;
    this.#channel = channel;
    this.#settings = settings;
    this.#handler = settings.handler;
  }

  /** Greets; see {@linkcode Session.greet}. */
  async greet(): Promise<void> {
    try {
      await this.#handler.connect?.(this);
    } catch (error) {
      // No session without a greeting (RFC 5321 §3.1).
      this.#channel.end();
      throw error;
    }
    this.#channel.reply(220, `${this.#settings.serverName} ESMTP Tulip`);
  }

  /** Runs one command line; see {@linkcode Session.command}. */
  command(line: string): Work {
    try {
      const { verb, argument } = parseCommand(latin1ToUtf8(line, "throw"), {
        maxLength: this.#settings.maxCommandLength,
      });
      const commands = Conversation.#commands;
      const run = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
      if (!run && KNOWN.has(verb)) {
        throw new SMTPReplyError(502, "Command not implemented", "5.5.1");
      }
      const refusal = refusalOf(this.#state, verb);
      if (refusal || !run) throw new ReplyError(refusal?.code ?? 500, refusal?.lines ?? "");
      return run.call(this, argument);
    } catch (error) {
      if (error instanceof CommandError) throw new ReplyError(error.reply.code, error.reply.lines);
      if (error instanceof TextEncodingError) {
        throw new SMTPReplyError(500, "That is no UTF-8", "5.5.2");
      }
      throw error;
    }
  }

  /** Nothing goes on beside the commands. */
  work(): undefined {
    return undefined;
  }

  /** The client is gone; see {@linkcode Session.end}. */
  end(): Work {
    return this.#handler.close?.(this);
  }

  /** HELO and EHLO (RFC 5321 §4.1.1.1). */
  async #hello(verb: "HELO" | "EHLO", hostName: string): Promise<void> {
    await this.#handler.ehlo?.(this, hostName);
    this.hostName = hostName;
    this.extended = verb === "EHLO";
    this.#forget(verb);
    const { serverName, maxMessageSize } = this.#settings;
    if (!this.extended) return this.#channel.reply(250, serverName);

    const features: [string, string][] = [
      ["PIPELINING", ""],
      ["SIZE", String(maxMessageSize)],
      ["8BITMIME", ""],
      ["SMTPUTF8", ""],
      ["ENHANCEDSTATUSCODES", ""],
      ["HELP", ""],
    ];
    if (this.#offersAuth()) features.push(["AUTH", MECHANISMS.join(" ")]);
    this.#channel.send(formatEhlo(serverName, new Map(features)));
  }

  /** AUTH (RFC 4954 §4). */
  async #auth(command: AuthCommand): Promise<void> {
    const { authenticate, maxLoginFailures } = this.#settings;
    if (!authenticate) throw new SMTPReplyError(502, "There is no AUTH here", "5.5.1");
    if (!this.#offersAuth()) throw new SMTPReplyError(538, "Encryption is required", "5.7.11");
    if (this.user !== undefined) throw new SMTPReplyError(503, "Already logged in", "5.5.1");

    const { authzid, username, password } = await askCredentials(this.#channel, command);
    // Acting for another is for those who check it, and the hook cannot.
    const itself = authzid === "" || authzid === username;
    if (!itself || !(await authenticate(username, password, this))) {
      const last = ++this.#loginFailures > maxLoginFailures;
      throw last
        ? new SMTPReplyError(421, "Too many wrong passwords", "4.7.0")
        : new SMTPReplyError(535, "User name or password is wrong", "5.7.8");
    }
    this.user = username;
    this.#channel.reply(235, "2.7.0 Logged in");
  }

  /** MAIL (RFC 5321 §4.1.1.2). */
  #mail(argument: string): Work {
    const { authRequired, maxMessageSize } = this.#settings;
    if (authRequired && this.user === undefined) {
      throw new SMTPReplyError(530, "Log in first", "5.7.0");
    }
    const { sender, parameters } = parseMail(argument, this.#mailParameters());
    if (parameters.body === "BINARYMIME") {
      throw new SMTPReplyError(555, "There is no BINARYMIME here", "5.5.4");
    }
    if ((parameters.size ?? 0) > maxMessageSize) {
      throw new SMTPReplyError(552, `Messages may have ${maxMessageSize} bytes`, "5.3.4");
    }
    const address = sender?.text ?? "";
    return then(this.#handler.mail?.(this, address, parameters), () => {
      this.#sender = address;
      this.#mailOptions = parameters;
      this.#recipients = [];
      this.#succeed("MAIL", "250 2.1.0 Sender OK\r\n");
    });
  }

  /** RCPT (RFC 5321 §4.1.1.3). */
  #rcpt(argument: string): Work {
    const { recipient, parameters } = parseRcpt(
      argument,
      NO_PARAMETERS,
      this.#mailOptions.smtputf8,
    );
    if (this.#recipients.length >= this.#settings.maxRecipients) {
      throw new SMTPReplyError(452, "Too many recipients", "4.5.3");
    }
    const address = recipient.text;
    return then(this.#handler.rcpt?.(this, address, parameters), () => {
      this.#recipients.push({ address, options: parameters });
      this.#succeed("RCPT", "250 2.1.5 Recipient OK\r\n");
    });
  }

  /** DATA (RFC 5321 §4.1.1.4). */
  async #data(): Promise<void> {
    this.#channel.reply(354, "Send the message, end with a dot on a line of its own");
    await this.#channel.flush();
    const body = new MessageBody(this.#channel, this.#settings);
    try {
      await this.#receive(body);
    } finally {
      this.#forget("DATA");
    }
    this.#channel.sendEncoded("250 2.0.0 Message accepted\r\n");
  }

  /** RSET (RFC 5321 §4.1.1.5). */
  async #rset(): Promise<void> {
    await this.#handler.rset?.(this);
    this.#forget("RSET");
    this.#channel.sendEncoded(OK);
  }

  /** NOOP (RFC 5321 §4.1.1.9). */
  #noop(): void {
    this.#channel.sendEncoded(OK);
  }

  /** VRFY (RFC 5321 §3.5.3: 252 tells nobody who has a mailbox). */
  async #vrfy(argument: string): Promise<void> {
    if (argument === "") throw new SMTPReplyError(501, "Syntax: VRFY address", "5.5.4");
    const answer = await this.#handler.vrfy?.(this, argument);
    if (answer === undefined) this.#channel.reply(252, "2.5.0 Try it with RCPT");
    else this.#channel.reply(250, `2.5.0 ${answer}`);
  }

  /** HELP (RFC 5321 §4.1.1.8). */
  #help(): void {
    this.#channel.reply(214, `2.0.0 ${Object.keys(Conversation.#commands).join(" ")}`);
  }

  /** QUIT (RFC 5321 §4.1.1.10). */
  async #quit(): Promise<void> {
    this.#channel.end();
    await this.#handler.quit?.(this);
    this.#channel.reply(221, "2.0.0 Goodbye");
  }

  async #receive(body: MessageBody): Promise<void> {
    if (!this.#handler.data) {
      await this.#settings.take(this.#envelope(await body.collect()), this);
      return;
    }
    try {
      await this.#handler.data(this, this.#envelope(), body);
    } finally {
      // Whatever the hook says, the message has to be off the line; and if it was no good, that
      // goes before a hook that did not look.
      await body.finish();
    }
  }

  #envelope(content?: Uint8Array): Envelope {
    return new Envelope(this.#sender, this.#mailOptions, this.#recipients, content);
  }

  #succeed(verb: string, reply: string): void {
    this.#state = stateAfter(this.#state, verb);
    this.#channel.sendEncoded(reply);
  }

  #forget(verb: string): void {
    this.#state = stateAfter(this.#state, verb);
    this.#sender = "";
    this.#mailOptions = {};
    this.#recipients = [];
  }

  #offersAuth(): boolean {
    return this.#settings.authenticate !== undefined && this.#settings.allowInsecureAuth;
  }

  #mailParameters(): ReadonlySet<string> {
    if (!this.extended) return NO_PARAMETERS;
    return this.#offersAuth() ? MAIL_PARAMETERS_AUTH : MAIL_PARAMETERS;
  }

  static readonly #commands: Readonly<Record<string, Run>> = {
    HELO(argument) {
      return this.#hello("HELO", parseHelo(argument));
    },
    EHLO(argument) {
      return this.#hello("EHLO", parseHelo(argument));
    },
    AUTH(argument) {
      return this.#auth(parseAuth(argument));
    },
    MAIL(argument) {
      return this.#mail(argument);
    },
    RCPT(argument) {
      return this.#rcpt(argument);
    },
    DATA(argument) {
      checkAlone("DATA", argument);
      return this.#data();
    },
    RSET(argument) {
      checkAlone("RSET", argument);
      return this.#rset();
    },
    NOOP() {
      return this.#noop();
    },
    VRFY(argument) {
      return this.#vrfy(argument);
    },
    HELP() {
      return this.#help();
    },
    QUIT(argument) {
      checkAlone("QUIT", argument);
      return this.#quit();
    },
  };
}

const OK = "250 2.0.0 OK\r\n";
const NO_PARAMETERS: ReadonlySet<string> = new Set();
const MAIL_PARAMETERS: ReadonlySet<string> = new Set(["SIZE", "BODY", "SMTPUTF8"]);
const MAIL_PARAMETERS_AUTH: ReadonlySet<string> = new Set([...MAIL_PARAMETERS, "AUTH"]);

/** Commands that other servers know. */
const KNOWN: ReadonlySet<string> = new Set(["BDAT", "ETRN", "EXPN", "LHLO", "STARTTLS", "TURN"]);

function checkAlone(verb: string, argument: string): void {
  if (argument !== "") throw new SMTPReplyError(501, `${verb} takes no argument`, "5.5.4");
}

// Without hooks a command ends at once, and a batch of them in one turn.
function then(hook: Work, next: () => void): Work {
  if (hook === undefined) return next();
  return hook.then(next);
}
