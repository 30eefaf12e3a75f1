import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { LocalFile } from '../avro/types.js';
import { changed, fileInfo, isAbsent, missing, sourceError } from './directory-paths.js';
import type { ObjectInfo } from './object-store.js';

/** A file of a directory, found at the path `real`; its etag tells whether it is still the same. */
export function localFile(real: string, { key, size, etag }: ObjectInfo): LocalFile {
  return {
    size,
    read: (into, position) => {
      const handle = openReal(real, key);
      try {
        fill(handle, into, position, key);
        // Asked after each piece: one of a file that was rewritten may hold bytes of both versions.
        if (fileInfo(key, fstatSync(handle, { bigint: true })).etag !== etag) throw changed(key);
      } finally {
        closeSync(handle);
      }
    },
  };
}

function openReal(real: string, key: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for its writer for ever.
    return openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw isAbsent(error) ? missing(key) : sourceError(error, key);
  }
}

function fill(handle: number, into: Uint8Array, position: number, key: string): void {
  for (let at = 0; at < into.length;) {
    const read = readNow(handle, into, at, position + at, key);
    if (read === 0) throw changed(key);
    at += read;
  }
}

function readNow(handle: number, into: Uint8Array, at: number, position: number, key: string): number {
  try {
    return readSync(handle, into, at, into.length - at, position);
  } catch (error) {
    throw sourceError(error, key);
  }
}
