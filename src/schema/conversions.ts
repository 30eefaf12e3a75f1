import { type LogicalType, type TypeKind, sameType } from './logical-types.js';

/**
 * How a staged value becomes the value of its final column. Each is one template, `convert/<name>`, of the
 * dialect; `keep` is the column as it stands. `unparsable` gives NULL, and the value goes to the rejects.
 */
export type Conversion =
  | 'keep'
  | 'int64-to-float64'
  | 'bool-to-string'
  | 'int64-to-string'
  | 'float64-to-string'
  | 'decimal-to-string'
  | 'date-to-string'
  | 'timestamp-to-string'
  | 'decimal-to-decimal'
  | 'string-to-timestamp'
  | 'int64-to-timestamp'
  | 'date-to-timestamp'
  | 'unparsable'
  /** No file of the load feeds the column. */
  | 'null';

const TO_STRING: Readonly<Record<TypeKind, Conversion | undefined>> = {
  string: 'keep',
  bool: 'bool-to-string',
  int64: 'int64-to-string',
  float64: 'float64-to-string',
  decimal: 'decimal-to-string',
  date: 'date-to-string',
  timestamp: 'timestamp-to-string',
  bytes: undefined,
  json: undefined,
};

/** The lossless way from a type seen in a file into a column that has a type already; undefined: a conflict. */
export function losslessConversion(from: LogicalType, to: LogicalType): Conversion | undefined {
  if (sameType(from, to)) return 'keep';
  if (to.kind === 'string') return TO_STRING[from.kind];
  if (to.kind === 'float64' && from.kind === 'int64') return 'int64-to-float64';
  if (to.kind === 'decimal' && from.kind === 'decimal') {
    const fits = from.scale <= to.scale && from.precision - from.scale <= to.precision - to.scale;
    return fits ? 'decimal-to-decimal' : undefined;
  }
  return undefined;
}

const TO_TIMESTAMP: Readonly<Record<TypeKind, Conversion>> = {
  timestamp: 'keep',
  string: 'string-to-timestamp',
  int64: 'int64-to-timestamp',
  date: 'date-to-timestamp',
  bool: 'unparsable',
  float64: 'unparsable',
  decimal: 'unparsable',
  bytes: 'unparsable',
  json: 'unparsable',
};

/** The way into a known timestamp column, which takes every encoding. */
export function timestampConversion(from: LogicalType): Conversion {
  return TO_TIMESTAMP[from.kind];
}

/** True when the conversion can turn a value into NULL, so that its load has to look for rejected values. */
export function canReject(conversion: Conversion): boolean {
  return (
    conversion === 'string-to-timestamp' || conversion === 'int64-to-timestamp' || conversion === 'unparsable'
  );
}

/** Types a primary key column can have. */
export function canBeKey(type: LogicalType): boolean {
  return type.kind !== 'json' && type.kind !== 'float64';
}

/** The column beside `column` that takes values of a type `column` cannot hold, in order of preference. */
export function variantNames(column: string, type: LogicalType): readonly string[] {
  if (type.kind !== 'decimal') return [`${column}__${type.kind}`];
  return [`${column}__decimal`, `${column}__decimal_${type.precision}_${type.scale}`];
}
