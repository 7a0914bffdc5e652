/**
 * `TestIPv6Environment`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openConnection } from "../../../../net/streams/connect.ts";
import type { Cases } from "./case.ts";
import { RETR_DATA } from "./ftp_class_data.ts";

/** Adds the cases. */
export function addIPv6Cases(cases: Cases): void {
  cases.adapted(
    "test_af",
    "a client has no field for it: the connection shows it",
    async (world) => {
      let address = "";
      const ftp = await world.connect({
        wireLog: ({ remoteAddress }) => void (address ||= remoteAddress.hostname),
      });
      assert.equal(address, "::1");
      ftp.close();
    },
  );
  cases.held("test_makeport", async ({ ftp, dummy }) => {
    const listener = await ftp.makeport();
    await dummy.holds("last_received_cmd", "eprt");
    listener.close();
  });
  cases.held("test_makepasv", async ({ ftp, dummy }) => {
    const { hostname, port } = await ftp.makepasv();
    (await openConnection(hostname, port)).close();
    await dummy.holds("last_received_cmd", "epsv");
  });
  cases.held("test_transfer", async ({ ftp }) => {
    for (const passive of [true, false]) {
      ftp.setPasv(passive);
      let received = "";
      const decoder = new TextDecoder();
      await ftp.retrbinary("retr", (chunk) => {
        received += decoder.decode(chunk, { stream: true });
      });
      assert.equal(received, RETR_DATA);
    }
  });
}
