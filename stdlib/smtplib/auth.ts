/**
 * Logging in (RFC 4954) by PLAIN (RFC 4616) and LOGIN, and by what a caller brings along.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import { ProtocolError } from "../../protocols/errors.ts";
import { decodeBase64, encodeBase64 } from "../../protocols/text/base64.ts";
import { LoginClient } from "../../protocols/sasl/login.ts";
import { PlainClient } from "../../protocols/sasl/plain.ts";
import type { SaslClient } from "../../protocols/sasl/types.ts";
import { authCommand } from "../../protocols/smtp/commands.ts";
import { authMechanisms } from "../../protocols/smtp/ehlo.ts";
import { quote } from "../../protocols/text/quote.ts";
import { adviceOn } from "./advice.ts";
import { SMTPAuthenticationError, SMTPException, SMTPNotSupportedError } from "./errors.ts";
import { showReply } from "./replies.ts";
import type { Session } from "./session.ts";
import type { AuthObject, AuthOptions, SMTPReply } from "./types.ts";

/** A server that asks more often is not going to stop. */
const MAX_CHALLENGES = 5;

// The initial response travels with AUTH only where the line keeps to what every
// server takes (RFC 4954 §4, RFC 5321 §4.5.3.1.4).
const MAX_COMMAND = 510;

/** The mechanisms that {@linkcode login} knows, best first, and their client's side. */
const MECHANISMS: readonly (new (user: string, password: string) => SaslClient)[] = [
  PlainClient,
  LoginClient,
];

/**
 * Runs one authentication.
 *
 * @param session Whose.
 * @param mechanism The name of the mechanism.
 * @param authobject What answers the challenges.
 * @param options How long to wait.
 * @returns The reply, of code 235, or 503 where the session is authenticated already.
 */
export async function authenticate(
  session: Session,
  mechanism: string,
  authobject: AuthObject,
  options: AuthOptions,
): Promise<SMTPReply> {
  const name = mechanism.toUpperCase();
  const { line } = session;
  let command = authCommand(name);
  let ready = options.initialResponseOk === false ? null : await respond(authobject, null, options);
  if (ready !== null) {
    const full = authCommand(name, encodeBase64(ready));
    if (full.length <= MAX_COMMAND) {
      command = full;
      ready = null;
    }
  }
  let reply = await session.ask(command, options, line);
  for (let challenges = 1; reply.code === 334; challenges++) {
    if (challenges > MAX_CHALLENGES) {
      line.breakOff("the server's AUTH challenges do not end", undefined, "peer");
      throw new SMTPException(
        `${line.peer} asks again and again in AUTH ${name}: gave up after ${MAX_CHALLENGES} challenges`,
      );
    }
    const response = ready ?? await answer(session, reply, authobject, options);
    ready = null;
    const secret = response !== null;
    reply = await session.ask(secret ? encodeBase64(response) : "*", { ...options, secret }, line);
  }
  if (reply.code === 235 || reply.code === 503) return reply;
  throw new SMTPAuthenticationError(
    `${line.peer} does not let you in by AUTH ${name}: ${showReply(reply)}${adviceOn(reply)}`,
    { reply, command: `AUTH ${name}` },
  );
}

/**
 * Logs in by the best mechanism that both sides know.
 *
 * @param session Whose.
 * @param user The user.
 * @param password The password.
 * @param options How long to wait.
 * @returns The reply with which the server let the user in.
 */
export async function login(
  session: Session,
  user: string,
  password: string,
  options: AuthOptions,
): Promise<SMTPReply> {
  await session.greet(options);
  const { peer } = session.line;
  const { features } = session;
  if (features?.has("auth") !== true) {
    throw new SMTPNotSupportedError(
      `${peer} offers no AUTH${
        session.tls ? "" : ". Most servers offer it only under TLS: call starttls() first"
      }`,
    );
  }
  if (!session.tls && !session.options.allowInsecureAuth) {
    throw new SMTPException(
      `Will not send a password to ${peer} over a connection that is not encrypted. ` +
        "Call starttls() first, connect with SMTP_SSL, or pass allowInsecureAuth: true",
      { origin: "usage" },
    );
  }
  const offered = authMechanisms(features);
  const usable = MECHANISMS.map((Client) => new Client(user, password))
    .filter(({ mechanism }) => offered.includes(mechanism));
  let refusal: unknown = new SMTPException(
    `${peer} offers no mechanism that can be used here: it has ${
      quote(offered.join(" "))
    }, and needed is PLAIN or LOGIN`,
  );
  for (const client of usable) {
    try {
      return await authenticate(session, client.mechanism, stepsOf(client), options);
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      // Some servers offer what they do not really support, so the next one is tried.
      if (!(error instanceof SMTPAuthenticationError) || error.code === 421) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function stepsOf(client: SaslClient): AuthObject {
  return (challenge) => challenge === null ? client.start() ?? null : client.step(challenge);
}

/** Answers a challenge, or gives the whole connection up: the server would take anything for the answer. */
function answer(
  { line }: Session,
  { text }: SMTPReply,
  authobject: AuthObject,
  options: WaitOptions,
): Promise<string | Uint8Array | null> {
  return respond(authobject, text, options).catch((error) => {
    line.breakOff("the AUTH exchange was broken off", error);
    if (!(error instanceof ProtocolError)) throw error;
    throw new SMTPException(`${line.peer} does not keep to AUTH: ${error.message}`, {
      cause: error,
    });
  });
}

async function respond(
  authobject: AuthObject,
  challenge: string | null,
  { signal }: WaitOptions,
): Promise<string | Uint8Array | null> {
  const response = authobject(challenge === null ? null : decodeBase64(challenge));
  return response instanceof Promise ? await interruptible(response, { signal }) : response;
}
