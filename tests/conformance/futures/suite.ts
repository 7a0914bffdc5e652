/**
 * What the behaviours of futures share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";
import { testCase } from "../by_hand.ts";

/** CPython's `test_futures`. */
export const futures = new Suite("test_futures");

export const { held, adapted, differs } = testCase(futures, "FutureTests");

/** Why something outside of loops works that Python refuses. */
export const DEFAULT_LOOP =
  "Outside of loops there is the default loop of the realm, which always runs: nothing is refused";
