/**
 * What the engine can do on which tests depend.
 *
 * @module
 */

/** Whether it sees who awaits a future: from Deno 2.6 on. */
export const seesAwaits: boolean = !/^2\.[0-5]\./.test(Deno.version.deno);
