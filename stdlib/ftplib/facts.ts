/**
 * What an FTP session can learn about files, and about its server.
 *
 * @module
 */

import { FTPCommands } from "./commands.ts";

/**
 * The part of `FTP` that asks about files and about the server. Beside what each
 * method names, all of them throw what {@linkcode FTPCommands} throws.
 */
export abstract class FTPFacts extends FTPCommands {}
