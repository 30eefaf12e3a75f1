import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '../../src/avro/types.js';
import { HeaploadError } from '../../src/errors.js';

/** A directory for one container at a time. */
export interface Spool {
  readonly directory: string;
  write(name: string, bytes: ByteSource, signal: AbortSignal): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes the directory with all that is in it. */
  close(): Promise<void>;
}

/** Processes of other machines, or containers, may share the directory; their ids say nothing here. */
const PREFIX = `heapload-spool-${createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8)}-`;

/** Makes a directory below `parent`, and removes what processes that were killed have left there. */
export async function openSpool(parent: string = os.tmpdir()): Promise<Spool> {
  try {
    await mkdir(parent, { recursive: true });
    await removeLeftovers(parent);
    const directory = await mkdtemp(path.join(parent, `${PREFIX}${process.pid}-`));
    return { directory, ...within(directory) };
  } catch (error) {
    throw spoolError(error, parent);
  }
}

function within(directory: string): Omit<Spool, 'directory'> {
  return {
    write: async (name, bytes, signal) => {
      const file = createWriteStream(path.join(directory, name), { mode: 0o600 });
      try {
        await pipeline(Readable.from(bytes, { objectMode: false }), file, { signal });
      } catch (error) {
        throw 'code' in Object(error) && isOfDisk(error) ? spoolError(error, directory) : error;
      }
    },
    remove: async (name) => {
      await rm(path.join(directory, name), { force: true });
    },
    close: async () => {
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (!isAlive(pid)) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Errors of the source have codes of their own; these come from the file system. */
function isOfDisk(error: unknown): boolean {
  return !(error instanceof HeaploadError) && (error as NodeJS.ErrnoException).syscall !== undefined;
}

function spoolError(error: unknown, directory: string): HeaploadError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new HeaploadError('WAREHOUSE_UNAVAILABLE', `A container cannot be written (${code}).`, {
    place: { file: directory },
    hint: 'It takes room for warehouse.container_size, and as much again for the encrypted copy the driver makes. Make room, or give another warehouse.spool_directory.',
  });
}
