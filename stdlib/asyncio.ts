/**
 * Python's `asyncio`: tasks that can be cancelled, time limits, task groups,
 * locks, queues, and streams over TCP and TLS.
 *
 * Names are Python's in lowerCamelCase; durations are in milliseconds. Tasks
 * are made of functions, not of promises, for a promise cannot be cancelled:
 * `createTask(fn, arg)`, `gather(() => fn(1), () => fn(2))`.
 *
 * - {@linkcode run} runs a program, {@linkcode createTask} a function in the background.
 * - `task.cancel()` throws {@linkcode CancelledError} where the task awaits; let it through
 *   a `catch` with {@linkcode rethrowIfCancelled}.
 * - {@linkcode gather} and {@linkcode TaskGroup} run several things at once.
 * - {@linkcode timeout} limits the time of a block, {@linkcode waitFor} that of one wait.
 * - {@linkcode openConnection} and {@linkcode startServer} give a reader and a writer.
 * - {@linkcode abortable} joins what takes an `AbortSignal`, {@linkcode interruptible} any promise.
 *
 * @example Three requests at once, one second for all of them
 * ```ts
 * import assert from "node:assert/strict";
 * import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
 *
 * async function request(n: number): Promise<number> {
 *   await asyncio.sleep(5);
 *   return n * n;
 * }
 *
 * const squares = await asyncio.run(() =>
 *   asyncio.timeout(1000, () => asyncio.gather([1, 2, 3].map((n) => () => request(n))))
 * );
 * assert.deepEqual(squares, [1, 4, 9]);
 * ```
 *
 * @module
 */

