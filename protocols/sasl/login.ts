/**
 * LOGIN: the name and the password, each when asked for. Older than any
 * standard (draft-murchison-sasl-login), still the only mechanism of some
 * servers. Only for connections that are encrypted.
 *
 * @module
 */

import {
  checkCredential,
  readCredential,
  type SaslClient,
  SaslError,
  type SaslServer,
  type SaslServerStep,
} from "./types.ts";

/**
 * The client's side of LOGIN. What the server's prompts say does not matter, only
 * their order does: they differ from server to server.
 *
 * @example
 * ```ts
 * import { LoginClient } from "https://tulip.example/protocols/sasl/login.ts";
 * import assert from "node:assert/strict";
 *
 * const prompt = new TextEncoder().encode("User Name\0");
 * const client = new LoginClient("tim", "tanstaaftanstaaf");
 * assert.equal(new TextDecoder().decode(client.step(prompt)), "tim");
 * ```
 */
export class LoginClient implements SaslClient {
  /** The mechanism. */
  readonly mechanism = "LOGIN";
  readonly #answers: string[];

  /**
   * Takes the credentials.
   *
   * @param username The user.
   * @param password The password.
   * @throws {TypeError} If one of them cannot be sent or is empty.
   */
  constructor(username: string, password: string) {
    checkCredential("user name", username);
    checkCredential("password", password);
    this.#answers = [username, password];
  }

  /**
   * Tells that the server speaks first.
   *
   * @returns `undefined`.
   */
  start(): undefined {
    return undefined;
  }

  /**
   * Answers a prompt: the first with the name, the second with the password.
   *
   * @param _challenge The prompt.
   * @returns The answer.
   * @throws {SaslError} If there is a third.
   */
  step(_challenge: Uint8Array): Uint8Array {
    const answer = this.#answers.shift();
    if (answer === undefined) {
      throw new SaslError("Expected the result of LOGIN, the server asks again");
    }
    return new TextEncoder().encode(answer);
  }
}

/** The server's side of LOGIN. */
export class LoginServer implements SaslServer {
  /** The mechanism. */
  readonly mechanism = "LOGIN";
  #username: string | undefined;

  /**
   * Takes the client's next answer.
   *
   * @param response The answer; `undefined` asks for the first. A name sent along with the
   * mechanism's name is taken too.
   * @returns A prompt, or the credentials.
   * @throws {SaslError} If the answer is no name or password.
   */
  step(response: Uint8Array | undefined): SaslServerStep {
    if (response === undefined) return prompt("Username:");
    if (this.#username === undefined) {
      const username = readCredential("user name", response);
      if (username === "") throw new SaslError("Expected a user name, got an empty one");
      this.#username = username;
      return prompt("Password:");
    }
    const password = readCredential("password", response);
    return {
      kind: "credentials",
      credentials: { authzid: "", username: this.#username, password },
    };
  }
}

function prompt(text: string): SaslServerStep {
  return { kind: "challenge", data: new TextEncoder().encode(text) };
}
