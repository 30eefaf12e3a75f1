import type { Batch } from '../../src/avro/columnar/batch.js';
import { type ColumnBuffer, INLINED } from '../../src/avro/columnar/column-buffer.js';
import type { Value } from '../../src/schema/values.js';

/** Reads a value back out of the layout a column of a batch is filled in, before its texts were gathered. */
export function valueAt(batch: Batch, column: ColumnBuffer, row: number): Value {
  if (((column.validity(row + 1)[row >> 3] ?? 0) & (1 << (row & 7))) === 0) return null;
  const bytes = Buffer.from(column.data(row + 1).subarray(row * column.width));
  switch (column.type.kind) {
    case 'string':
    case 'json':
      return bytesAt(batch, column, row, bytes).toString('utf8');
    case 'bytes':
      return new Uint8Array(bytesAt(batch, column, row, bytes));
    case 'float64':
      return bytes.readDoubleLE();
    case 'bool':
      return booleanOf(bytes);
    case 'int64':
    case 'date':
    case 'timestamp':
    case 'decimal':
      return BigInt.asIntN(8 * column.width, BigInt(`0x${bytes.reverse().toString('hex')}`));
  }
}

function booleanOf([byte]: Buffer): boolean {
  if (byte !== 0 && byte !== 1) throw new Error(`a boolean is stored as ${String(byte)}`);
  return byte === 1;
}

/** Also checks what DuckDB relies on: zeros behind short texts, the first four bytes of long ones in their entry. */
function bytesAt({ engine }: Batch, column: ColumnBuffer, row: number, entry: Buffer): Buffer {
  const length = entry.readUInt32LE(0);
  if (length <= INLINED) {
    if (entry.subarray(4 + length).some((byte) => byte !== 0))
      throw new Error('an entry does not end in zeros');
    const long = column.longValues.find((one) => one.row === row);
    return long === undefined ? entry.subarray(4, 4 + length) : Buffer.from(long.bytes);
  }
  const place = entry.readUInt32LE(8);
  const bytes = Buffer.from(engine.bytes.subarray(place, place + length));
  if (entry.readUInt32LE(12) !== 0 || bytes.length !== length)
    throw new Error(`an entry points outside the memory, to ${place}`);
  if (!bytes.subarray(0, 4).equals(entry.subarray(4, 8)))
    throw new Error('an entry does not begin as its text');
  return bytes;
}

/** As the promise about data has it: NaN is NaN, -0 is not 0, bytes are compared one by one. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}
