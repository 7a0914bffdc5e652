/**
 * How bytes move: connections, servers, TLS, and connections in memory.
 *
 * @module
 */

export type { Origin } from "../loop/exceptions.ts";
export type { WaitOptions } from "../loop/wait.ts";
export type { ProtocolFactory, StreamProtocol } from "./push_reader.ts";
export * from "./address_info.ts";
export * from "./async_file.ts";
export * from "./byte_stream.ts";
export * from "./connect.ts";
export * from "./connection.ts";
export * from "./create_connection.ts";
export * from "./create_datagram_endpoint.ts";
export * from "./create_server.ts";
export * from "./create_unix.ts";
export * from "./datagram_socket.ts";
export * from "./errors.ts";
export type { OpenFileOptions } from "./file_options.ts";
export * from "./files.ts";
export * from "./getaddrinfo.ts";
export * from "./getnameinfo.ts";
export * from "./listener.ts";
export * from "./local_address.ts";
export * from "./memory.ts";
export * from "./opening.ts";
export * from "./places.ts";
export * from "./pipes.ts";
export * from "./process_pool.ts";
export * from "./protocols.ts";
export * from "./proxy.ts";
export * from "./proxy_error.ts";
export * from "./resolve.ts";
export * from "./reverse_name.ts";
export * from "./sendfile.ts";
export * from "./server.ts";
export * from "./serving_options.ts";
export * from "./standard_streams.ts";
export * from "./starttls.ts";
export * from "./stream_reader.ts";
export * from "./stream_reader_protocol.ts";
export * from "./stream_transport.ts";
export type { WaterMarks } from "./outgoing.ts";
export * from "./stream_writer.ts";
export * from "./subprocess.ts";
export * from "./tcp.ts";
export * from "./tls.ts";
export * from "./tls_listener.ts";
export * from "./transport_tls.ts";
export * from "./transports.ts";
export * from "./unix.ts";
export * from "./unix_streams.ts";
export * from "./wire_log.ts";
export type { AddressFamily } from "./datagram_address.ts";
export type { DatagramOptions, DatagramPlaces } from "./datagram_options.ts";
export type { Datagram, DatagramQueueLimits } from "./datagram_queue.ts";
export type { DatagramSettings, GroupOptions } from "./datagram_tuning.ts";
export * from "./whole_files.ts";
