/**
 * Python's asyncio and its network standard library, async and native to Deno.
 *
 * Each module is a namespace here, under the name it has in Python. Each can be imported alone as
 * well, and then loads only what it needs: `https://tulip.example/stdlib/smtplib/mod.ts`.
 *
 * @example Three tasks at once, one of them too slow
 * ```ts
 * import { asyncio } from "https://tulip.example/mod.ts";
 *
 * await asyncio.run(async () => {
 *   const [a, b] = await asyncio.gather(
 *     () => asyncio.sleep(10, "first"),
 *     () => asyncio.sleep(5, "second"),
 *   );
 *   console.log(a, b);
 *   try {
 *     await asyncio.timeout(20, () => asyncio.sleep(60_000));
 *   } catch (error) {
 *     if (!(error instanceof asyncio.TimeoutError)) throw error;
 *     console.log("too slow");
 *   }
 * });
 * ```
 *
 * @module
 */

export * as asyncio from "./stdlib/asyncio.ts";
export * as ftplib from "./stdlib/ftplib/mod.ts";
export * as netrc from "./stdlib/netrc.ts";
export * as smtplib from "./stdlib/smtplib/mod.ts";
export * as smtpd from "./stdlib/smtpd/mod.ts";
