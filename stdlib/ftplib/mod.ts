/**
 * FTP, after Python's `ftplib`: a client, and a server to embed.
 *
 * The client speaks RFC 959 in passive and in active mode, with EPSV and EPRT
 * (RFC 2428), MLSD, SIZE and REST (RFC 3659), and FEAT (RFC 2389); {@linkcode FTP_TLS}
 * speaks it encrypted (RFC 4217). It needs permission for the network alone;
 * `downloadTo` and `uploadFrom` also for the files they are given.
 *
 * @example Fetch a file
 * ```ts
 * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({ files: { "/report.txt": "All is well.\n" } });
 * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
 * console.log(new TextDecoder().decode(await ftp.download("/report.txt")));
 * ```
 *
 * @module
 */

export { FTP, FTP_PORT } from "./client.ts";
export { FTPCommands } from "./commands.ts";
export { FTPFacts } from "./facts.ts";
export { Features } from "./features.ts";
export type { Checksum, ChecksumOptions } from "./checksum.ts";
export { type Hasher, hasher } from "./hashes.ts";
export type { StatOptions } from "./stat.ts";
export { UnsupportedError } from "./unsupported_error.ts";
export { FTPConnections } from "./connections.ts";
export { FTPTransfers } from "./transfers.ts";
export { FTPTrees } from "./trees.ts";
export { TreeError } from "./tree_error.ts";
export type { MirrorPlan, MirrorPlanContent, MirrorResult } from "./mirror/plan.ts";
export type * from "./mirror/types.ts";
export { FTP_TLS, FTPS_PORT } from "./ftp_tls.ts";
export { ftpcp } from "./ftpcp.ts";
export type { FtpcpOptions, FtpcpResult } from "./ftpcp.ts";
export { RawTransfer } from "./raw_transfer.ts";
export type { TransferCommandOptions } from "./raw_transfer.ts";
export { Awaitable } from "./awaitable.ts";
export { FTPPool } from "./pool.ts";
export type { FTPPoolConnectOptions, FTPPoolOptions, PoolUseOptions } from "./pool.ts";
export { Throttle } from "./throttle.ts";
export { Transfer } from "./transfer.ts";
export { Listing } from "./listing.ts";
export {
  allErrors,
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  FTPError,
  SessionBusyError,
  SessionClosedError,
  TooLargeError,
  TruncatedError,
  VerifyError,
} from "./errors.ts";
export type { FTPErrorOptions } from "./errors.ts";
export { FTPSessionReuseError } from "./session_reuse_error.ts";
export type { SessionReuseFailure } from "./session_reuse_error.ts";
export type * from "./session_options.ts";
export type * from "./types.ts";
export type {
  Address,
  ByteStream,
  Dial,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../../net/byte_stream.ts";
export type { Connection } from "../../net/streams/connection.ts";
export type { LocalAddress } from "../../net/tcp/local_address.ts";
export type { HostPort } from "../../protocols/ftp/addresses.ts";
export type { Listen, Listener } from "../../net/listener.ts";
export type {
  PeerCertificate,
  TlsIdentity,
  TlsInfo,
  TlsOptions,
  TlsServerOptions,
  TlsSession,
  TlsVersion,
  TlsVersions,
} from "../../net/tls/tls.ts";
export type { WaitOptions } from "../../loop/wait.ts";
export type { Origin } from "../../protocols/errors.ts";
export type { ChecksumVerb, HashAlgorithm } from "../../protocols/ftp/checksums.ts";
export { type Permission, permissionsOf } from "../../protocols/ftp/facts.ts";
export type { ListDialect } from "../../protocols/ftp/list_reader.ts";
export type { Entry, EntryType, TimePrecision } from "../../protocols/ftp/types.ts";
export type { Reply } from "../../protocols/text/reply.ts";
export type { DebugLine } from "../_client/reply_options.ts";
export { isSafeName } from "./names.ts";
export type { NameOptions } from "../../protocols/ftp/names.ts";

export { FTPServer } from "./server.ts";
export type { FTPServerOptions, PassiveAddress } from "./server/options.ts";
export type { FTPServerEvent } from "./server/events.ts";
export type { FTPAuthenticate, FTPLoginContext, FTPUser } from "./server/users.ts";
export type { FTPPermission, FTPPermissions } from "./server/permissions.ts";
export type {
  DataMischief,
  FTPMisbehaviour,
  Occasions,
  PassiveMischief,
  ReplyMischief,
  TlsMischief,
} from "./server/misbehaviour.ts";
export type { EventFeedOptions, MissedEvents } from "../_server/event_feed.ts";
export { FTPReplyError } from "./server/errors.ts";
export { ReplyError } from "../_server/reply_error.ts";
export { DirectoryFileSystem } from "./server/files.ts";
export {
  type FileTree,
  MemoryFileSystem,
  type MemoryFileSystemOptions,
} from "./server/filesystem_memory.ts";
export type * from "./server/filesystem.ts";
export type { ServerOptions, StopOptions } from "../_server/command_server.ts";
