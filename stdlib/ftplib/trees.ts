/**
 * What an FTP session does with whole directories.
 *
 * @module
 */

import { FTPTransfers } from "./transfers.ts";

/**
 * The part of `FTP` that works on whole trees of directories. Beside what each
 * method names, all of them throw what {@linkcode FTPTransfers} throws.
 */
export abstract class FTPTrees extends FTPTransfers {}
