import type { LogicalType } from '../../src/schema/logical-types.js';
import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
} from '../../src/schema/logical-types.js';

/** All 64-bit integers have at most so many digits; NUMBER is stored the same whatever its precision. */
const INT64_DIGITS = 19;

/** The native type of a column, staged or final. */
export function columnType(type: LogicalType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR';
    case 'int64':
      return `NUMBER(${INT64_DIGITS},0)`;
    case 'float64':
      return 'FLOAT';
    case 'bool':
      return 'BOOLEAN';
    case 'bytes':
      return 'BINARY';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP_NTZ(6)';
    case 'decimal':
      return decimalType(type.precision, type.scale);
    case 'json':
      return 'VARIANT';
    default:
      return type satisfies never;
  }
}

/** decimal(19,0) takes one digit more, so that the catalog tells it from int64; decimals widen without loss. */
function decimalType(precision: number, scale: number): string {
  const digits = scale === 0 && precision === INT64_DIGITS ? precision + 1 : precision;
  return `NUMBER(${digits},${scale})`;
}

const NATIVE: ReadonlyMap<string, LogicalType> = new Map([
  ['TEXT', STRING],
  ['VARCHAR', STRING],
  [`NUMBER(${INT64_DIGITS},0)`, INT64],
  ['FLOAT', FLOAT64],
  ['BOOLEAN', BOOL],
  ['BINARY', BYTES],
  ['DATE', DATE],
  ['TIMESTAMP_NTZ(6)', TIMESTAMP],
  ['VARIANT', JSON_TYPE],
]);

/** Reads what the query `observe/columns` makes of the catalog: numbers with their digits, timestamps with theirs. */
export function parseColumnType(native: string): LogicalType | undefined {
  const known = NATIVE.get(native);
  if (known !== undefined) return known;
  const decimal = /^NUMBER\((\d+),(\d+)\)$/.exec(native);
  return decimal === null
    ? undefined
    : { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
}
