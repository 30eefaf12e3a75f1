import type { BigIntStats, Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeaploadError } from '../errors.js';
import { fileInfo, isAbsent, resolveKey, resolveRoot, sourceError } from './directory-paths.js';
import { throwIfInterrupted } from './interrupt.js';
import type { ObjectInfo } from './object-store.js';

interface Walk {
  readonly root: string;
  readonly prefix: string;
  readonly signal: AbortSignal | undefined;
}

interface Folder {
  /** Empty for the root, else ending in `/`. */
  readonly key: string;
  readonly real: string;
  /** Real paths from where the walk began down to this folder. */
  readonly trail: readonly string[];
}

/** The files of a directory whose key starts with `prefix`, one at a time as the file system gives them. */
export async function* listDirectory(
  path: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  throwIfInterrupted(signal);
  const root = await resolveRoot(path);
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const real = start === '' ? root : await resolveKey(root, start.replace(/(?<=[^/])\/$/, ''));
  if (real !== undefined) yield* walk({ root, prefix, signal }, { key: start, real, trail: [real] });
}

async function* walk(context: Walk, folder: Folder): AsyncGenerator<ObjectInfo> {
  try {
    for await (const entry of await opendir(folder.real)) {
      throwIfInterrupted(context.signal);
      if ((folder.key + entry.name).startsWith(context.prefix)) yield* visit(context, folder, entry);
    }
  } catch (error) {
    if (isAbsent(error)) return;
    throw sourceError(error, folder.key === '' ? context.root : folder.key);
  }
}

async function* visit(context: Walk, folder: Folder, entry: Dirent): AsyncGenerator<ObjectInfo> {
  const key = folder.key + entry.name;
  const path = join(folder.real, entry.name);
  const real = entry.isSymbolicLink() ? await resolveKey(context.root, key) : path;
  if (real === undefined) return;
  const stats = await statOf(real, key);
  if (stats?.isDirectory() === true) {
    if (folder.trail.includes(real)) throw circle(key);
    yield* walk(context, { key: `${key}/`, real, trail: [...folder.trail, real] });
  } else if (stats?.isFile() === true) {
    yield fileInfo(key, stats);
  }
}

/** Undefined when the file went away since its folder was read; a list is a picture of no single moment. */
async function statOf(real: string, key: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(real, { bigint: true });
  } catch (error) {
    if (!isAbsent(error)) throw sourceError(error, key);
    if (!key.includes('\uFFFD')) return undefined;
    throw new HeaploadError('SOURCE_UNREADABLE', `The name of ${key} is not valid UTF-8.`, {
      hint: 'Rename the file; keys of a bucket are UTF-8.',
      place: { file: key },
    });
  }
}

function circle(key: string): HeaploadError {
  return new HeaploadError('SOURCE_UNREADABLE', `${key} is a link to a folder it lies in.`, {
    hint: 'Remove the link: it makes the directory endless.',
    place: { file: key },
  });
}
