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

/** NUMERIC holds so many digits after the point. */
const NUMERIC_MAX_SCALE = 9;
/** NUMERIC holds so many digits before the point. */
const NUMERIC_MAX_WHOLE_DIGITS = 29;

/** The native type of a column, staged or final. */
export function columnType(type: LogicalType): string {
  switch (type.kind) {
    case 'string':
      return 'STRING';
    case 'int64':
      return 'INT64';
    case 'float64':
      return 'FLOAT64';
    case 'bool':
      return 'BOOL';
    case 'bytes':
      return 'BYTES';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'decimal':
      return decimalType(type.precision, type.scale);
    case 'json':
      return 'JSON';
    default:
      return type satisfies never;
  }
}

function decimalType(precision: number, scale: number): string {
  const fits = scale <= NUMERIC_MAX_SCALE && precision - scale <= NUMERIC_MAX_WHOLE_DIGITS;
  return `${fits ? 'NUMERIC' : 'BIGNUMERIC'}(${precision}, ${scale})`;
}

const NATIVE: ReadonlyMap<string, LogicalType> = new Map([
  ['STRING', STRING],
  ['INT64', INT64],
  ['FLOAT64', FLOAT64],
  ['BOOL', BOOL],
  ['BYTES', BYTES],
  ['DATE', DATE],
  ['TIMESTAMP', TIMESTAMP],
  ['JSON', JSON_TYPE],
]);

/** Reads `data_type` of INFORMATION_SCHEMA.COLUMNS, where a scale of 0 may be left out. */
export function parseColumnType(native: string): LogicalType | undefined {
  const decimal = /^(NUMERIC|BIGNUMERIC)\((\d+)(?:, ?(\d+))?\)$/.exec(native);
  if (decimal === null) return NATIVE.get(native);
  const type = { kind: 'decimal', precision: Number(decimal[2]), scale: Number(decimal[3] ?? 0) } as const;
  return type.precision <= 38 && columnType(type).startsWith(`${decimal[1] ?? ''}(`) ? type : undefined;
}
