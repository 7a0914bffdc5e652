/**
 * The program of the Worker of a {@linkcode TlsRealm}. It runs until it is
 * terminated.
 *
 * @module
 */

import { nodeTls } from "../node.ts";
import { Encryption } from "./encryption.ts";
import { type Envelope, type FromWorker, memoryOf, type ToWorker } from "./messages.ts";

/** What the program uses of the Worker in which it runs. */
interface Scope {
  onmessage: (event: MessageEvent<Envelope<ToWorker>>) => void;
  postMessage(message: Envelope<FromWorker>, transfer: ArrayBuffer[]): void;
}

const scope = self as unknown as Scope;
// Before it is asked for, as it will be.
const loading = nodeTls();
const encryptions = new Map<number, Encryption>();

scope.onmessage = ({ data: { id, message } }) => {
  if (message.kind !== "start") {
    encryptions.get(id)?.hear(message);
    return;
  }
  const say = (message: FromWorker) => {
    if (message.kind === "close") encryptions.delete(id);
    scope.postMessage({ id, message }, memoryOf(message));
  };
  const encryption = new Encryption(say, message);
  encryptions.set(id, encryption);
  void encryption.run(message, loading);
};
