import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBResultReader,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { unknownToStandIn } from './errors.js';
import { type Field, type Type, fieldOf } from './types.js';

/** Rows of a query as the service gives them. */
export interface ResultSet {
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

export function resultSet(reader: DuckDBResultReader): ResultSet {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, n) => ({ name, type: resultType(types[n]) }));
  return { columns, rows: reader.getRows() };
}

function resultType(type: DuckDBType | undefined): Type {
  const text = String(type);
  if (type?.alias === 'JSON' || text === 'JSON') return { name: 'JSON' };
  if (text.endsWith('[]')) {
    const element = TYPES[text.slice(0, -2)];
    if (element !== undefined) return { name: element, repeated: true };
  }
  if (text.startsWith('DECIMAL')) {
    const scale = Number(/,\s*(\d+)\)/.exec(text)?.[1] ?? 0);
    return { name: scale > 9 ? 'BIGNUMERIC' : 'NUMERIC' };
  }
  const name = TYPES[text];
  if (name === undefined) throw unknownToStandIn(`results of type ${text}`);
  return { name };
}

const TYPES: Readonly<Record<string, Type['name']>> = {
  TINYINT: 'INT64',
  SMALLINT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  HUGEINT: 'INT64',
  UBIGINT: 'INT64',
  // A bare NULL is an INT64 there.
  SQLNULL: 'INT64',
  '"NULL"': 'INT64',
  DOUBLE: 'FLOAT64',
  FLOAT: 'FLOAT64',
  VARCHAR: 'STRING',
  BOOLEAN: 'BOOL',
  BLOB: 'BYTES',
  DATE: 'DATE',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  TIMESTAMP: 'DATETIME',
};

export function schemaOf({ columns }: ResultSet): { readonly fields: readonly Field[] } {
  return { fields: columns.map(({ name, type }) => fieldOf(name, type, 'NULLABLE')) };
}

/** Rows in the shape of the REST API. `int64Timestamps`: microseconds instead of seconds with a fraction. */
export function restRows(
  { columns, rows }: ResultSet,
  int64Timestamps: boolean,
): readonly { readonly f: readonly { readonly v: unknown }[] }[] {
  return rows.map((row) => ({
    f: columns.map(({ type }, n) => ({ v: restValue(row[n] ?? null, type, int64Timestamps) })),
  }));
}

function restValue(value: DuckDBValue, type: Type, int64Timestamps: boolean): unknown {
  if (value instanceof DuckDBListValue) {
    return value.items.map((item) => ({ v: restValue(item, { name: type.name }, int64Timestamps) }));
  }
  if (value === null) return type.repeated === true ? [] : null;
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBDecimalValue) return withoutZeros(value.toString());
  if (value instanceof DuckDBTimestampTZValue) {
    return int64Timestamps ? value.micros.toString() : seconds(value.micros);
  }
  if (value instanceof DuckDBTimestampValue) return value.toString().replace(' ', 'T');
  if (typeof value === 'number' && type.name === 'FLOAT64') {
    return Number.isInteger(value) && Math.abs(value) < 1e16
      ? `${Object.is(value, -0) ? '-0' : value}.0`
      : String(value);
  }
  return String(value);
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function seconds(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const size = micros < 0n ? -micros : micros;
  return `${sign}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`;
}
