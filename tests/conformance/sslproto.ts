/**
 * CPython's `test_sslproto`.
 *
 * @module
 */

import "./sslproto/handshakes.ts";
import "./sslproto/start_tls.ts";

export { sslproto } from "./sslproto/suite.ts";
