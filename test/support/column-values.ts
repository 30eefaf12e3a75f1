import { type ColumnBuffer, INLINED } from '../../src/avro/columnar/column-buffer.js';
import type { Value } from '../../src/schema/values.js';

/** Reads a value back out of the layout a column is filled in, before its places in the heap became pointers. */
export function valueAt(column: ColumnBuffer, row: number): Value {
  if (((column.validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) return null;
  switch (column.type.kind) {
    case 'string':
    case 'json':
      return bytesAt(column, row).toString('utf8');
    case 'bytes':
      return new Uint8Array(bytesAt(column, row));
    case 'float64':
      return new DataView(column.data.buffer).getFloat64(row * 8, true);
    case 'bool':
      return booleanAt(column, row);
    case 'int64':
    case 'date':
    case 'timestamp':
    case 'decimal':
      return integerAt(column, row);
  }
}

function booleanAt(column: ColumnBuffer, row: number): boolean {
  const byte = column.data[row];
  if (byte !== 0 && byte !== 1) throw new Error(`a boolean is stored as ${String(byte)}`);
  return byte === 1;
}

function integerAt(column: ColumnBuffer, row: number): bigint {
  const { width } = column;
  const bytes = Buffer.from(column.data.subarray(row * width, (row + 1) * width)).reverse();
  return BigInt.asIntN(8 * width, BigInt(`0x${bytes.toString('hex')}`));
}

/** Also checks what DuckDB relies on: zeros behind short texts, the first four bytes of long ones in their entry. */
function bytesAt(column: ColumnBuffer, row: number): Buffer {
  const entry = Buffer.from(column.data.subarray(row * 16, (row + 1) * 16));
  const length = entry.readUInt32LE(0);
  if (length <= INLINED) {
    if (entry.subarray(4 + length).some((byte) => byte !== 0))
      throw new Error('an entry does not end in zeros');
    return entry.subarray(4, 4 + length);
  }
  const place = entry.readUInt32LE(8);
  if (entry.readUInt32LE(12) !== 0 || place + length > column.heapLength)
    throw new Error(`an entry points outside the heap, to ${place}`);
  const bytes = Buffer.from(column.heap.subarray(place, place + length));
  if (!bytes.subarray(0, 4).equals(entry.subarray(4, 8)))
    throw new Error('an entry does not begin as its text');
  return bytes;
}

/** As the promise about data has it: NaN is NaN, -0 is not 0, bytes are compared one by one. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}
