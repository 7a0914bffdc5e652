/**
 * Work for another thread: see `toThread()` and `WorkerPoolExecutor`.
 *
 * @module
 */

/**
 * Counts the prime numbers below a number.
 *
 * @param below The number.
 * @returns How many there are.
 */
export function countPrimes(below: number): number {
  let count = 0;
  for (let n = 2; n < below; n++) if (isPrime(n)) count += 1;
  return count;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) {
    if (n % divisor === 0) return false;
  }
  return true;
}
