import { closeSync, mkdirSync, openSync, readSync, unlinkSync, write } from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { HeaploadError } from '../../src/errors.js';
import type { KeptBlock, KeptBlocks } from './kept-blocks.js';

/** A block that is to be kept. */
export type SpooledBlock = KeptBlock & { readonly packed: Uint8Array };

const HEAD = 32;
const BUFFER = 4 * 1024 * 1024;

const writeAsync = promisify(write);

/**
 * The blocks of a load whose source is elsewhere, on their way through the disk: read once from the source, and as often
 * as the warehouse asks from here. The file loses its name as soon as it is open, so that nothing stays behind, however the process ends.
 * While one buffer is written the next is filled.
 */
export class Spool implements KeptBlocks {
  readonly #handle: number;
  readonly #folder: string;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #spare = Buffer.allocUnsafe(BUFFER);
  #buffered = 0;
  #length = 0;
  #writing: Promise<void> | undefined;

  /** Makes `folder` if it is not there. Throws `WAREHOUSE_UNAVAILABLE`, here and when the disk is full. */
  constructor(folder: string) {
    this.#folder = folder;
    try {
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, `heapload-spool-${randomUUID()}`);
      this.#handle = openSync(file, 'wx+', 0o600);
      unlinkSync(file);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The bytes of the block are free again when it is done. */
  async add(block: SpooledBlock): Promise<void> {
    const { file, rows, offset, packed } = block;
    if (this.#buffered + HEAD > BUFFER) await this.#flush();
    [file, rows, offset, packed.length].forEach((value, n) => {
      this.#buffer.writeDoubleLE(value, this.#buffered + n * 8);
    });
    this.#buffered += HEAD;
    for (let from = 0; from < packed.length;) {
      const part = packed.subarray(from, from + BUFFER - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      from += part.length;
      if (this.#buffered === BUFFER) await this.#flush();
    }
  }

  /** Waits until all blocks are written. To be called before they are read. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  *blocks(isWanted: (rows: number) => boolean): Generator<KeptBlock, void, undefined> {
    const reader = new SpoolReader(this.#handle, this.#length);
    while (!reader.ended) {
      const head = reader.take(HEAD);
      const [file, rows, offset, length] = [0, 8, 16, 24].map((at) => head.readDoubleLE(at)) as [
        number,
        number,
        number,
        number,
      ];
      const wanted = isWanted(rows);
      yield { file, rows, offset, packed: wanted ? reader.take(length) : undefined };
      if (!wanted) reader.skip(length);
    }
  }

  async close(): Promise<void> {
    // Whoever adds or finishes has been told of an error.
    await this.#writing?.catch(() => undefined);
    closeSync(this.#handle);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const bytes = this.#buffer.subarray(0, this.#buffered);
    this.#writing = this.#write(bytes, this.#length);
    // It is looked at when the next buffer is full, or in the end.
    this.#writing.catch(() => undefined);
    this.#length += bytes.length;
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#buffered = 0;
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.length - at;
        at += (await writeAsync(this.#handle, bytes, at, rest, position + at)).bytesWritten;
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): HeaploadError {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return new HeaploadError(
      'WAREHOUSE_UNAVAILABLE',
      `Files cannot be copied beside the database (${code}).`,
      {
        place: { file: this.#folder },
        hint: 'The folder needs room for the compressed files of one load. Make room there and run again.',
        cause: error,
      },
    );
  }
}

/** Reads on and on through a window of a few megabytes, larger only for a larger piece. */
class SpoolReader {
  readonly #handle: number;
  readonly #end: number;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #from = 0;
  #to = 0;
  /** Byte of the file behind what the buffer holds. */
  #position = 0;

  constructor(handle: number, end: number) {
    this.#handle = handle;
    this.#end = end;
  }

  get ended(): boolean {
    return this.#from === this.#to && this.#position === this.#end;
  }

  take(length: number): Buffer {
    if (this.#to - this.#from < length) this.#fill(length);
    const taken = this.#buffer.subarray(this.#from, this.#from + length);
    this.#from += length;
    return taken;
  }

  skip(length: number): void {
    const inBuffer = Math.min(length, this.#to - this.#from);
    this.#from += inBuffer;
    this.#position += length - inBuffer;
  }

  #fill(length: number): void {
    const rest = this.#buffer.subarray(this.#from, this.#to);
    const buffer = length > this.#buffer.length ? Buffer.allocUnsafe(length) : this.#buffer;
    buffer.set(rest);
    this.#buffer = buffer;
    this.#from = 0;
    this.#to = rest.length;
    while (this.#to < length) {
      const read = readSync(this.#handle, buffer, this.#to, buffer.length - this.#to, this.#position);
      if (read === 0) throw new Error('the spool file ends early');
      this.#to += read;
      this.#position += read;
    }
  }
}
