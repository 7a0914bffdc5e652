/**
 * SMTP and LMTP (RFC 5321, RFC 2033, and the extensions that each file names).
 *
 * @module
 */

export {
  AddressSyntaxError,
  asciiDomain,
  envelopeAddress,
  formatMailbox,
  isDomainOrLiteral,
  type Mailbox,
  type ParsedPath,
  parseMailbox,
  parsePath,
} from "./address.ts";
export {
  authCommand,
  bdatCommand,
  command,
  heloCommand,
  mailCommand,
  rcptCommand,
} from "./commands.ts";
export { authMechanisms, type Ehlo, formatEhlo, maximumSize, parseEhlo } from "./ehlo.ts";
export {
  type EnhancedCode,
  type EnhancedText,
  parseEnhancedCode,
  splitEnhanced,
} from "./enhanced.ts";
export {
  type BodyType,
  checkParameterWord,
  formatMailParameters,
  formatRcptParameters,
  type MailParameters,
  type NotifyEvent,
  ParameterSyntaxError,
  type RcptParameters,
  readMailParameters,
  readRcptParameters,
  splitParameters,
} from "./parameters.ts";
export { decodeXtext, encodeXtext } from "./xtext.ts";
export {
  type AuthCommand,
  type BdatCommand,
  type Command,
  CommandError,
  type CommandLimits,
  type MailCommand,
  parseAuth,
  parseAuthResponse,
  parseBdat,
  parseCommand,
  parseHelo,
  parseMail,
  parseRcpt,
  type RcptCommand,
  refusalOf,
  type SessionState,
  stateAfter,
} from "./session.ts";
