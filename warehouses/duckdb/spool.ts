import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, write } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ByteSource, LocalFile } from '../../src/avro/types.js';
import { HeaploadError, interrupted } from '../../src/errors.js';

const writeAsync = promisify(write);

/**
 * Copies of files that are elsewhere. Several may be copied at the same time, each into a lane of its own; a lane takes one
 * file after another, so that few files are open, however many are copied.
 */
export class Spool {
  readonly #folder: string;
  readonly #lanes: Lane[] = [];
  readonly #free: Lane[] = [];

  /** `folder`: is made with the first copy, if it is not there. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The copy can be read until the spool is closed. Throws `WAREHOUSE_UNAVAILABLE` when the disk is full, `INTERRUPTED`, and
   * what the source throws; no copy that failed is followed by another in its lane.
   */
  async copy(bytes: ByteSource, signal: AbortSignal): Promise<LocalFile> {
    const lane = this.#free.pop() ?? this.#addLane();
    const start = lane.length;
    for await (const chunk of bytes) {
      if (signal.aborted) throw interrupted();
      await lane.append(chunk);
    }
    this.#free.push(lane);
    return lane.part(start, lane.length - start);
  }

  /** Nothing may be under way. */
  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  #addLane(): Lane {
    const lane = new Lane(this.#folder);
    this.#lanes.push(lane);
    return lane;
  }
}

/** A file that lost its name as soon as it was made, so that nothing stays behind, however the process ends. */
class Lane {
  /** Bytes written. */
  length = 0;
  readonly #handle: number;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    try {
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, `heapload-spool-${randomUUID()}`);
      this.#handle = openSync(file, 'wx+', 0o600);
      unlinkSync(file);
    } catch (error) {
      throw failure(error, folder);
    }
  }

  /** One at a time. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await writeAsync(this.#handle, bytes, at, bytes.length - at, this.length);
        at += bytesWritten;
        this.length += bytesWritten;
      }
    } catch (error) {
      throw failure(error, this.#folder);
    }
  }

  /** Bytes that are written, as a file. */
  part(start: number, size: number): LocalFile {
    return {
      size,
      read: (into, position) => {
        this.#read(into, start + position);
      },
    };
  }

  close(): void {
    closeSync(this.#handle);
  }

  #read(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length;) {
      const read = readSync(this.#handle, into, at, into.length - at, position + at);
      if (read === 0) throw new Error('a copy ends early');
      at += read;
    }
  }
}

function failure(error: unknown, folder: string): HeaploadError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new HeaploadError('WAREHOUSE_UNAVAILABLE', `Files cannot be copied beside the database (${code}).`, {
    place: { file: folder },
    hint: 'The folder needs room for the compressed files of one load. Make room there and run again.',
    cause: error,
  });
}
