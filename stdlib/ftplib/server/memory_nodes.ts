/**
 * What a file system in memory is made of.
 *
 * @module
 */

import type { FileStatus } from "./filesystem.ts";

/** A file. */
export interface MemoryFile {
  readonly type: "file";
  bytes: Uint8Array;
  size: number;
  modified: Date;
  readonly id: string;
  permissions: number;
  /** False once it is removed or replaced: a writer that still holds it is refused. */
  linked: boolean;
}

/** A directory. */
export interface MemoryDirectory {
  readonly type: "directory";
  readonly entries: Map<string, MemoryNode>;
  modified: Date;
  readonly id: string;
  permissions: number;
}

/** Either of them. */
export type MemoryNode = MemoryFile | MemoryDirectory;

/** What an entry costs besides its bytes. */
export function costOf(name: string): number {
  return Math.max(256, 4 * name.length);
}

/** Makes an empty directory. */
export function directory(): MemoryDirectory {
  const permissions = 0o755;
  return { type: "directory", entries: new Map(), modified: new Date(), id: newId(), permissions };
}

/** Makes a file, of bytes that nobody else keeps. */
export function fileOf(bytes: Uint8Array, modified: Date): MemoryFile {
  const permissions = 0o644;
  return {
    type: "file",
    bytes,
    size: bytes.length,
    modified,
    id: newId(),
    permissions,
    linked: true,
  };
}

let lastId = 0;

function newId(): string {
  return `m${(++lastId).toString(36)}`;
}

/** What a file system tells about a node. */
export function statusOf(node: MemoryNode): FileStatus {
  const { type, modified, permissions, id } = node;
  return { type, size: node.type === "file" ? node.size : 0, modified, permissions, id };
}

/** Makes room. Doubling keeps a long upload linear in time. */
export function reserve(file: MemoryFile, size: number): void {
  if (size <= file.bytes.length) return;
  const larger = new Uint8Array(Math.max(size, 2 * file.bytes.length, 4096));
  larger.set(file.bytes.subarray(0, file.size));
  file.bytes = larger;
}
