/**
 * CPython's tests of what becomes of the file of a Unix server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startUnixServer } from "../../../net/unix/unix_streams.ts";
import type { UnixServerOptions } from "../../../net/unix/unix_streams.ts";
import { servers } from "./suite.ts";

function cleanup(
  name: string,
  { options, whileOpen, remains }: {
    options?: UnixServerOptions;
    whileOpen?: (path: string) => void | Promise<void>;
    remains: boolean;
  },
): void {
  servers.adapted(
    `UnixServerCleanupTests.${name}`,
    "the server listens by itself, for there are no sockets to give it",
    ({ run }) =>
      run(async () => {
        const folder = await Deno.makeTempDir();
        const path = `${folder}/served.sock`;
        const server = await startUnixServer(() => {}, path, options);
        assert.equal(await exists(path), true);
        await whileOpen?.(path);
        server.close();
        await server.waitClosed();
        // Deno removes every socket's file, and what is to stay is put back a moment later.
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(await exists(path), remains);
        await Deno.remove(folder, { recursive: true });
      }),
  );
}

cleanup("test_unix_server_addr_cleanup", { remains: false });
cleanup("test_unix_server_cleanup_gone", {
  whileOpen: (path) => Deno.remove(path),
  remains: false,
});
cleanup("test_unix_server_cleanup_prevented", { options: { cleanupSocket: false }, remains: true });
cleanup("test_unix_server_cleanup_replaced", {
  async whileOpen(path) {
    await Deno.remove(path);
    await Deno.writeTextFile(path, "somebody else's");
  },
  remains: true,
});

async function exists(path: string): Promise<boolean> {
  const found = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  return found !== null;
}
