import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  type LogicalType,
  MAX_DECIMAL_PRECISION,
  STRING,
  TIMESTAMP,
} from '../schema/logical-types.js';
import {
  type AvroType,
  type LogicalAnnotation,
  type RecordType,
  isNested,
  valueBranches,
} from './avro-type.js';
import type { AvroColumn } from './types.js';

/** The columns of a file, in field order. Names stay as written; that some differ in case only is not judged here. */
export function columnsOf(record: RecordType): readonly AvroColumn[] {
  return record.fields.map(({ name, type }) => ({
    name,
    type: columnType(type),
    ...(isRespelled(type) ? { isRespelled: true } : {}),
  }));
}

/** A union of several scalars, or a decimal that is too wide for one. */
function isRespelled(type: AvroType): boolean {
  if (columnType(type).kind !== 'string') return false;
  return valueBranches(type).some((branch) => branch.kind !== 'string' && branch.kind !== 'enum');
}

/**
 * THE type map.
 *
 * | Avro | logical type |
 * |---|---|
 * | string, enum, string with `uuid` | string |
 * | int, long, also with `time-millis`, `time-micros`, `timestamp-nanos` (the raw number) | int64 |
 * | float, double | float64 |
 * | boolean | bool |
 * | bytes, fixed, also with `duration` or `uuid` | bytes |
 * | int with `date` | date |
 * | long with `timestamp-millis`, `timestamp-micros`, `local-timestamp-millis`, `local-timestamp-micros` | timestamp |
 * | bytes or fixed with `decimal`, precision up to 38 | decimal(precision,scale) |
 * | bytes or fixed with `decimal`, precision above 38 | string |
 * | record, array, map | json |
 * | union of null and one type, or of one type alone | that type |
 * | union with two or more types besides null, one of them a record, array or map | json |
 * | union with two or more types besides null, several numbers too | string |
 * | null, union of null alone | string |
 *
 * A `logicalType` that is unknown, on the wrong type, or has invalid attributes is ignored, as Avro demands.
 */
export function columnType(type: AvroType): LogicalType {
  switch (type.kind) {
    case 'null':
    case 'string':
    case 'enum':
      return STRING;
    case 'boolean':
      return BOOL;
    case 'int':
    case 'long':
      return annotationType(type.logical) ?? INT64;
    case 'float':
    case 'double':
      return FLOAT64;
    case 'bytes':
    case 'fixed':
      return annotationType(type.logical) ?? BYTES;
    case 'record':
    case 'array':
    case 'map':
      return JSON_TYPE;
    case 'union':
      return unionType(valueBranches(type));
  }
}

function annotationType(logical: LogicalAnnotation | undefined): LogicalType | undefined {
  switch (logical?.kind) {
    case undefined:
      return undefined;
    case 'date':
      return DATE;
    case 'timestamp':
      return TIMESTAMP;
    case 'decimal':
      return logical.precision > MAX_DECIMAL_PRECISION ? STRING : logical;
  }
}

function unionType(branches: readonly AvroType[]): LogicalType {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return columnType(only);
  return branches.some(isNested) ? JSON_TYPE : STRING;
}
