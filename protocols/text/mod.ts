/**
 * What protocols of text lines have in common.
 *
 * @module
 */

export { decodeLatin1, encodeLatin1 } from "./latin1.ts";
export { type InvalidUtf8, latin1ToUtf8, TextEncodingError } from "./utf8.ts";
export { checkLine, checkPrintable } from "./guard.ts";
export {
  type Authenticators,
  formatNetrc,
  type NetrcEntries,
  NetrcParseError,
  parseNetrc,
} from "./netrc.ts";
export { quote } from "./quote.ts";
export { isIPv4, isIPv6 } from "./ip.ts";
export { formatIp, ipBytes } from "./ip_bytes.ts";
export {
  classifyReply,
  encodeReply,
  type Reply,
  type ReplyClass,
  ReplyDecoder,
  type ReplyDecoderOptions,
  type ReplyLimits,
  type ReplyStyle,
  ReplySyntaxError,
} from "./reply.ts";
export { NewlineEncoder, type NewlineEncoderOptions, normalizeNewlines } from "./lines.ts";
export type { BareNewlines } from "./line_rewriter.ts";
export {
  BareNewlineError,
  type DotChunk,
  DotDecoder,
  type DotDecoderOptions,
  DotEncoder,
  type DotEncoderOptions,
  dotStuff,
} from "./dot.ts";
