/**
 * The Domain Name System, as far as clients of other protocols need it beyond
 * what the platform gives (RFC 1035, RFC 2782).
 *
 * @module
 */

export {
  orderByPreference,
  orderByWeight,
  type Preferred,
  type Random,
  type Weighted,
} from "./order.ts";
export {
  checkName,
  decodeHead,
  type DnsHead,
  DnsSyntaxError,
  encodeQuestion,
  HEAD_LENGTH,
  RECORD_TYPES,
  type RecordType,
} from "./question.ts";
