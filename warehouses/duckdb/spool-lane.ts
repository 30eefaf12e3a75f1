import { closeSync, mkdirSync, openSync, readSync, unlinkSync, write } from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { HeaploadError } from '../../src/errors.js';

/** What stands before the bytes of a block: rows, offset and length. */
const HEAD = 24;
/** Bytes written and read at once; a lane has two such buffers, and each of its readers one. */
const BUFFER = 256 * 1024;

const writeAsync = promisify(write);

export interface BlockHead {
  readonly rows: number;
  /** Byte of its file where the block starts. */
  readonly offset: number;
  /** Of its data, in bytes. */
  readonly length: number;
}

/**
 * Makes a lane in a folder, which is made if it is not there. Its file loses its name at once, so that nothing stays
 * behind, however the process ends. Throws `WAREHOUSE_UNAVAILABLE`.
 */
export function newLane(folder: string): Lane {
  try {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `heapload-spool-${randomUUID()}`);
    const handle = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
    return new Lane(handle, folder);
  } catch (error) {
    throw failure(error, folder);
  }
}

/** A file without a name that blocks are appended to. While one buffer is written the next is filled. */
export class Lane {
  readonly #handle: number;
  readonly #folder: string;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #spare = Buffer.allocUnsafe(BUFFER);
  #buffered = 0;
  /** Bytes that are written, or on their way. */
  #sent = 0;
  #written = 0;
  #writing: Promise<void> | undefined;

  constructor(handle: number, folder: string) {
    this.#handle = handle;
    this.#folder = folder;
  }

  /** Bytes of all blocks so far. */
  get length(): number {
    return this.#sent + this.#buffered;
  }

  /** One at a time. The bytes of the block are free again when it is done. */
  async add({
    rows,
    offset,
    packed,
  }: Omit<BlockHead, 'length'> & { readonly packed: Uint8Array }): Promise<void> {
    if (this.#buffered + HEAD > BUFFER) await this.#send();
    [rows, offset, packed.length].forEach((value, n) => {
      this.#buffer.writeDoubleLE(value, this.#buffered + n * 8);
    });
    this.#buffered += HEAD;
    for (let from = 0; from < packed.length;) {
      const part = packed.subarray(from, from + BUFFER - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      from += part.length;
      if (this.#buffered === BUFFER) await this.#send();
    }
  }

  /** Waits until all blocks are in the file. */
  async flush(): Promise<void> {
    if (this.#buffered > 0) await this.#send();
    await this.#writing;
  }

  /** From the first block on, as far as blocks are written. */
  reader(): LaneReader {
    return new LaneReader(this.#handle, () => this.#written);
  }

  async close(): Promise<void> {
    // Whoever adds or flushes has been told of an error.
    await this.#writing?.catch(() => undefined);
    closeSync(this.#handle);
  }

  async #send(): Promise<void> {
    await this.#writing;
    const bytes = this.#buffer.subarray(0, this.#buffered);
    this.#writing = this.#write(bytes, this.#sent);
    // It is looked at when the next buffer is full, or in the end.
    this.#writing.catch(() => undefined);
    this.#sent += bytes.length;
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#buffered = 0;
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.length - at;
        at += (await writeAsync(this.#handle, bytes, at, rest, position + at)).bytesWritten;
      }
      this.#written = position + bytes.length;
    } catch (error) {
      throw failure(error, this.#folder);
    }
  }
}

/** Goes through blocks that are in the file, with a window of a buffer, larger only for a larger block. */
export class LaneReader {
  readonly #handle: number;
  readonly #written: () => number;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #from = 0;
  #to = 0;
  /** Byte of the file where the next block starts, or what was not taken of this one. */
  position = 0;

  /** `written`: bytes of the file that do not change any more. */
  constructor(handle: number, written: () => number) {
    this.#handle = handle;
    this.#written = written;
  }

  head(): BlockHead {
    const bytes = this.take(HEAD);
    return { rows: bytes.readDoubleLE(0), offset: bytes.readDoubleLE(8), length: bytes.readDoubleLE(16) };
  }

  /** A view, gone with the next call. */
  take(length: number): Buffer {
    if (this.#to - this.#from < length) this.#fill(length);
    const taken = this.#buffer.subarray(this.#from, this.#from + length);
    this.#from += length;
    this.position += length;
    return taken;
  }

  skip(length: number): void {
    this.#from = Math.min(this.#from + length, this.#to);
    if (this.#from === this.#to) this.#from = this.#to = 0;
    this.position += length;
  }

  #fill(length: number): void {
    const rest = this.#buffer.subarray(this.#from, this.#to);
    const buffer = length > this.#buffer.length ? Buffer.allocUnsafe(length) : this.#buffer;
    buffer.set(rest);
    this.#buffer = buffer;
    this.#from = 0;
    this.#to = rest.length;
    while (this.#to < length) {
      const at = this.position + this.#to;
      const wanted = Math.min(buffer.length - this.#to, this.#written() - at);
      const read = wanted > 0 ? readSync(this.#handle, buffer, this.#to, wanted, at) : 0;
      if (read === 0) throw new Error('the spool file ends early');
      this.#to += read;
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
