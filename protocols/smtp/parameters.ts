/**
 * The parameters of MAIL and RCPT: what extensions add to an address
 * (RFC 5321 §4.1.1.11; SIZE, RFC 1870; BODY, RFC 6152 and RFC 3030; SMTPUTF8,
 * RFC 6531; AUTH, RFC 4954; RET, ENVID, NOTIFY and ORCPT, RFC 3461; REQUIRETLS,
 * RFC 8689).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { parseMailbox } from "./address.ts";
import { decodeXtext, encodeXtext } from "./xtext.ts";

/** How a message's bytes are meant. */
export type BodyType = "7BIT" | "8BITMIME" | "BINARYMIME";

/** What can be said with MAIL. */
export interface MailParameters {
  /** The size of the message in bytes, before dots are doubled. */
  size?: number;
  /** How its bytes are meant. */
  body?: BodyType;
  /** Whether its headers or addresses are in UTF-8. */
  smtputf8?: boolean;
  /** Who submitted it, as an address; `""` where that is not known. */
  auth?: string;
  /** What a report of failure shall bring back: the whole message or its headers. */
  ret?: "FULL" | "HDRS";
  /** A name for the transaction, which reports repeat. */
  envid?: string;
  /** Whether it may travel only over TLS. */
  requireTls?: boolean;
}

/** When a report shall be sent. */
export type NotifyEvent = "SUCCESS" | "FAILURE" | "DELAY";

/** What can be said with RCPT. */
export interface RcptParameters {
  /** When to report: `"NEVER"`, or on which events. */
  notify?: "NEVER" | readonly NotifyEvent[];
  /** The recipient whom the sender named, where that is another. */
  orcpt?: {
    /** What kind of address it is: `"rfc822"` or `"utf-8"`. */
    readonly type: string;
    /** The address. */
    readonly address: string;
  };
}

/** The peer sent a parameter that its standard does not allow. */
export class ParameterSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ParameterSyntaxError";
  /** The parameter's keyword, in upper case. */
  readonly keyword: string;

  /**
   * Says what was expected.
   *
   * @param keyword The parameter's keyword.
   * @param message What was expected, and what came.
   */
  constructor(keyword: string, message: string) {
    super(message);
    this.keyword = keyword;
  }
}

/**
 * Writes the parameters of MAIL.
 *
 * @param parameters What to say.
 * @returns Each as `KEYWORD` or `KEYWORD=value`.
 * @throws {RangeError} If the size is no whole number of at least 0.
 * @throws {TypeError} If a text holds what cannot be sent.
 *
 * @example
 * ```ts
 * import { formatMailParameters } from "https://tulip.example/protocols/smtp/parameters.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(
 *   formatMailParameters({ size: 1024, body: "8BITMIME", smtputf8: true }),
 *   ["SIZE=1024", "BODY=8BITMIME", "SMTPUTF8"],
 * );
 * ```
 */
export function formatMailParameters(parameters: MailParameters): string[] {
  const { size, body, smtputf8, auth, ret, envid, requireTls } = parameters;
  const words: string[] = [];
  if (size !== undefined) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new RangeError(`Cannot declare a size of ${size} bytes: need a whole number from 0`);
    }
    words.push(`SIZE=${size}`);
  }
  if (body !== undefined) words.push(`BODY=${oneOf("BODY", body, BODY_TYPES)}`);
  if (smtputf8) words.push("SMTPUTF8");
  if (auth !== undefined) words.push(`AUTH=${auth === "" ? "<>" : encodeXtext(auth)}`);
  if (ret !== undefined) words.push(`RET=${oneOf("RET", ret, RETURNS)}`);
  if (envid !== undefined) {
    if (envid === "" || envid.length > 100) {
      throw new TypeError("Cannot name a transaction: need 1 to 100 characters in envid");
    }
    words.push(`ENVID=${encodeXtext(envid)}`);
  }
  if (requireTls) words.push("REQUIRETLS");
  return words;
}

