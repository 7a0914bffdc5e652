/**
 * The message that every entrant sends: short header, lines of 72 octets.
 *
 * @module
 */

/** A message of at most `size` bytes, with CRLF line ends. */
export function message(size: number): string {
  const head = "From: a@b.test\r\nTo: c@d.test\r\nSubject: bench\r\n\r\n";
  const line = "x".repeat(70) + "\r\n";
  return head + line.repeat(Math.floor((size - head.length) / line.length));
}
