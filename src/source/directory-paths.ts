import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { HeaploadError } from '../errors.js';
import { keyDanger } from './keys.js';
import type { ObjectInfo } from './object-store.js';

/** Size and modification time: what a directory knows of a file's content without reading it. */
export function fileInfo(key: string, stats: BigIntStats): ObjectInfo {
  return {
    key,
    size: Number(stats.size),
    etag: `${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}`,
    modifiedAt: Number(stats.mtimeMs),
  };
}

/** The directory itself, links resolved; `SOURCE_MISSING` when there is none. */
export async function resolveRoot(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (!isAbsent(error)) throw sourceError(error, path);
    throw noDirectory(`There is no directory ${path}.`, path);
  }
  throw noDirectory(`${path} is not a directory.`, path);
}

function noDirectory(message: string, path: string): HeaploadError {
  return new HeaploadError('SOURCE_MISSING', message, {
    hint: 'Set source.path to the directory that holds manifests/ and sync_<id>/; a relative path starts at the folder of integration.yml.',
    place: { file: path },
  });
}

/**
 * The real path of a key; undefined when there is no such file or folder. Throws `URI_FOREIGN` when the key, or
 * a link on its way, leads out of the root.
 */
export async function resolveKey(root: string, key: string): Promise<string | undefined> {
  const danger = keyDanger(key);
  if (danger !== undefined) throw outside(key, `Key ${JSON.stringify(key)} cannot be used: ${danger}.`);
  if (!namesFile(key)) return undefined;
  let real: string;
  try {
    real = await realpath(join(root, ...key.split('/')));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw sourceError(error, key);
  }
  const inside = root.endsWith(sep) ? root : root + sep;
  if (real === root || real.startsWith(inside)) return real;
  throw outside(key, `${JSON.stringify(key)} is a link that leads out of the directory.`);
}

/** Other spellings of a path (`a//b`, `a/./b`) are other keys in a bucket, so they name nothing here. */
function namesFile(key: string): boolean {
  if (sep === '\\' && /[\\:]/.test(key)) return false;
  return key.split('/').every((part) => part !== '' && part !== '.');
}

function outside(key: string, message: string): HeaploadError {
  return new HeaploadError('URI_FOREIGN', message, {
    hint: 'Only files below source.path are read. Copy the file there, or point source.path at a directory that holds it.',
    place: { file: key },
  });
}

const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** True for errors that say: nothing is there. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(errorCode(error));
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** A file system error, named after what a person can do about it. */
export function sourceError(error: unknown, file: string): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return new HeaploadError('SOURCE_DENIED', `This user may not read ${file}.`, {
      hint: 'Give the user that runs heapload permission to read it and to enter the folders above it.',
      place: { file },
      cause: error,
    });
  }
  return new HeaploadError('SOURCE_UNREADABLE', `${file} cannot be read: ${code ?? String(error)}.`, {
    hint: 'Check the disk or the mount, then run again.',
    place: { file },
    cause: error,
  });
}

export function missing(key: string): HeaploadError {
  return new HeaploadError('SOURCE_MISSING', `There is no file ${key} in the source.`, {
    hint: 'Check whether it was deleted or not copied completely.',
    place: { file: key },
  });
}

export function changed(key: string): HeaploadError {
  return new HeaploadError('SOURCE_CHANGED', `${key} was overwritten after it had been listed.`, {
    hint: 'Run again: the file is then planned as it is now.',
    place: { file: key },
  });
}
