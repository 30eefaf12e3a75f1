import { isUtf8 } from 'node:buffer';
import type { RecordType } from '../avro-type.js';
import { isLimitOfNode } from '../block-errors.js';
import { Cursor } from '../cursor.js';
import { fieldReaders } from '../decode.js';
import { Malformed } from '../problem.js';
import type { Read } from '../scalars.js';
import type { Value } from '../../schema/values.js';
import { type ColumnBuffer, INLINED } from './column-buffer.js';
import { OP, type Program, compile } from './program.js';

/** No field of a plain type reads further than this before its length is checked. */
const PADDING = 32;
/** Texts longer than this are copied by the engine; shorter ones word by word, which is quicker. */
const LONG_COPY = 256;

/** What stopped the decoder, and where. */
export class RowError extends Error {
  readonly reason: Error;
  /** Place in the record. */
  readonly field: number;
  /** Rows of the block before the one that failed. */
  readonly row: number;
  /** Byte of the block's data. */
  readonly position: number;

  constructor(
    cause: Error,
    place: { readonly field: number; readonly row: number; readonly position: number },
  ) {
    super(cause.message, { cause });
    this.reason = cause;
    this.field = place.field;
    this.row = place.row;
    this.position = place.position;
  }
}

export interface RowsRead {
  readonly read: number;
  /** Those of them that were wanted. */
  readonly stored: number;
  /** Bytes of their texts that stand in heaps. */
  readonly text: number;
}

/**
 * Decodes the rows of blocks straight into column buffers. Plain fields are read here, in one loop without an object a
 * value; whatever is unusual, wrong or nested is left to the readers of `decode.ts`, which read the same bytes again:
 * they decide what is an error and what a value is.
 *
 * The decoder works on a copy of a block's bytes with some room behind it, in which it overwrites with zeros all that
 * is no text and above 0x7f. What is left is valid UTF-8 exactly when every text of it is, which one call per batch
 * finds out.
 */
export class RowDecoder {
  readonly #program: Program;
  readonly #readers: readonly Read<Value>[];
  readonly #targets: readonly (ColumnBuffer | undefined)[];
  #original = new Uint8Array(0);
  #window = new Uint8Array(PADDING);
  #view = new DataView(this.#window.buffer);
  #length = 0;
  #position = 0;
  /** Rows of the block that were read. */
  #row = 0;

  /** `targets`: for each field the column it goes to; undefined: it is read over. */
  constructor(record: RecordType, targets: readonly (ColumnBuffer | undefined)[]) {
    this.#program = compile(record);
    this.#readers = fieldReaders(record);
    this.#targets = targets;
  }

  /** Bytes of the block behind the rows read so far. */
  get remaining(): number {
    return this.#length - this.#position;
  }

  /** Goes to the first row of a block. */
  start(bytes: Uint8Array): void {
    this.#original = bytes as Uint8Array<ArrayBuffer>;
    this.#length = bytes.length;
    this.#position = 0;
    this.#row = 0;
    if (this.#window.length < bytes.length + PADDING) {
      this.#window = new Uint8Array(bytes.length + PADDING + (bytes.length >> 2));
      this.#view = new DataView(this.#window.buffer);
    }
    this.#window.set(bytes);
    this.#window.fill(0, bytes.length, bytes.length + PADDING);
  }

