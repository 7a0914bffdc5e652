/**
 * Numbers as people read them. Pure.
 *
 * @module
 */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/**
 * Writes a number of bytes: `512 B`, `1.5 KiB`, `3.0 GiB`. At most ten characters up to a PiB.
 *
 * @param bytes The number.
 * @returns The text.
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let unit = 0;
  // What would be rounded to 1024.0 is 1.0 of the next unit.
  for (; bytes >= 1023.95 && unit < UNITS.length - 1; unit++) bytes /= 1024;
  return `${bytes.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * Writes a speed.
 *
 * @param bytesPerSecond The speed.
 * @returns `3.1 MiB/s`.
 */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/**
 * Writes a time as clocks do: `0:02`, `12:34`, `1:02:03`; days from 100 hours on.
 *
 * @param ms The time in milliseconds.
 * @returns The text.
 */
export function formatTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  if (hours >= 100) return `${Math.floor(hours / 24)} days`;
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Writes a number of things.
 *
 * @param count How many.
 * @param thing What one is called.
 * @param things What several are called; with an `s` unless given.
 * @returns `1 file`, `2 files`.
 */
export function formatCount(count: number, thing: string, things = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`;
}

/**
 * Writes how fast something went, for the end of a transfer.
 *
 * @param bytes How much was moved.
 * @param ms In which time.
 * @returns `10.0 MiB in 3.2 s (3.1 MiB/s)`.
 */
export function formatSpeed(bytes: number, ms: number): string {
  const took = `${formatBytes(bytes)} in ${(ms / 1000).toFixed(1)} s`;
  return ms > 0 ? `${took} (${formatRate(bytes / ms * 1000)})` : took;
}
