/**
 * PLAIN: the name and the password, as they are (RFC 4616). Only for connections
 * that are encrypted.
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
 * The client's side of PLAIN.
 *
 * @example
 * ```ts
 * import { PlainClient } from "https://tulip.example/protocols/sasl/plain.ts";
 * import { encodeBase64 } from "https://tulip.example/protocols/text/base64.ts";
 * import assert from "node:assert/strict";
 *
 * const client = new PlainClient("tim", "tanstaaftanstaaf");
 * assert.equal(encodeBase64(client.start()), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
 * ```
 */
export class PlainClient implements SaslClient {
  /** The mechanism. */
  readonly mechanism = "PLAIN";
  #message: string | undefined;

  /**
   * Takes the credentials.
   *
   * @param username The user.
   * @param password The password.
   * @param authzid As whom to act; `""` for the user itself.
   * @throws {TypeError} If one of them cannot be sent, or the user or the password is empty.
   */
  constructor(username: string, password: string, authzid = "") {
    checkCredential("user name", username);
    checkCredential("password", password);
    if (authzid !== "") checkCredential("authorization identity", authzid);
    this.#message = `${authzid}\0${username}\0${password}`;
  }

  /**
   * Tells what to send along with the mechanism's name: all there is.
   *
   * @returns The message.
   * @throws {SaslError} If it was sent before.
   */
  start(): Uint8Array {
    return this.#take();
  }

  /**
   * Answers the challenge that asks for the message.
   *
   * @param _challenge What the server sent, empty by the standard.
   * @returns The message.
   * @throws {SaslError} If it was sent before.
   */
  step(_challenge: Uint8Array): Uint8Array {
    return this.#take();
  }

  #take(): Uint8Array {
    const message = this.#message;
    if (message === undefined) {
      throw new SaslError("Expected the result of PLAIN, the server asks again");
    }
    this.#message = undefined;
    return new TextEncoder().encode(message);
  }
}

/** The server's side of PLAIN. */
export class PlainServer implements SaslServer {
  /** The mechanism. */
  readonly mechanism = "PLAIN";

  /**
   * Takes the client's message.
   *
   * @param response The message; `undefined` asks for it.
   * @returns An empty challenge, or the credentials.
   * @throws {SaslError} If it is no message of PLAIN.
   */
  step(response: Uint8Array | undefined): SaslServerStep {
    if (response === undefined) return { kind: "challenge", data: new Uint8Array() };
    const first = response.indexOf(0);
    const second = first < 0 ? -1 : response.indexOf(0, first + 1);
    if (second < 0) throw new SaslError("Expected two NULs in a message of PLAIN");
    const credentials = {
      authzid: readCredential("authorization identity", response.subarray(0, first)),
      username: readCredential("user name", response.subarray(first + 1, second)),
      password: readCredential("password", response.subarray(second + 1)),
    };
    if (credentials.username === "") throw new SaslError("Expected a user name, got an empty one");
    return { kind: "credentials", credentials };
  }
}