/**
 * Writes the parameters of RCPT.
 *
 * @param parameters What to say.
 * @returns Each as `KEYWORD=value`.
 * @throws {TypeError} If `notify` names no event, or an address holds what cannot be sent.
 */
export function formatRcptParameters({ notify, orcpt }: RcptParameters): string[] {
  const words: string[] = [];
  if (notify !== undefined) {
    const events = notify === "NEVER"
      ? [notify]
      : notify.map((event) => oneOf("NOTIFY", event, EVENTS));
    if (events.length === 0) throw new TypeError("Cannot notify on no event: say NEVER");
    words.push(`NOTIFY=${[...new Set(events)].join(",")}`);
  }
  if (orcpt !== undefined) {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(orcpt.type)) {
      throw new TypeError(`Cannot use ${quote(orcpt.type)} as a type of address`);
    }
    const encode = orcpt.type.toLowerCase() === "utf-8" ? encodeUnitext : encodeXtext;
    words.push(`ORCPT=${orcpt.type};${encode(orcpt.address)}`);
  }
  return words;
}

/**
 * Splits parameters, without a look at what they mean.
 *
 * @param text What follows the address, such as `" SIZE=1024 BODY=8BITMIME"`.
 * @returns The values by upper-case keyword; `undefined` where there is none.
 * @throws {ParameterSyntaxError} If there is something else, or a keyword twice.
 */
export function splitParameters(text: string): Map<string, string | undefined> {
  const parameters = new Map<string, string | undefined>();
  for (const word of text.split(" ")) {
    if (word === "") continue;
    checkParameter(word, ParameterSyntaxError);
    const equals = word.indexOf("=");
    const keyword = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
    if (parameters.has(keyword)) {
      throw new ParameterSyntaxError(keyword, `Expected ${keyword} once`);
    }
    parameters.set(keyword, equals < 0 ? undefined : word.slice(equals + 1));
  }
  return parameters;
}

/**
 * Reads what the parameters of MAIL mean. Those that are not known here are left
 * to the caller.
 *
 * @param words The values by upper-case keyword.
 * @returns What they say.
 * @throws {ParameterSyntaxError} If a value is not what its standard allows.
 */
export function readMailParameters(
  words: ReadonlyMap<string, string | undefined>,
): MailParameters {
  const parameters: MailParameters = {};
  for (const [keyword, value] of words) MAIL_READERS[keyword]?.(parameters, value);
  return parameters;
}

/**
 * Reads what the parameters of RCPT mean. Those that are not known here are left
 * to the caller.
 *
 * @param words The values by upper-case keyword.
 * @returns What they say.
 * @throws {ParameterSyntaxError} If a value is not what its standard allows.
 */
export function readRcptParameters(
  words: ReadonlyMap<string, string | undefined>,
): RcptParameters {
  const parameters: RcptParameters = {};
  for (const [keyword, value] of words) RCPT_READERS[keyword]?.(parameters, value);
  return parameters;
}

/**
 * Refuses a parameter that would not be one on the wire.
 *
 * @param word The parameter, `KEYWORD` or `KEYWORD=value`.
 * @throws {TypeError} If it is none: a space or a control character in it, or a second `=`.
 */
export function checkParameterWord(word: string): void {
  checkParameter(
    word,
    class extends TypeError {
      constructor(_keyword: string, message: string) {
        super(message);
      }
    },
  );
}

const BODY_TYPES: readonly BodyType[] = ["7BIT", "8BITMIME", "BINARYMIME"];
const RETURNS = ["FULL", "HDRS"] as const;
const EVENTS: readonly NotifyEvent[] = ["SUCCESS", "FAILURE", "DELAY"];

type Readers<Parameters> = Readonly<
  Record<string, (parameters: Parameters, value: string | undefined) => void>
>;

