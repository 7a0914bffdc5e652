/**
 * CPython's `test_selector_events`: what holds for every transport. What it tests of sockets and
 * of the selector has nothing to stand for it here.
 *
 * @module
 */

import "./selector_events/life.ts";
import "./selector_events/reading.ts";
import "./selector_events/writing.ts";
import "./selector_events/datagrams.ts";

export { selectorEvents } from "./selector_events/suite.ts";
