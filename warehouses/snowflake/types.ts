import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  type LogicalType,
  STRING,
  TIMESTAMP,
  sameType,
} from '../../src/schema/logical-types.js';
import { literal } from './quoting.js';

/** What BIGINT and every other integer type of Snowflake's is. */
const INTEGER = 'NUMBER(38,0)';
const WIDEST_WHOLE: LogicalType = { kind: 'decimal', precision: 38, scale: 0 };
/** In the comment of a column of {@link WIDEST_WHOLE}: the catalog shows the numbers of int64 for it. */
const WIDEST_WHOLE_MARK = 'heapload: decimal(38,0)';

/** The native type of a value or of a staged column. */
export function columnType(type: LogicalType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR';
    case 'int64':
      return INTEGER;
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
      return `NUMBER(${type.precision},${type.scale})`;
    case 'json':
      return 'VARIANT';
    default:
      return type satisfies never;
  }
}

/** How the type of a column that lasts is declared. */
export function storedType(type: LogicalType): string {
  const native = columnType(type);
  return sameType(type, WIDEST_WHOLE) ? `${native} COMMENT ${literal(WIDEST_WHOLE_MARK)}` : native;
}

const NATIVE: ReadonlyMap<string, LogicalType> = new Map([
  ['TEXT', STRING],
  ['VARCHAR', STRING],
  [INTEGER, INT64],
  [storedType(WIDEST_WHOLE), WIDEST_WHOLE],
  ['FLOAT', FLOAT64],
  ['BOOLEAN', BOOL],
  ['BINARY', BYTES],
  ['DATE', DATE],
  ['TIMESTAMP_NTZ(6)', TIMESTAMP],
  // By its documentation the catalog does not show the digits of a timestamp.
  ['TIMESTAMP_NTZ', TIMESTAMP],
  ['VARIANT', JSON_TYPE],
]);

/** Reads what the query `observe/columns` makes of the catalog: types as {@link storedType} declares them. */
export function parseColumnType(native: string): LogicalType | undefined {
  const known = NATIVE.get(native);
  if (known !== undefined) return known;
  const decimal = /^NUMBER\((\d+),(\d+)\)$/.exec(native);
  return decimal === null
    ? undefined
    : { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
}