  /**
   * Reads up to `most` rows into the buffers from `at` on, fewer when their texts become longer than `mostText` bytes.
   * `keep`: whether a row of the block, asked in order, is wanted; others are read over. Throws {@link RowError}.
   */
  read(at: number, most: number, mostText: number, keep: (row: number) => boolean): RowsRead {
    const from = this.#position;
    const first = this.#row;
    let rows: RowsRead;
    try {
      rows = this.#readRows(at, most, mostText, keep);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      // A text before it, not looked at yet, may be wrong as well: then that is the first error.
      return this.#findError(from, first, error.row - first + 1);
    }
    if (!isUtf8(this.#window.subarray(from, this.#position))) this.#findError(from, first, rows.read);
    return rows;
  }

  #readRows(at: number, most: number, mostText: number, keep: (row: number) => boolean): RowsRead {
    let stored = 0;
    let text = 0;
    let read = 0;
    while (read < most && text < mostText) {
      if (keep(this.#row)) {
        text += this.#readRow(at + stored);
        stored += 1;
      } else {
        this.#skipRow();
      }
      read += 1;
      this.#row += 1;
    }
    return { read, stored, text };
  }

  /** Gives the bytes that went into heaps. */
  #readRow(row: number): number {
    const { ops, nullBranch } = this.#program;
    const targets = this.#targets;
    const fields = ops.length;
    const end = this.#length;
    const window = this.#window;
    const view = this.#view;
    let position = this.#position;
    let text = 0;
    for (let field = 0; field < fields; field += 1) {
      const column = targets[field];
      if (column === undefined) {
        position = this.#skipField(field, position);
        continue;
      }
      const begin = position;
      const nullAt = nullBranch[field] ?? -1;
      if (nullAt >= 0) {
        const branch = window[position] ?? 0;
        position += 1;
        if ((branch & 0xfd) !== 0 || position > end) {
          ({ position, text } = this.#readOther(field, begin, column, row, text));
          continue;
        }
        if (branch >> 1 === nullAt) continue;
      }
      const op = ops[field];
      let known = true;
      switch (op) {
        case OP.text:
        case OP.bytes: {
          let length = window[position] ?? 0;
          let lengthEnd = position + 1;
          if (length >= 0x80) {
            const second = window[position + 1] ?? 0;
            const third = window[position + 2] ?? 0;
            length = (length & 0x7f) | ((second & 0x7f) << 7);
            lengthEnd = position + 2;
            if (second >= 0x80) {
              length |= third << 14;
              lengthEnd = position + 3;
              known = third < 0x80;
            }
          }
          const size = length >> 1;
          if (!known || (length & 1) === 1 || size > end - lengthEnd) {
            known = false;
            break;
          }
          if (lengthEnd - position > 1) {
            window[position] = 0;
            if (lengthEnd - position > 2) window[position + 1] = 0;
          }
          position = lengthEnd;
          const { words } = column;
          const entry = row * 4;
          words[entry] = size;
          if (size <= INLINED) {
            words[entry + 1] = view.getUint32(position, true) & (FIRST_MASK[size] ?? 0);
            words[entry + 2] = view.getUint32(position + 4, true) & (SECOND_MASK[size] ?? 0);
            words[entry + 3] = view.getUint32(position + 8, true) & (THIRD_MASK[size] ?? 0);
          } else {
            if (column.heapLength + size + 8 > column.heap.length) column.reserve(size);
            const heapAt = column.heapLength;
            words[entry + 1] = view.getUint32(position, true);
            words[entry + 2] = heapAt;
            words[entry + 3] = 0;
            if (size > LONG_COPY) {
              column.heap.set(window.subarray(position, position + size), heapAt);
            } else {
              const { heapView } = column;
              // Copies up to three bytes too many, into room that is there for it.
              for (let n = 0; n < size; n += 4)
                heapView.setUint32(heapAt + n, view.getUint32(position + n, true), true);
            }
            column.heapLength = heapAt + size;
            text += size;
          }
          if (op === OP.bytes) window.fill(0, position, position + size);
          position += size;
          break;
        }
        case OP.long:
        case OP.int:
        case OP.date:
        case OP.millis: {
          let byte = window[position] ?? 0;
          let low: number;
          let high: number;
          if (byte < 0x80) {
            low = (byte >>> 1) ^ -(byte & 1);
            high = low >> 31;
            position += 1;
          } else {
            let middle = 0;
            let top = 0;
            let n = 0;
            low = byte & 0x7f;
            while (byte >= 0x80 && n < 9) {
              window[position + n] = 0;
              n += 1;
              byte = window[position + n] ?? 0;
              if (n < 4) low |= (byte & 0x7f) << (7 * n);
              else if (n < 8) middle |= (byte & 0x7f) << (7 * (n - 4));
              else top |= (byte & 0x7f) << (7 * (n - 8));
            }
            known = byte < 0x80 && (n < 9 || byte <= 1);
            position += n + 1;
            const rawLow = low | (middle << 28);
            const rawHigh = (middle >>> 4) | (top << 24);
            const sign = -(rawLow & 1);
            low = ((rawLow >>> 1) | (rawHigh << 31)) ^ sign;
            high = (rawHigh >>> 1) ^ sign;
          }
          if (!known) break;
          if (op === OP.long) {
            column.words[row * 2] = low;
            column.words[row * 2 + 1] = high;
          } else if (op === OP.millis) {
            const micros = (high * 2 ** 32 + (low >>> 0)) * 1000;
            if (Number.isSafeInteger(micros)) {
              column.words[row * 2] = micros;
              column.words[row * 2 + 1] = Math.floor(micros / 2 ** 32);
            } else known = false;
          } else if (high !== low >> 31) {
            known = false;
          } else if (op === OP.date) {
            column.words[row] = low;
          } else {
            column.words[row * 2] = low;
            column.words[row * 2 + 1] = high;
          }
          break;
        }
        case OP.double:
          column.words[row * 2] = view.getUint32(position, true);
          column.words[row * 2 + 1] = view.getUint32(position + 4, true);
          view.setUint32(position, 0);
          view.setUint32(position + 4, 0);
          position += 8;
          break;
        case OP.float:
          column.doubles[row] = view.getFloat32(position, true);
          view.setUint32(position, 0);
          position += 4;
          break;
        case OP.boolean: {
          const byte = window[position] ?? 0;
          column.data[row] = byte;
          position += 1;
          known = byte <= 1;
          break;
        }
        case OP.nothing:
          continue;
        default:
          known = false;
      }
      if (known && position <= end) {
        column.validity[row >> 3] = (column.validity[row >> 3] ?? 0) | (1 << (row & 7));
      } else {
        ({ position, text } = this.#readOther(field, begin, column, row, text));
      }
    }
    this.#position = position;
    return text;
  }

  #skipRow(): void {
    const fields = this.#program.ops.length;
    let position = this.#position;
    for (let field = 0; field < fields; field += 1) position = this.#skipField(field, position);
    this.#position = position;
  }

  /** Gives where the next field begins. */
  #skipField(field: number, begin: number): number {
    const window = this.#window;
    const end = this.#length;
    const nullAt = this.#program.nullBranch[field] ?? -1;
    let position = begin;
    if (nullAt >= 0) {
      const branch = window[position] ?? 0;
      position += 1;
      if ((branch & 0xfd) !== 0 || position > end) return this.#skipOther(field, begin);
      if (branch >> 1 === nullAt) return position;
    }
    const op = this.#program.ops[field];
    switch (op) {
      case OP.text: {
        const first = window[position] ?? 0;
        const second = window[position + 1] ?? 0;
        if (first < 0x80) position += 1 + (first >> 1);
        else if (second < 0x80) {
          window[position] = 0;
          position += 2 + (((first & 0x7f) | (second << 7)) >> 1);
        } else return this.#skipOther(field, begin);
        if ((first & 1) === 1) return this.#skipOther(field, begin);
        break;
      }
      case OP.long: {
        let n = 0;
        while ((window[position + n] ?? 0) >= 0x80) {
          if (n === 8) return this.#skipOther(field, begin);
          window[position + n] = 0;
          n += 1;
        }
        position += n + 1;
        break;
      }
      case OP.double:
        this.#view.setUint32(position, 0);
        this.#view.setUint32(position + 4, 0);
        position += 8;
        break;
      case OP.nothing:
        return position;
      default:
        return this.#skipOther(field, begin);
    }
    return position <= end ? position : this.#skipOther(field, begin);
  }

  /** A value that is no plain one of its type, by its reader. */
  #readOther(
    field: number,
    begin: number,
    column: ColumnBuffer,
    row: number,
    text: number,
  ): { position: number; text: number } {
    const { value, position } = this.#readByReader(field, begin);
    return { position, text: text + column.set(row, value) };
  }

