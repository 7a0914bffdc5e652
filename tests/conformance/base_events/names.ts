/**
 * CPython's `test_base_events`: names of hosts and addresses.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NI_NUMERICHOST } from "../../../net/names/address_info.ts";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { ResolveError } from "../../../net/errors.ts";
import { getnameinfo } from "../../../net/names/getnameinfo.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { baseEvents } from "./suite.ts";

const MIXIN = "BaseEventLoopWithSelectorTests";

baseEvents.adapted(
  `${MIXIN}.test_getnameinfo`,
  "without a lookup, where Python's is a mock; the result has names",
  ({ run }) =>
    run(async () => {
      const options = { timeout: Infinity };
      assert.deepEqual(
        await getnameinfo({ hostname: "192.0.2.1", port: 80 }, NI_NUMERICHOST, options),
        { hostname: "192.0.2.1", service: "http" },
      );
    }),
);

baseEvents.adapted(
  `${MIXIN}.test_create_connection_no_getaddrinfo`,
  "a name that nobody has, where Python's resolver is a mock",
  ({ run }) =>
    run(() =>
      assert.rejects(
        createConnection(() => new Protocol(), "nobody.invalid", 80, { connectTimeout: Infinity }),
        ResolveError,
      )
    ),
);
