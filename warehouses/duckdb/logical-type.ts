import duckdb from '@duckdb/node-bindings';
import type { LogicalType } from '../../src/schema/logical-types.js';

/** The type of a staged column, as DuckDB knows it. */
export function logicalType(type: LogicalType): duckdb.LogicalType {
  const plain = duckdb.Type;
  switch (type.kind) {
    case 'string':
      return duckdb.create_logical_type(plain.VARCHAR);
    case 'json': {
      const json = duckdb.create_logical_type(plain.VARCHAR);
      duckdb.logical_type_set_alias(json, 'JSON');
      return json;
    }
    case 'int64':
      return duckdb.create_logical_type(plain.BIGINT);
    case 'float64':
      return duckdb.create_logical_type(plain.DOUBLE);
    case 'bool':
      return duckdb.create_logical_type(plain.BOOLEAN);
    case 'bytes':
      return duckdb.create_logical_type(plain.BLOB);
    case 'date':
      return duckdb.create_logical_type(plain.DATE);
    case 'timestamp':
      return duckdb.create_logical_type(plain.TIMESTAMP);
    case 'decimal':
      return duckdb.create_decimal_type(type.precision, type.scale);
  }
}
