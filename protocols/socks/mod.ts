/**
 * SOCKS, by which a server makes connections for its clients (RFC 1928,
 * RFC 1929; versions 4 and 4a).
 *
 * @module
 */

export type { Handshake, HandshakeStep } from "../handshake.ts";
export { type SocksAddress } from "./address.ts";
export { SocksAuthError, SocksReplyError, SocksSyntaxError } from "./errors.ts";
export {
  encodeReply,
  Socks5Server,
  type Socks5ServerOptions,
  type SocksRequest,
} from "./server.ts";
export { Socks4Client } from "./socks4.ts";
export { Socks5Client, type SocksCredentials } from "./socks5.ts";
