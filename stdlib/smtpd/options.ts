/**
 * What an SMTP server can be told.
 *
 * @module
 */

import type { ServerOptions } from "../_server/command_server.ts";
import type { Envelope, SMTPHandler, SMTPSession } from "./types.ts";

/** The default of `maxMessageSize`, in bytes, as in Python's smtpd. */
export const DATA_SIZE_DEFAULT = 33_554_432;

/** Options of {@linkcode SMTPServer.start}. */
export interface SMTPServerOptions extends ServerOptions {
  /** What to do with commands. Without `data` and `message` in it, `onMessage` gets messages. */
  handler?: SMTPHandler;
  /**
   * Gets each message; it is accepted when this returns.
   *
   * @default They are collected in `server.messages`.
   */
  onMessage?: (envelope: Envelope, session: SMTPSession) => void | Promise<void>;
  /**
   * Checks a login by AUTH PLAIN or LOGIN. AUTH is offered only where this is given and the
   * connection is safe, or `allowInsecureAuth` is set.
   */
  authenticate?: (
    user: string,
    password: string,
    session: SMTPSession,
  ) => boolean | Promise<boolean>;
  /**
   * Whether passwords may come in the clear.
   *
   * @default {false}
   */
  allowInsecureAuth?: boolean;
  /**
   * Whether MAIL is refused (530) before a login.
   *
   * @default {false}
   */
  authRequired?: boolean;
  /**
   * The name of the server in its greeting.
   *
   * @default {"localhost"}
   */
  serverName?: string;
  /**
   * The largest message, in bytes: announced by SIZE; a larger one gets 552.
   *
   * @default {33_554_432}
   */
  maxMessageSize?: number;
  /**
   * The most recipients of a message. Further ones get 452.
   *
   * @default {1000}
   */
  maxRecipients?: number;
  /**
   * How many bytes of messages `server.messages` collects; what goes past it gets 452.
   *
   * @default {268_435_456} 256 MiB
   */
  maxCollected?: number;
  /**
   * The most wrong passwords in a session. The next one gets 421.
   *
   * @default {3}
   */
  maxLoginFailures?: number;
  /**
   * What to do with a CR or LF alone in a message: refuse the message, or make it CRLF. It never
   * ends a message: only CRLF, a dot and CRLF do, so that nobody can smuggle a second one in.
   *
   * @default {"reject"}
   */
  bareNewlines?: "reject" | "normalize";
}
