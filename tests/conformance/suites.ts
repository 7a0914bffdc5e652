/**
 * All behaviours, by CPython's test modules.
 *
 * @module
 */

import type { Suite } from "./behaviour.ts";
import { aiotest } from "./aiotest.ts";
import { baseEvents } from "./base_events.ts";
import { callGraph } from "./call_graph.ts";
import { contexts } from "./contexts.ts";
import { eagerTasks } from "./eager_tasks.ts";
import { events } from "./events.ts";
import { futures } from "./futures.ts";
import { futuresMore } from "./futures_more.ts";
import { locks } from "./locks.ts";
import { pep492 } from "./pep492.ts";
import { queues } from "./queues.ts";
import { runners } from "./runners.ts";
import { selectorEvents } from "./selector_events.ts";
import { sendfiles } from "./sendfile.ts";
import { servers } from "./servers.ts";
import { ssl } from "./ssl.ts";
import { sslproto } from "./sslproto.ts";
import { streams } from "./streams.ts";
import { subprocesses } from "./subprocesses.ts";
import { taskGroups } from "./task_groups.ts";
import { tasks } from "./tasks.ts";
import { threads } from "./threads.ts";
import { timeouts } from "./timeouts.ts";
import { bufferedProto, protocols, transports } from "./transports.ts";
import { unixEvents } from "./unix_events.ts";
import "./unix_events/sockets.ts";
import { waitForSuite } from "./wait_for.ts";

/** The suites, in the order of the table. */
export const SUITES: readonly Suite[] = [
  baseEvents,
  bufferedProto,
  callGraph,
  contexts,
  eagerTasks,
  events,
  futures,
  futuresMore,
  locks,
  pep492,
  protocols,
  queues,
  runners,
  selectorEvents,
  sendfiles,
  servers,
  ssl,
  sslproto,
  streams,
  subprocesses,
  taskGroups,
  tasks,
  threads,
  timeouts,
  transports,
  unixEvents,
  waitForSuite,
  aiotest,
];
