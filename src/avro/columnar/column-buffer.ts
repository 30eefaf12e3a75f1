import type { LogicalType } from '../../schema/logical-types.js';
import type { Value } from '../../schema/values.js';

/** Bytes of a text or byte string that stand in its entry itself; longer ones stand in the heap. */
export const INLINED = 12;
/** Bytes of an entry of a text or byte string. */
const ENTRY = 16;
const FIRST_HEAP = 4096;

/**
 * Values of one column in the layout of DuckDB's vectors: fixed widths, little-endian, a bit for each value that is
 * there. A text or byte string has an entry of four 32-bit words: its length, then either its bytes (up to
 * {@link INLINED}, zeros behind), or its first four bytes, its place in `heap`, and zero.
 */
export class ColumnBuffer {
  readonly type: LogicalType;
  /** Bytes of a value. */
  readonly width: number;
  /** Values are entries of texts or byte strings. */
  readonly hasEntries: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;
  readonly doubles: Float64Array<ArrayBuffer>;
  /** Bit `n % 8` of byte `n / 8` is set when value `n` is not NULL. */
  readonly validity: Uint8Array<ArrayBuffer>;
  heap: Uint8Array<ArrayBuffer>;
  heapView: DataView<ArrayBuffer>;
  heapLength = 0;
  /** Rows whose entries have a place in the heap. */
  readonly long: Uint16Array;
  longCount = 0;

  /** `capacity`: most values, a multiple of 8, and fewer than 65,536. */
  constructor(type: LogicalType, capacity: number) {
    this.type = type;
    this.width = widthOf(type);
    this.hasEntries = ['string', 'json', 'bytes'].includes(type.kind);
    const buffer = new ArrayBuffer(Math.ceil((capacity * this.width) / 8) * 8);
    this.data = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.validity = new Uint8Array(capacity / 8);
    this.long = new Uint16Array(this.hasEntries ? capacity : 0);
    this.heap = new Uint8Array(this.hasEntries ? FIRST_HEAP : 0);
    this.heapView = new DataView(this.heap.buffer);
  }

  /** All values become NULL. Nothing of the heap is left in an entry, not even in one that is not looked at. */
  clear(): void {
    this.validity.fill(0);
    this.heapLength = 0;
    const { words, long, longCount } = this;
    for (let n = 0; n < longCount; n += 1) {
      const entry = (long[n] ?? 0) * 4;
      words[entry] = 0;
      words[entry + 1] = 0;
      words[entry + 2] = 0;
      words[entry + 3] = 0;
    }
    this.longCount = 0;
  }

  /** Whether the first `rows` values hold a NULL. */
  hasNulls(rows: number): boolean {
    const whole = rows >> 3;
    for (let n = 0; n < whole; n += 1) if (this.validity[n] !== 0xff) return true;
    const rest = (1 << (rows & 7)) - 1;
    return ((this.validity[whole] ?? 0) & rest) !== rest;
  }

  /** Room for `length` more bytes in the heap, and a few to copy in whole words. */
  reserve(length: number): void {
    const needed = this.heapLength + length + 8;
    if (needed <= this.heap.length) return;
    const heap = new Uint8Array(Math.max(needed, this.heap.length * 2));
    heap.set(this.heap.subarray(0, this.heapLength));
    this.heap = heap;
    this.heapView = new DataView(heap.buffer);
  }

  /** Stores a value whatever its type; the decoder has faster ways for the common ones. Gives the bytes put into the heap. */
  set(row: number, value: Value): number {
    if (value === null) return 0;
    this.validity[row >> 3] = (this.validity[row >> 3] ?? 0) | (1 << (row & 7));
    switch (typeof value) {
      case 'string':
        return this.#setBytes(row, Buffer.from(value, 'utf8'));
      case 'bigint':
        this.#setInteger(row, value);
        return 0;
      case 'number':
        this.doubles[row] = value;
        return 0;
      case 'boolean':
        this.data[row] = value ? 1 : 0;
        return 0;
      default:
        return this.#setBytes(row, value);
    }
  }

  #setInteger(row: number, value: bigint): void {
    let rest = value;
    for (let at = row * this.width; at < (row + 1) * this.width; at += 1) {
      this.data[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }

  #setBytes(row: number, bytes: Uint8Array): number {
    const at = row * ENTRY;
    this.data.fill(0, at, at + ENTRY);
    this.words[row * 4] = bytes.length;
    if (bytes.length <= INLINED) {
      this.data.set(bytes, at + 4);
      return 0;
    }
    this.data.set(bytes.subarray(0, 4), at + 4);
    this.reserve(bytes.length);
    this.words[row * 4 + 2] = this.heapLength;
    this.long[this.longCount++] = row;
    this.heap.set(bytes, this.heapLength);
    this.heapLength += bytes.length;
    return bytes.length;
  }
}

function widthOf(type: LogicalType): number {
  switch (type.kind) {
    case 'bool':
      return 1;
    case 'date':
      return 4;
    case 'int64':
    case 'float64':
    case 'timestamp':
      return 8;
    case 'string':
    case 'json':
    case 'bytes':
      return ENTRY;
    case 'decimal':
      return decimalWidth(type.precision);
  }
}

/** Bytes of the integer in which DuckDB keeps a decimal of so many digits. */
function decimalWidth(precision: number): number {
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  return precision <= 18 ? 8 : 16;
}
