/**
 * How bytes move: connections, servers, TLS, and connections in memory.
 *
 * @module
 */

export type { Origin } from "../loop/exceptions.ts";
export type { WaitOptions } from "../loop/wait.ts";
export type { ProtocolFactory, StreamProtocol } from "./transports/push_reader.ts";
export * from "./names/address_info.ts";
export * from "./files/async_file.ts";
export * from "./byte_stream.ts";
export * from "./streams/connect.ts";
export * from "./streams/connection.ts";
export * from "./transports/create_connection.ts";
export * from "./datagrams/create_datagram_endpoint.ts";
export * from "./servers/create_server.ts";
export * from "./unix/create_unix.ts";
export * from "./datagrams/datagram_socket.ts";
export * from "./errors.ts";
export type { OpenFileOptions } from "./files/file_options.ts";
export * from "./files/files.ts";
export * from "./names/getaddrinfo.ts";
export * from "./names/getnameinfo.ts";
export * from "./listener.ts";
export * from "./tcp/local_address.ts";
export * from "./memory.ts";
export * from "./tcp/opening.ts";
export * from "./tcp/places.ts";
export * from "./files/pipes.ts";
export * from "./processes/process_pool.ts";
export * from "./transports/protocols.ts";
export * from "./proxies/proxy.ts";
export * from "./proxies/proxy_error.ts";
export * from "./names/resolve.ts";
export * from "./names/reverse_name.ts";
export * from "./files/sendfile.ts";
export * from "./servers/server.ts";
export * from "./servers/serving_options.ts";
export * from "./files/standard_streams.ts";
export * from "./tls/realm/realm.ts";
export * from "./tls/starttls.ts";
export {
  ServerTls,
  type ServerTlsStartOptions,
  type StartPreparedTlsOptions,
} from "./tls/server_tls.ts";
export { TlsSessions } from "./tls/server_sessions.ts";
export * from "./streams/stream_reader.ts";
export * from "./transports/stream_reader_protocol.ts";
export * from "./transports/stream_transport.ts";
export type { WaterMarks } from "./streams/outgoing.ts";
export * from "./streams/stream_writer.ts";
export * from "./processes/subprocess.ts";
export * from "./tcp/tcp.ts";
export * from "./tls/tls.ts";
export * from "./tls/tls_listener.ts";
export * from "./transports/transport_tls.ts";
export * from "./transports/transports.ts";
export * from "./unix/unix.ts";
export * from "./unix/unix_streams.ts";
export * from "./wire_log.ts";
export type { AddressFamily } from "./datagrams/datagram_address.ts";
export type { DatagramOptions, DatagramPlaces } from "./datagrams/datagram_options.ts";
export type { Datagram, DatagramQueueLimits } from "./datagrams/datagram_queue.ts";
export type { DatagramSettings, GroupOptions } from "./datagrams/datagram_tuning.ts";
export * from "./files/whole_files.ts";
