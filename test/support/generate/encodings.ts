import * as fc from 'fast-check';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { textOf } from '../model.js';
import { INTEGER_TIMES, TEXT_TIMES } from './times.js';

/** A value as it is written and as a reader has to see it. */
export interface Cell {
  readonly avro: unknown;
  readonly value: Value;
}

export const NULL_CELL: Cell = { avro: null, value: null };

/** One way of writing a column in Avro. */
export interface Encoding {
  readonly type: LogicalType;
  /** Branches beside null; `name` makes names of named types differ between columns. */
  readonly branches: (name: string) => readonly unknown[];
  readonly cells: readonly Cell[];
}

const same = (values: readonly Exclude<Value, null>[]): readonly Cell[] =>
  values.map((value) => ({ avro: value, value }));

const plain = (avro: unknown, type: LogicalType, values: readonly Exclude<Value, null>[]): Encoding => ({
  type,
  branches: () => [avro],
  cells: same(values),
});

const STRING: LogicalType = { kind: 'string' };
const INT64: LogicalType = { kind: 'int64' };
const FLOAT64: LogicalType = { kind: 'float64' };
const BOOL: LogicalType = { kind: 'bool' };
const TIMESTAMP: LogicalType = { kind: 'timestamp' };
const BYTES: LogicalType = { kind: 'bytes' };

const TEXTS = [
  '',
  ' two  ',
  "it's",
  'quote " and \\',
  '1',
  'true',
  '日本\n語',
  '2024-02-29 12:00:00',
  'NULL',
  'nan',
];
const INTS = [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n)];
const LONGS = [...INTS, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const DOUBLES = [
  0, 1, -2.5, 0.1, 1e15, 1e16, 123_456.789, 0.0001, 0.00001, 1e22, 5e-324, 1.7976931348623157e308,
];
const MICROS = [0n, 1n, -1n, 1_709_251_199_123_456n, -2_208_988_800_000_000n, 4_102_444_799_999_999n];
const DAYS = [0n, -1n, 19_782n, 19_783n, 47_481n];

const long = plain('long', INT64, LONGS);
const string = plain('string', STRING, TEXTS);

const mixed = (
  branches: readonly unknown[],
  types: readonly [LogicalType, readonly Exclude<Value, null>[]][],
): Encoding => ({
  type: STRING,
  branches: () => branches,
  cells: types.flatMap(([type, values]) =>
    values.map((value) => ({ avro: value, value: textOf(value, type) })),
  ),
});

const enumeration: Encoding = {
  type: STRING,
  branches: (name) => [{ type: 'enum', name: `Enum_${name}`, symbols: ['LOW', 'HIGH'] }],
  cells: same(['LOW', 'HIGH']),
};

const fixed: Encoding = {
  type: BYTES,
  branches: (name) => [{ type: 'fixed', name: `Fixed_${name}`, size: 2 }],
  cells: same([Uint8Array.of(0, 255), Uint8Array.of(39, 92)]),
};

const millis: Encoding = {
  type: TIMESTAMP,
  branches: () => [{ type: 'long', logicalType: 'timestamp-millis' }],
  cells: [0n, -1n, 1_709_251_199_123n].map((avro) => ({ avro, value: avro * 1000n })),
};

const micros = (logicalType: string): Encoding => plain({ type: 'long', logicalType }, TIMESTAMP, MICROS);

const decimal: Encoding = {
  type: { kind: 'decimal', precision: 12, scale: 2 },
  branches: () => [{ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }],
  cells: [
    { avro: Uint8Array.of(0), value: 0n },
    { avro: Uint8Array.of(0xfb), value: -5n },
    { avro: Uint8Array.of(0x04, 0xd2), value: 1234n },
    { avro: Uint8Array.of(0x00, 0xe8, 0xd4, 0xa5, 0x0f, 0xff), value: 999_999_999_999n },
  ],
};

const jsonArray: Encoding = {
  type: { kind: 'json' },
  branches: () => [{ type: 'array', items: 'long' }],
  cells: [
    { avro: [], value: '[]' },
    { avro: [1n, 2n ** 53n + 1n], value: '[1,9007199254740993]' },
  ],
};

const jsonRecord: Encoding = {
  type: { kind: 'json' },
  branches: (name) => [
    {
      type: 'record',
      name: `Record_${name}`,
      fields: [
        { name: 'n', type: 'long' },
        { name: 's', type: ['null', 'string'] },
      ],
    },
  ],
  cells: [
    { avro: { n: 1n, s: null }, value: '{"n":1,"s":null}' },
    { avro: { n: -7n, s: 'a "b"' }, value: '{"n":-7,"s":"a \\"b\\""}' },
  ],
};

/** Everything a property may be written as. */
export const PROPERTY_ENCODINGS: readonly Encoding[] = [
  string,
  enumeration,
  plain('int', INT64, INTS),
  long,
  plain('float', FLOAT64, [0.5, -1.5, Math.fround(0.1), Math.fround(1e20)]),
  plain('double', FLOAT64, DOUBLES),
  plain('boolean', BOOL, [true, false]),
  plain('bytes', BYTES, [Uint8Array.of(), Uint8Array.of(0, 1, 255)]),
  fixed,
  plain({ type: 'int', logicalType: 'date' }, { kind: 'date' }, DAYS),
  millis,
  micros('timestamp-micros'),
  micros('local-timestamp-micros'),
  decimal,
  jsonArray,
  jsonRecord,
  mixed(
    ['long', 'string'],
    [
      [INT64, LONGS],
      [STRING, TEXTS],
    ],
  ),
  mixed(
    ['double', 'boolean'],
    [
      [FLOAT64, DOUBLES],
      [BOOL, [true, false]],
    ],
  ),
];

/** Everything a known timestamp may be written as; text and integers, the usual ones, more than once. */
export const TIME_ENCODINGS: readonly Encoding[] = [
  plain('string', STRING, TEXT_TIMES),
  plain('string', STRING, TEXT_TIMES),
  plain('long', INT64, INTEGER_TIMES),
  plain('long', INT64, INTEGER_TIMES),
  ...PROPERTY_ENCODINGS,
];

/** Cells of an encoding, a NULL now and then. */
export function cellsOf(encoding: Encoding): fc.Arbitrary<Cell> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...encoding.cells) },
    { weight: 1, arbitrary: fc.constant(NULL_CELL) },
  );
}

/** Keys from so small a set that duplicates are common; the same key is NULL now and then. */
export const LONG_KEY: Encoding = plain('long', INT64, [1n, 2n, 3n, 2n ** 53n + 1n]);
export const STRING_KEY: Encoding = plain('string', STRING, ['a', 'A', ' a', '']);
