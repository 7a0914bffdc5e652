/**
 * A file system with one file that stops coming halfway, until it is told to go on.
 *
 * @module
 */

import type { FileReader, FileSystem } from "../../stdlib/ftplib/server/filesystem.ts";
import { MemoryFileSystem } from "../../stdlib/ftplib/server/filesystem_memory.ts";

/** The file system, and what became of it. */
export interface SlowFile {
  filesystem: FileSystem;
  /** Settles when half of the file was read. */
  halfway: Promise<void>;
  /** Where each reading began. */
  offsets: number[];
  /** Lets the file come to its end. */
  release(): void;
}

/** Serves `body` as `/big.bin`. */
export function slowly(body: Uint8Array): SlowFile {
  const halfway = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const offsets: number[] = [];
  class Slow extends MemoryFileSystem {
    override async read(path: string, offset: number): Promise<FileReader> {
      const reader = await super.read(path, offset);
      offsets.push(offset);
      let position = offset;
      return {
        async read(buffer) {
          if (position >= body.length / 2) {
            halfway.resolve();
            await released.promise;
          }
          const count = await reader.read(buffer);
          position += count ?? 0;
          return count;
        },
        close: () => reader.close(),
      };
    }
  }
  return {
    filesystem: new Slow({ "/big.bin": body }),
    halfway: halfway.promise,
    offsets,
    release: () => released.resolve(),
  };
}
