/**
 * What every entrant is asked to do, as the JSON of its one argument.
 *
 * @module
 */

/** One job. */
export interface Work {
  /**
   * A download to nowhere, the same chunk by chunk, a download to a file, an upload from a file, or
   * the download of all files of a directory.
   */
  readonly mode: "null" | "iterate" | "file" | "upload" | "many";
  /** The server. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** The authority of its certificate; without it there is no TLS. */
  readonly caFile?: string;
  /** The file or directory on the server. */
  readonly path: string;
  /** The local file or directory. */
  readonly local: string;
  /** How many sessions share the work. */
  readonly connections: number;
}
