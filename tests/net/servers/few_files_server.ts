/**
 * A server for a process that may not open many files: it prints its port, and then each thing
 * that its exception handler is told.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { getEventLoop } from "../../../loop/events.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import type { Transport } from "../../../net/transports/transports.ts";

class Echo extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport.write(data);
  }
}

// Deno panics where it begins to listen for signals, which it also does by itself some time after
// its start, and no file can be opened.
const ignore = () => {};
Deno.addSignalListener("SIGUSR2", ignore);
Deno.removeSignalListener("SIGUSR2", ignore);

getEventLoop().setExceptionHandler((_loop, { message, exception }) => {
  console.log(`${message}: ${(exception as { code?: string } | undefined)?.code}`);
});
const server = await createServer(() => new Echo());
console.log(server.port);
