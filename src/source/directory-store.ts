import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import {
  changed,
  fileInfo,
  isAbsent,
  missing,
  resolveKey,
  resolveRoot,
  sourceError,
} from './directory-paths.js';
import { listDirectory } from './directory-list.js';
import { throwIfInterrupted } from './interrupt.js';
import { localFile } from './local-file.js';
import type { ObjectInfo, ObjectStore, ReadOptions } from './object-store.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * A directory that mirrors a bucket. Links to files and folders inside it are followed; one that leads out is
 * refused with `URI_FOREIGN`, as are keys that climb. Hidden files are objects like any other; what is neither file
 * nor folder is none. Also throws `SOURCE_MISSING` with a hint when the directory itself is not there.
 */
export function directoryStore(path: string, options: { readonly bucket?: string | undefined }): ObjectStore {
  return {
    bucket: options.bucket,
    location: path,
    list: (prefix, { signal } = {}) => listDirectory(path, prefix, signal),
    open: async (key, readOptions = {}) => {
      // Holds no file open until the bytes are asked for: a body nobody reads must not leak one.
      const { real, info } = await findFile(path, key, readOptions);
      return { info, bytes: readBytes(real, info, readOptions) };
    },
    local: async (key, readOptions = {}) => {
      const { real, info } = await findFile(path, key, readOptions);
      return localFile(real, info);
    },
  };
}

interface FoundFile {
  /** Its path, without links. */
  readonly real: string;
  readonly info: ObjectInfo;
}

async function findFile(path: string, key: string, options: ReadOptions): Promise<FoundFile> {
  throwIfInterrupted(options.signal);
  const real = await resolveKey(await resolveRoot(path), key);
  if (real === undefined) throw missing(key);
  const file = await openReal(real, key);
  await file.handle.close();
  if (options.etag !== undefined && options.etag !== file.info.etag) throw changed(key);
  return { real, info: file.info };
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly info: ObjectInfo;
}

async function openReal(real: string, key: string): Promise<OpenFile> {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for its writer for ever.
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw missing(key);
      return { handle, info: fileInfo(key, stats) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw isAbsent(error) ? missing(key) : sourceError(error, key);
  }
}

async function* readBytes(real: string, info: ObjectInfo, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const end = Math.min(options.end ?? info.size, info.size);
  let at = options.start ?? 0;
  if (at >= end) return;
  throwIfInterrupted(options.signal);
  const { handle } = await openReal(real, info.key);
  const read = (): Promise<Uint8Array> => {
    const chunk = readChunk(handle, at, Math.min(CHUNK_BYTES, end - at), info.key);
    // It is looked at when its turn comes, which may be never.
    chunk.catch(() => undefined);
    return chunk;
  };
  let next = read();
  try {
    while (at < end) {
      throwIfInterrupted(options.signal);
      const chunk = await next;
      at += chunk.length;
      // While this one is worked on.
      if (at < end && chunk.length > 0) next = read();
      // Asked after each chunk: a file rewritten in place while it is read would give bytes of both versions.
      const stats = await handle.stat({ bigint: true });
      if (chunk.length === 0 || fileInfo(info.key, stats).etag !== info.etag) throw changed(info.key);
      yield chunk;
    }
  } finally {
    await next.catch(() => undefined);
    await handle.close();
  }
}

async function readChunk(
  handle: FileHandle,
  position: number,
  length: number,
  key: string,
): Promise<Uint8Array> {
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: new Uint8Array(length), position, length });
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw sourceError(error, key);
  }
}