  #skipOther(field: number, begin: number): number {
    return this.#readByReader(field, begin).position;
  }

  #readByReader(field: number, begin: number): { readonly value: Value; readonly position: number } {
    const cursor = new Cursor(this.#original, begin);
    const value = this.#valueAt(field, cursor, this.#row);
    // The reader has looked at the texts in it.
    this.#window.fill(0, begin, cursor.position);
    return { value, position: cursor.position };
  }

  #valueAt(field: number, cursor: Cursor, row: number): Value {
    try {
      return this.#readers[field]?.(cursor) ?? null;
    } catch (error) {
      if (!(error instanceof Malformed) && !isLimitOfNode(error)) throw error;
      throw new RowError(error, { field, row, position: cursor.position });
    }
  }

  /** Something in these rows is wrong: reads them again, value by value, up to the first that is. */
  #findError(from: number, first: number, rows: number): never {
    const cursor = new Cursor(this.#original, from);
    for (let n = 0; n < rows; n += 1)
      for (let field = 0; field < this.#readers.length; field += 1) this.#valueAt(field, cursor, first + n);
    throw new Error('the decoder of rows and the readers of values disagree');
  }
}

const masks = (start: number): Uint32Array<ArrayBuffer> =>
  Uint32Array.from({ length: INLINED + 1 }, (_, size) => {
    const bytes = Math.min(Math.max(size - start, 0), 4);
    return bytes === 4 ? 0xffff_ffff : 2 ** (8 * bytes) - 1;
  });
const FIRST_MASK = masks(0);
const SECOND_MASK = masks(4);
const THIRD_MASK = masks(8);
