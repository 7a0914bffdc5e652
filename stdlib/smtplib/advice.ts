/**
 * What a person can do about an error: the last sentence of this module's messages.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError, SSLError } from "../../net/errors.ts";
import type { SMTPReply } from "./types.ts";

/**
 * What to do about a reply that refuses.
 *
 * @param reply The reply.
 * @returns The advice, to be put behind a message; empty where there is none.
 */
export function adviceOn({ code, text, enhancedCode }: SMTPReply): string {
  const rule = REPLIES.find(({ codes, words, enhanced }) =>
    codes.includes(code) &&
    (words === undefined || words.test(text) || enhanced?.includes(enhancedCode ?? "") === true)
  );
  if (rule !== undefined) return `. ${rule.advice}`;
  return code >= 400 && code <= 499 ? ". The refusal is temporary: try again later" : "";
}

/** The first rule that fits is told. */
const REPLIES: readonly {
  readonly codes: readonly number[];
  readonly words?: RegExp;
  readonly enhanced?: readonly string[];
  readonly advice: string;
}[] = [
  {
    codes: [530, 550, 554],
    words: /STARTTLS|encrypt|\bTLS\b/i,
    advice: "Call starttls() first, or connect with SMTP_SSL",
  },
  { codes: [530], advice: "Log in first: login(user, password)" },
  {
    codes: [534, 535],
    advice:
      "Check the user and the password; many providers want an app password instead of the real one",
  },
  { codes: [538], advice: "Call starttls() before login()" },
  {
    codes: [550, 551, 553, 554],
    words: /relay|authenticat/i,
    advice: "The server takes mail to other places only from those who log in: call login() first",
  },
  {
    codes: [552, 554, 452],
    words: /size|too (?:large|big)|exceeds/i,
    enhanced: ["5.3.4", "5.2.3"],
    advice: "The message is larger than the server takes; esmtpFeatures has its limit under size",
  },
  {
    codes: [554, 550],
    words: /blocked|blacklist|blocklist|reputation|spamhaus|\brbl\b|\bdnsbl\b/i,
    advice: "The server does not take mail from your address: send through your provider's server",
  },
];

/**
 * Adds to an error of connecting what is known of the ports of mail.
 *
 * @param error The error.
 * @param target Which port was tried, and whether with TLS from the first byte.
 * @returns The same error, or one that says more.
 */
export function explainConnectFailure(
  error: unknown,
  { port, tls }: { port: number; tls: boolean },
): unknown {
  if (!(error instanceof Error)) return error;
  const advice = adviceOnPort(error, port, tls);
  if (advice === undefined) return error;
  const message = `${error.message}${/[.?!]$/.test(error.message) ? "" : "."} ${advice}`;
  if (error instanceof TimeoutError) return new TimeoutError(message, { cause: error });
  // The class stays what callers check for; the words are ours to extend.
  error.message = message;
  return error;
}

function adviceOnPort(error: Error, port: number, tls: boolean): string | undefined {
  // A proxy has said itself what is wrong.
  const unreachable = error instanceof TimeoutError ||
    error instanceof ConnectionError && error.name !== "ProxyError";
  if (unreachable && port === 465 && !tls) {
    return "Port 465 expects TLS from the first byte: connect with SMTP_SSL";
  }
  if (error instanceof SSLError && error.code === "ERR_TLS_PLAINTEXT" && tls) {
    return "With smtplib: connect with SMTP instead of SMTP_SSL, and call starttls()";
  }
  if (unreachable && BLOCKED_PORTS.has(port)) {
    return `Many networks and hosts block port ${port} for outgoing mail: ` +
      "try 587, 465 or 2525 of your provider";
  }
  return undefined;
}

const BLOCKED_PORTS: ReadonlySet<number> = new Set([25, 465, 587]);
