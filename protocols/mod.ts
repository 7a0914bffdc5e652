/**
 * What bytes mean: codecs and state machines of network protocols, without I/O,
 * clocks or anything of a runtime.
 *
 * Each protocol has a folder and a `mod.ts` of its own; this module gathers them
 * as namespaces, along with the pieces that they share.
 *
 * @module
 */

export * as dns from "./dns/mod.ts";
export * as ftp from "./ftp/mod.ts";
export * as httpConnect from "./http_connect/mod.ts";
export * as sasl from "./sasl/mod.ts";
export * as smtp from "./smtp/mod.ts";
export * as socks from "./socks/mod.ts";
export * as text from "./text/mod.ts";

export { LimitError, type Origin, ProtocolError } from "./errors.ts";
export { checkLimit } from "./limits.ts";
