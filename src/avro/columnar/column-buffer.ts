import type { LogicalType } from '../../schema/logical-types.js';
import type { Value } from '../../schema/values.js';
import type { Engine } from './engine.js';
import type { Window } from './window.js';

/** Bytes of a text or byte string that stand in its entry itself. */
export const INLINED = 12;
/** Bytes of an entry of a text or byte string. */
const ENTRY = 16;

/** A text or byte string that was made here and is too long for its entry, which is that of an empty one meanwhile. */
export interface LongValue {
  readonly row: number;
  readonly bytes: Uint8Array;
}

/**
 * Values of one column, in the memory of an engine and in the layout of DuckDB's vectors: fixed widths, little-endian, a
 * bit for each value that is there. A text or byte string has an entry of 16 bytes: its length in four, then either its
 * bytes (up to {@link INLINED}, zeros behind), or its first four and, in eight, where it stands: in that memory, until
 * {@link pointTo} says where else.
 */
export class ColumnBuffer {
  readonly type: LogicalType;
  /** Bytes of a value. */
  readonly width: number;
  /** Where the engine has the column. */
  readonly place: number;
  readonly #engine: Engine;
  readonly #capacity: number;
  #long: LongValue[] = [];

  /** `capacity`: most values, a multiple of 64, and fewer than 65,536. */
  constructor(engine: Engine, type: LogicalType, capacity: number) {
    this.type = type;
    this.width = widthOf(type);
    this.place = engine.assembly.makeColumn(this.width, capacity);
    this.#engine = engine;
    this.#capacity = capacity;
  }

  /** The first values, as long as the memory does not grow. */
  data(rows: number): Uint8Array<ArrayBuffer> {
    const from = this.#engine.assembly.dataOf(this.place);
    return this.#engine.bytes.subarray(from, from + rows * this.width);
  }

  /** Bit `n % 8` of byte `n / 8` is set when value `n` is not NULL; as long as the memory does not grow. */
  validity(rows: number): Uint8Array<ArrayBuffer> {
    const from = this.#engine.assembly.validityOf(this.place);
    return this.#engine.bytes.subarray(from, from + Math.ceil(rows / 8));
  }

  /** Whether the first `rows` values hold a NULL. */
  hasNulls(rows: number): boolean {
    return this.#engine.assembly.hasNulls(this.place, rows) !== 0;
  }

  /** Values that have no place in the memory of the engine. */
  get longValues(): readonly LongValue[] {
    return this.#long;
  }

  /** All values become NULL. */
  clear(): void {
    this.#engine.assembly.clearColumn(this.place, this.#capacity);
    if (this.#long.length > 0) this.#long = [];
  }

  /**
   * The long texts, one behind another, until the window is used again; undefined: there is none. `most`: bytes they have
   * at most.
   */
  gather(window: Window, most: number): Uint8Array<ArrayBuffer> | undefined {
    const { assembly } = this.#engine;
    if (assembly.longCount(this.place) === 0) return undefined;
    const at = window.scratch(most);
    const length = assembly.gatherTexts(this.place, at);
    return this.#engine.bytes.subarray(at, at + length);
  }

  /** Where the gathered texts stand now, for good: the halves of an address. */
  pointTo(low: number, high: number): void {
    this.#engine.assembly.pointToTexts(this.place, low, high);
  }

  /** Values `first`, `first + step`, … from row `at` on. */
  count(at: number, rows: number, first: number, step: number): void {
    this.#engine.assembly.count(this.place, at, rows, first, step);
  }

  /** Stores a value whatever its type. */
  set(row: number, value: Value): void {
    const data = this.data(row + 1).subarray(row * this.width);
    switch (typeof value) {
      case 'string':
        this.#setBytes(row, data, Buffer.from(value, 'utf8'));
        break;
      case 'bigint':
        setInteger(data, value);
        break;
      case 'number':
        new DataView(data.buffer, data.byteOffset).setFloat64(0, value, true);
        break;
      case 'boolean':
        data[0] = value ? 1 : 0;
        break;
      default:
        if (value === null) return;
        this.#setBytes(row, data, value);
    }
    const validity = this.validity(row + 1);
    validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  }

  #setBytes(row: number, entry: Uint8Array, bytes: Uint8Array): void {
    entry.fill(0);
    if (bytes.length > INLINED) {
      this.#long.push({ row, bytes });
      this.#engine.assembly.addText(bytes.length);
      return;
    }
    entry[0] = bytes.length;
    entry.set(bytes, ENTRY - INLINED);
  }
}

function setInteger(data: Uint8Array, value: bigint): void {
  let rest = value;
  for (let n = 0; n < data.length; n += 1) {
    data[n] = Number(rest & 0xffn);
    rest >>= 8n;
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
