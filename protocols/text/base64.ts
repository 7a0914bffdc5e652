/**
 * Base64 as SASL exchanges carry it (RFC 4648 §4; RFC 4954 §4).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { decodeLatin1 } from "./latin1.ts";

/** The peer sent what is no base64. */
export class Base64Error extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "Base64Error";
}

/**
 * Encodes bytes, or a text as UTF-8.
 *
 * @param data The bytes or the text.
 * @returns Base64, padded, in one line.
 *
 * @example
 * ```ts
 * import { encodeBase64 } from "https://tulip.example/protocols/text/base64.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(encodeBase64("žluťoučký"), "xb5sdcWlb3XEjWvDvQ==");
 * ```
 */
export function encodeBase64(data: Uint8Array | string): string {
  return btoa(decodeLatin1(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/**
 * Decodes base64. Nothing is forgiven: no space, no missing padding, no bits
 * that no encoder would leave.
 *
 * @param text Base64.
 * @returns The bytes.
 * @throws {Base64Error} If it is none. The text, which may hold a password, is not in the message.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const form = /^[A-Za-z0-9+/]*={0,2}$/;
  const binary = text.length % 4 === 0 && form.test(text) ? atob(text) : undefined;
  if (binary === undefined || btoa(binary) !== text) {
    throw new Base64Error(`Expected base64, got ${text.length} other characters`);
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
