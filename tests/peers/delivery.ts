/**
 * How a scripted peer's bytes come to the client: whole, in pieces, or only up to a point.
 *
 * @module
 */

import type { Ending } from "./script.ts";

/** The way that the bytes of a whole dialogue are delivered. Positions count all that the peer sends. */
export type Delivery =
  /** Each step in one write. */
  | { readonly kind: "whole" }
  /** One byte at a time, with time for the client between them. */
  | { readonly kind: "bytes" }
  /** The step that goes over this position is sent as two pieces. */
  | { readonly kind: "split"; readonly at: number }
  /** This many bytes arrive, then the peer ends everything in this way. */
  | { readonly kind: "cut"; readonly at: number; readonly how: Ending };

/** Says how to send `bytes` when `sent` bytes of the dialogue are out already. */
export function pieces(delivery: Delivery, sent: number, bytes: Uint8Array): Uint8Array[] {
  switch (delivery.kind) {
    case "whole":
      return [bytes];
    case "bytes":
      return Array.from(bytes, (byte) => Uint8Array.of(byte));
    case "split": {
      const border = delivery.at - sent;
      return border > 0 && border < bytes.length
        ? [bytes.subarray(0, border), bytes.subarray(border)]
        : [bytes];
    }
    case "cut":
      return [bytes.subarray(0, Math.max(0, delivery.at - sent))];
  }
}

/** Whether the peer stops within a step that ends at this position. */
export function stopsBefore(delivery: Delivery, end: number): boolean {
  return delivery.kind === "cut" && delivery.at < end;
}