export { run, Runner, type RunnerRunOptions, type RunOptions } from "../loop/runners.ts";
export {
  abortable,
  allTasks,
  type Awaitable,
  createTask,
  type CreateTaskOptions,
  currentTask,
  ensureFuture,
  type EnsureFutureOptions,
  type ResultOf,
  shield,
} from "../loop/tasks.ts";
export type { TaskCallback, TaskOptions } from "../loop/task_arguments.ts";
export { Task } from "../loop/task.ts";
export { sleep, type SleepOptions } from "../loop/sleep.ts";
export { gather, type GatherOptions, type ResultsOf } from "../loop/gather.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  wait,
  type WaitResult,
  type WaitTasksOptions,
} from "../loop/wait_tasks.ts";
export {
  AsCompleted,
  asCompleted,
  type AsCompletedOptions,
  type Completed,
} from "../loop/as_completed.ts";
export { Timeout, timeout, timeoutAt, waitFor } from "../loop/timeouts.ts";
export { TaskGroup } from "../loop/task_group.ts";
export {
  type AcquireOptions,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  Semaphore,
} from "../loop/locks.ts";
export {
  LifoQueue,
  PriorityQueue,
  type PriorityQueueOptions,
  Queue,
  QueueEmpty,
  QueueFull,
  type QueueOptions,
  QueueShutDown,
  type QueueStore,
} from "../loop/queues.ts";
export { Context, type ContextToken, ContextVar, copyContext } from "../loop/context.ts";
export { Future } from "../loop/future.ts";
export type { DoneCallbackOptions, FutureOptions } from "../loop/future_options.ts";
export { isfuture, wrapFuture, type WrapFutureOptions } from "../loop/futures.ts";
export { iscoroutinefunction } from "../loop/coroutines.ts";
export { EventLoop, type TaskFactory } from "../loop/event_loop.ts";
export { getEventLoop, getRunningLoop, newEventLoop, setEventLoop } from "../loop/events.ts";
export {
  createEagerTaskFactory,
  eagerTaskFactory,
  type TaskConstructor,
} from "../loop/task_factories.ts";
export {
  BaseEventLoop,
  type EventLoopOptions,
  type ExceptionContext,
  type ExceptionHandler,
} from "../loop/base_event_loop.ts";
export { toThread } from "../loop/executors/threads.ts";
export {
  type Job,
  type JobFunction,
  type JobResult,
  type Jobs,
  jobs,
} from "../loop/executors/jobs.ts";
export {
  Executor,
  type ExecutorOptions,
  type IterablesOf,
  type JobCall,
  type MapOptions,
  type ShutdownOptions,
  type SubmitOptions,
} from "../loop/executors/executor.ts";
export { WorkerPoolExecutor, type WorkerPoolOptions } from "../loop/executors/worker_pool.ts";
export { ProcessPoolExecutor, type ProcessPoolOptions } from "../net/processes/process_pool.ts";
export { transferring } from "../loop/executors/transferring.ts";
export {
  BrokenExecutor,
  BrokenWorkerError,
  ImportError,
  RemoteTraceback,
} from "../loop/executors/executor_errors.ts";
export {
  type SharedFunctions,
  SharedLoop,
  shareLoop,
  type ShareOptions,
} from "../loop/executors/shared_loop.ts";
export { RemoteLoop, runCoroutineThreadsafe } from "../loop/executors/remote_loop.ts";
export { Handle, TimerHandle } from "../loop/handles.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  formatCallGraph,
  type FrameCallGraphEntry,
  futureAddToAwaitedBy,
  type FutureCallGraph,
  futureDiscardFromAwaitedBy,
  printCallGraph,
  type PrintCallGraphOptions,
} from "../loop/introspection/call_graph.ts";
export { formatTasks, printTasks } from "../loop/introspection/task_report.ts";
export type { PrintStackOptions, StackOptions } from "../loop/introspection/task_stack.ts";
export type { StackFrame } from "../loop/introspection/stack.ts";
export type { TextOutput } from "../loop/debug.ts";
export { type Clock, type ClockedLoop, systemClock } from "../loop/clock.ts";
export { TestClock, type TestClockOptions } from "../loop/test_clock.ts";
export {
  checkTimeout,
  DEFAULT_TIMEOUT,
  interruptible,
  type InterruptibleOptions,
  type WaitOptions,
} from "../loop/wait.ts";
export {
  CancelledError,
  type ErrorFilter,
  ExceptionGroup,
  InvalidStateError,
  KeyboardInterrupt,
  NotImplementedError,
  type Origin,
  rethrowIfCancelled,
  RuntimeError,
  TimeoutError,
  type TimeoutErrorOptions,
} from "../loop/exceptions.ts";
export { type ConnectOptions, openConnection } from "../net/streams/connect.ts";
export { type WireEvent, type WireLog, type WireLogOptions, wireLogTo } from "../net/wire_log.ts";
export { Connection } from "../net/streams/connection.ts";
export {
  createConnection,
  type CreateConnectionOptions,
  type ProtocolConnection,
} from "../net/transports/create_connection.ts";
export { createServer, type CreateServerOptions } from "../net/servers/create_server.ts";
export {
  createUnixConnection,
  type CreateUnixConnectionOptions,
  createUnixServer,
  type CreateUnixServerOptions,
} from "../net/unix/create_unix.ts";
export {
  createDatagramEndpoint,
  type DatagramEndpoint,
  type DatagramEndpointOptions,
} from "../net/datagrams/create_datagram_endpoint.ts";
export { AsyncFile, type FlushOptions, type LinesOptions } from "../net/files/async_file.ts";
export type { OpenFileOptions } from "../net/files/file_options.ts";
export { openFile } from "../net/files/files.ts";
export {
  connectReadPipe,
  connectWritePipe,
  openReadPipe,
  openWritePipe,
  type PipeInput,
  type PipeOptions,
  type PipeOutput,
  PipeReader,
  type ReadPipe,
  type ReadPipeConnection,
  type ReadPipeOptions,
  type WritePipe,
  type WritePipeConnection,
} from "../net/files/pipes.ts";
export {
  sendfile,
  SendfileNotAvailableError,
  type SendfileOptions,
} from "../net/files/sendfile.ts";
export { standardError, standardInput, standardOutput } from "../net/files/standard_streams.ts";
export type { AddressFamily } from "../net/datagrams/datagram_address.ts";
export type { DatagramOptions, DatagramPlaces } from "../net/datagrams/datagram_options.ts";
export type { Datagram, DatagramQueueLimits } from "../net/datagrams/datagram_queue.ts";
export {
  bindDatagram,
  connectDatagram,
  DatagramSocket,
  type DatagramSocketOptions,
} from "../net/datagrams/datagram_socket.ts";
export type { DatagramSettings, GroupOptions } from "../net/datagrams/datagram_tuning.ts";
export {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from "../net/transports/protocols.ts";
export {
  type Communicated,
  type CommunicateOptions,
  createSubprocessExec,
  type CreateSubprocessOptions,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  Process,
  type ProcessWaitOptions,
  STDOUT,
  subprocessExec,
  type SubprocessOptions,
  type SubprocessPair,
  subprocessShell,
} from "../net/processes/subprocess.ts";
export type { ProtocolFactory, StreamProtocol } from "../net/transports/push_reader.ts";
export {
  type ConnectionCallback,
  Server,
  type ServerOptions,
  startServer,
  type StopServerOptions,
} from "../net/servers/server.ts";
export type { Hosts, ServingOptions } from "../net/servers/serving_options.ts";
export type {
  BaseTransport,
  DatagramAddress,
  DatagramTransport,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteBufferLimits,
  WriteTransport,
} from "../net/transports/transports.ts";
export { StreamReader, type StreamReaderOptions } from "../net/streams/stream_reader.ts";
export { StreamReaderProtocol } from "../net/transports/stream_reader_protocol.ts";
export { StreamWriter, type StreamWriterOptions } from "../net/streams/stream_writer.ts";
export {
  openUnixConnection,
  startUnixServer,
  type UnixConnectOptions,
  type UnixServerOptions,
} from "../net/unix/unix_streams.ts";
export {
  type AddressInfo,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  type GetaddrinfoOptions,
  type NameInfo,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  type SocketType,
} from "../net/names/address_info.ts";
export { getaddrinfo } from "../net/names/getaddrinfo.ts";
export { getnameinfo } from "../net/names/getnameinfo.ts";
export {
  httpProxy,
  type HttpProxyOptions,
  proxyFromUrl,
  type ProxyOptions,
  type ProxyUrlOptions,
  socks4Proxy,
  socks5Proxy,
  type SocksProxyOptions,
} from "../net/proxies/proxy.ts";
export { dialFrom, type LocalAddress } from "../net/tcp/local_address.ts";
export { ProxyError, type ProxyErrorOptions } from "../net/proxies/proxy_error.ts";
export {
  type CaaRecord,
  type DnsRecords,
  type MxRecord,
  type NaptrRecord,
  resolve,
  type ResolveOptions,
  type SoaRecord,
  type SrvRecord,
  type TxtRecord,
} from "../net/names/resolve.ts";
export { dialUnix, listenUnix, type UnixListenOptions } from "../net/unix/unix.ts";
export {
  startTls,
  type TransportTlsOptions,
  type TransportTlsServerOptions,
} from "../net/transports/transport_tls.ts";
export type {
  Address,
  ByteStream,
  Dial,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../net/byte_stream.ts";
export { startTlsClient, startTlsServer } from "../net/tls/starttls.ts";
export { listenTls, TlsListener, type TlsListenOptions } from "../net/tls/tls_listener.ts";
export type { Listen, Listener } from "../net/listener.ts";
export type {
  PeerCertificate,
  TlsIdentity,
  TlsInfo,
  TlsOptions,
  TlsServerOptions,
  TlsSession,
  TlsVersion,
  TlsVersions,
} from "../net/tls/tls.ts";
export {
  MemoryNetwork,
  type MemoryOptions,
  memoryPair,
  type MemoryPairOptions,
} from "../net/memory.ts";
export {
  BrokenPipeError,
  type CertificateErrorOptions,
  type CertificateRefusal,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  EOFError,
  FileExistsError,
  FileNotFoundError,
  IncompleteReadError,
  IsADirectoryError,
  LimitOverrunError,
  NotADirectoryError,
  OSError,
  type OSErrorOptions,
  PermissionError,
  ProcessLookupError,
  ResolveError,
  SSLCertVerificationError,
  SSLError,
} from "../net/errors.ts";
