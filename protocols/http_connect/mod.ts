/**
 * Tunnels through HTTP proxies: the request CONNECT (RFC 9110 §9.3.6).
 *
 * @module
 */

export type { Handshake, HandshakeStep } from "../handshake.ts";
export { HttpConnectClient, type HttpConnectLimits } from "./client.ts";
export { HttpConnectError, HttpSyntaxError } from "./errors.ts";
export { encodeConnect, type HttpConnectRequest } from "./request.ts";
