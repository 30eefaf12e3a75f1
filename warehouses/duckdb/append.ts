import type { DuckDBAppender } from '@duckdb/node-api';
import { DuckDBDateValue, DuckDBDecimalValue, DuckDBTimestampValue } from '@duckdb/node-api';
import type { LogicalType } from '../../src/schema/logical-types.js';
import type { Value } from '../../src/schema/values.js';

/** Appends one value; the caller has made sure that it is of that type. */
export function appendValue(appender: DuckDBAppender, logical: LogicalType, value: Value): void {
  if (value === null) {
    appender.appendNull();
    return;
  }
  switch (logical.kind) {
    case 'string':
    case 'json':
      appender.appendVarchar(value as string);
      return;
    case 'int64':
      appender.appendBigInt(value as bigint);
      return;
    case 'float64':
      appender.appendDouble(value as number);
      return;
    case 'bool':
      appender.appendBoolean(value as boolean);
      return;
    case 'bytes':
      appender.appendBlob(value as Uint8Array);
      return;
    case 'date':
      appender.appendDate(new DuckDBDateValue(Number(value)));
      return;
    case 'timestamp':
      appender.appendTimestamp(new DuckDBTimestampValue(value as bigint));
      return;
    case 'decimal':
      appender.appendDecimal(new DuckDBDecimalValue(value as bigint, logical.precision, logical.scale));
      return;
    default:
      logical satisfies never;
  }
}
