/**
 * Ways to authenticate (SASL, RFC 4422), for any protocol that carries them.
 *
 * @module
 */

export { Base64Error, decodeBase64, encodeBase64 } from "../text/base64.ts";
export { LoginClient, LoginServer } from "./login.ts";
export { PlainClient, PlainServer } from "./plain.ts";
export {
  type Credentials,
  type SaslClient,
  SaslError,
  type SaslServer,
  type SaslServerStep,
} from "./types.ts";
