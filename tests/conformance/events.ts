/**
 * CPython's `test_events`, as far as it needs no raw sockets.
 *
 * @module
 */

import "./events/running.ts";
import "./events/signals.ts";
import "./events/handles.ts";
import "./events/meant_loop.ts";
import "./events/executors.ts";
import "./events/network.ts";
import "./events/network_tls.ts";
import "./events/local_addr.ts";
import "./events/datagrams.ts";
import "./events/pipes.ts";

export { events } from "./events/suite.ts";
