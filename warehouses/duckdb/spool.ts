import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';

/** A block of a file as it lies in the source: still compressed. */
export interface SpooledBlock {
  /** Place of its file among those of the transfer. */
  readonly file: number;
  readonly rows: number;
  /** Byte of its file where it starts, for errors. */
  readonly offset: number;
  readonly packed: Uint8Array;
}

const HEAD = 32;
const BUFFER = 4 * 1024 * 1024;

/**
 * The blocks of a load on their way through the disk: read once from the source, and as often as the warehouse asks
 * from here. The file loses its name as soon as it is open, so that nothing stays behind, however the process ends.
 */
export class Spool {
  readonly #handle: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  #buffered = 0;
  #length = 0;

  /** Makes `folder` if it is not there. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `heapload-spool-${randomUUID()}`);
    this.#handle = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
  }

  add(block: SpooledBlock): void {
    const head = Buffer.allocUnsafe(HEAD);
    head.writeDoubleLE(block.file, 0);
    head.writeDoubleLE(block.rows, 8);
    head.writeDoubleLE(block.offset, 16);
    head.writeDoubleLE(block.packed.length, 24);
    this.#write(head);
    this.#write(block.packed);
  }

  /** All blocks in the order they were added; one is in memory at a time, and gone when the next is taken. */
  *blocks(): Generator<SpooledBlock, void, undefined> {
    this.#flush();
    const reader = new SpoolReader(this.#handle, this.#length);
    while (!reader.ended) {
      const head = reader.take(HEAD);
      const [file, rows, offset, length] = [0, 8, 16, 24].map((at) => head.readDoubleLE(at)) as [
        number,
        number,
        number,
        number,
      ];
      yield { file, rows, offset, packed: reader.take(length) };
    }
  }

  close(): void {
    closeSync(this.#handle);
  }

  #write(bytes: Uint8Array): void {
    if (this.#buffered + bytes.length > BUFFER) this.#flush();
    if (bytes.length > BUFFER) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(this.#handle, bytes, at, bytes.length - at, this.#length);
      at += written;
      this.#length += written;
    }
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
