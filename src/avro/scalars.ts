import type { AvroType, FixedType, LogicalAnnotation, PrimitiveType } from './avro-type.js';
import type { Cursor } from './cursor.js';
import { Malformed } from './problem.js';

export type Read<T> = (cursor: Cursor) => T;

type Decimal = Extract<LogicalAnnotation, { kind: 'decimal' }>;
type Timestamp = Extract<LogicalAnnotation, { kind: 'timestamp' }>;

/** A decimal's unscaled number, from two's complement, the first byte the highest. */
export function decimalReader(type: PrimitiveType | FixedType, logical: Decimal): Read<bigint> {
  const limit = 10n ** BigInt(logical.precision);
  const take = bytesReader(type);
  return (cursor) => {
    const bytes = take(cursor);
    // One byte more than the digits need leaves room for the sign; what is longer only repeats it, or is too large.
    const room = Math.ceil((logical.precision * Math.log2(10)) / 8) + 1;
    const unscaled = signed(bytes.subarray(Math.max(0, bytes.length - room)));
    const fill = unscaled < 0n ? 0xff : 0;
    const fits = bytes.subarray(0, Math.max(0, bytes.length - room)).every((byte) => byte === fill);
    if (fits && unscaled < limit && unscaled > -limit) return unscaled;
    throw new Malformed(`a decimal has more than its ${logical.precision} digits`);
  };
}

function signed(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
}

/** Microseconds. */
export function timestampReader(logical: Timestamp): Read<bigint> {
  if (logical.unit === 'micros') return (cursor) => cursor.long();
  return (cursor) => {
    const millis = cursor.long();
    const micros = millis * 1000n;
    if (BigInt.asIntN(64, micros) === micros) return micros;
    throw new Malformed(`the timestamp of ${millis} ms does not fit into 64 bits of microseconds`);
  };
}

/** Views of the block. */
export function bytesReader(type: PrimitiveType | FixedType): Read<Buffer> {
  if (type.kind === 'fixed') return (cursor) => cursor.view(type.size);
  return (cursor) => cursor.view(cursor.length());
}

export function enumReader(symbols: readonly string[]): Read<string> {
  return (cursor) => symbols[cursor.index(symbols.length, 'symbol')] ?? '';
}

/** Chooses the reader of the branch that the bytes name. */
export function branchReader<T>(readers: readonly Read<T>[]): Read<T> {
  return (cursor) => {
    const reader = readers[cursor.index(readers.length, 'branch')];
    if (reader === undefined) throw new Malformed('a branch does not exist');
    return reader(cursor);
  };
}

/** For a `switch` that has left the nested types to others. */
export function notScalar(type: AvroType): never {
  throw new TypeError(`${type.kind} is not a scalar type`);
}