const MAIL_READERS: Readers<MailParameters> = {
  SIZE(parameters, value = "") {
    if (!/^\d{1,20}$/.test(value)) refuse("SIZE", "a number of bytes", value);
    parameters.size = Number(value);
  },
  BODY(parameters, value = "") {
    parameters.body = find("BODY", BODY_TYPES, value);
  },
  SMTPUTF8(parameters, value) {
    if (value !== undefined) refuse("SMTPUTF8", "no value", value);
    parameters.smtputf8 = true;
  },
  AUTH(parameters, value = "") {
    const address = value === "<>" ? "" : decodeXtext(value) ?? refuse("AUTH", "xtext", value);
    if (address !== "") parseMailbox(address);
    parameters.auth = address;
  },
  RET(parameters, value = "") {
    parameters.ret = find("RET", RETURNS, value);
  },
  ENVID(parameters, value = "") {
    const text = decodeXtext(value);
    parameters.envid = text && text.length <= 100 ? text : refuse("ENVID", "xtext", value);
  },
  REQUIRETLS(parameters, value) {
    if (value !== undefined) refuse("REQUIRETLS", "no value", value);
    parameters.requireTls = true;
  },
};

const RCPT_READERS: Readers<RcptParameters> = {
  NOTIFY(parameters, value = "") {
    parameters.notify = /^never$/i.test(value)
      ? "NEVER"
      : value.split(",").map((event) => find("NOTIFY", EVENTS, event));
  },
  ORCPT(parameters, value = "") {
    const semicolon = value.indexOf(";");
    const type = value.slice(0, Math.max(semicolon, 0));
    const encoded = value.slice(semicolon + 1);
    const address = type.toLowerCase() === "utf-8" ? decodeUnitext(encoded) : decodeXtext(encoded);
    if (type === "" || !address) return refuse("ORCPT", "a type, a semicolon and xtext", value);
    parameters.orcpt = { type, address };
  },
};

function checkParameter(
  word: string,
  Refusal: new (keyword: string, message: string) => Error,
): void {
  if (typeof word === "string" && PARAMETER.test(word)) return;
  throw new Refusal(String(word), `Expected KEYWORD or KEYWORD=value, got ${quote(String(word))}`);
}

// deno-lint-ignore no-control-regex
const PARAMETER = /^[A-Za-z0-9][A-Za-z0-9-]*(?:=(?:[!-<>-~]|[^\x00-\xa0\u2028\u2029\p{Cs}])+)?$/u;

function refuse(keyword: string, expected: string, value: string): never {
  throw new ParameterSyntaxError(
    keyword,
    `Expected ${expected} in ${keyword}, got ${quote(value)}`,
  );
}

function find<Value extends string>(
  keyword: string,
  values: readonly Value[],
  given: string,
): Value {
  return values.find((value) => value === given.toUpperCase()) ??
    refuse(keyword, values.join(" or "), given);
}

function oneOf<Value extends string>(
  keyword: string,
  given: Value,
  values: readonly Value[],
): Value {
  if (values.includes(given)) return given;
  throw new TypeError(`Cannot send ${keyword}=${quote(given)}: need ${values.join(" or ")}`);
}

/** RFC 6533 §3: like xtext, but UTF-8 stands as it is and the rest is `\x{HEX}`. */
function encodeUnitext(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]|\p{Cs}/u.test(text)) {
    throw new TypeError("Cannot write a parameter: it holds a control character");
  }
  return text.replace(
    /[ +=\\]/g,
    (character) => `\\x{${character.charCodeAt(0).toString(16).toUpperCase()}}`,
  );
}

function decodeUnitext(encoded: string): string | undefined {
  if (/[+=]|\\(?!x\{(?!d[89a-f])[0-9a-f]{2,6}\})/i.test(encoded)) return undefined;
  let known = true;
  const text = encoded.replace(/\\x\{([0-9A-Fa-f]+)\}/g, (_, digits: string) => {
    const point = parseInt(digits, 16);
    if (point < 0x20 || point === 0x7f || point > 0x10ffff) known = false;
    return known ? String.fromCodePoint(point) : "";
  });
  return known ? text : undefined;
}
