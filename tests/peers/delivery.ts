/**
 * How a scripted peer's bytes come to the client: whole, in pieces, or only up to a point.
 *
 * @module
 */

import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
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
  | { readonly kind: "cut"; readonly at: number; readonly how: Ending }
  /** About one step in four is spoilt, as the seed says. */
  | { readonly kind: "spoilt"; readonly seed: number };

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
    case "spoilt":
      return [spoil(delivery.seed, sent, bytes)];
  }
}

function spoil(seed: number, sent: number, bytes: Uint8Array): Uint8Array {
  const random = new Random(Math.imul(seed, 65_599) + sent);
  if (random.below(4) > 0) return bytes;
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return Uint8Array.from(mutate(random, [text]), (char) => char.charCodeAt(0));
}

/** Whether the peer stops within a step that ends at this position. */
export function stopsBefore(delivery: Delivery, end: number): boolean {
  return delivery.kind === "cut" && delivery.at < end;
}
