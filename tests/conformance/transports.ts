/**
 * CPython's `test_transports`, `test_protocols` and `test_buffered_proto`.
 *
 * @module
 */

import "./transports/limits.ts";
import "./transports/protocols.ts";

export { bufferedProto, protocols, transports } from "./transports/suite.ts";
