/**
 * FTP (RFC 959, RFC 2389, RFC 2428, RFC 3659).
 *
 * @module
 */

export {
  command,
  eprtCommand,
  mfmtCommand,
  mlstOptionsCommand,
  portCommand,
  restCommand,
} from "./commands.ts";
export {
  format227,
  format229,
  format257,
  formatFeat,
  formatMdtm,
  parse150,
  parse227,
  parse229,
  parse257,
  parseFeat,
  parseMdtm,
  parseSize,
  UnexpectedReplyError,
} from "./replies.ts";
export {
  formatExtended,
  formatHostPort,
  type HostPort,
  parseExtended,
  parseHostPort,
} from "./addresses.ts";
export {
  type ByteRange,
  checksumCommand,
  type ChecksumVerb,
  checksumVerbs,
  formatHash,
  formatHashOffer,
  type HashAlgorithm,
  type HashAnswer,
  type HashOffer,
  parseChecksum,
  parseHash,
  parseHashOffer,
} from "./checksums.ts";
export { Crc32 } from "./crc32.ts";
export type { Entry, EntryType, TimePrecision } from "./types.ts";
export {
  type Facts,
  FactsSyntaxError,
  formatFacts,
  parseFacts,
  parseMlst,
  type Permission,
  permissionsOf,
  splitFacts,
} from "./facts.ts";
export { type Listing, type ListOptions, parseList, parseListLine } from "./list.ts";
export {
  type ListDialect,
  type ListLine,
  ListReader,
  type ListReaderOptions,
} from "./list_reader.ts";
export { formatUnixLine, parseUnixLine } from "./list_unix.ts";
export { parseDosLine } from "./list_dos.ts";
export { parseEplfLine } from "./list_eplf.ts";
export { parseVmsLine, vmsLineKind } from "./list_vms.ts";
export { mvsHeading, type MvsKind, parseMvsLine } from "./list_mvs.ts";
export { parseOs400Line } from "./list_os400.ts";
export { isNonStopHeading, parseNonStopLine } from "./list_nonstop.ts";
export { parseOs2Line } from "./list_os2.ts";
export { monthOf } from "./months.ts";
export { formatTimeVal, parseTimeVal, type TimeVal } from "./time_val.ts";
export {
  checkName,
  type NameHazard,
  nameHazard,
  type NameOptions,
  UnsafeNameError,
} from "./names.ts";
export {
  type Command,
  type CommandLimits,
  CommandSyntaxError,
  parseCommand,
  PathError,
  type PathLimits,
  resolvePath,
  withoutTelnet,
} from "./session.ts";
