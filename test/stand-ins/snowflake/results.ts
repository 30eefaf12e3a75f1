import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBResultReader,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { snowflakeName } from './sql/names.js';
import { prettyJson } from './pretty-json.js';

/** A column of a result as the driver is told of it. */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly length: number | null;
  readonly nullable: boolean;
}

/** What a statement answers; values are texts, as in Snowflake's JSON results. */
export interface Result {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Snowflake's number for the kind of the statement. */
  readonly statementType: number;
}

export const STATEMENT_TYPES = {
  select: 0x1000,
  explain: 0x2000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  copy: 0x3600,
  session: 0x4000,
  transaction: 0x5000,
  ddl: 0x6000,
  file: 0x7000,
} as const;

const BARE = { precision: null, scale: null, length: null, nullable: true } as const;

export const textColumn = (name: string): ResultColumn => ({
  ...BARE,
  name,
  type: 'text',
  length: 16_777_216,
});

export const numberColumn = (name: string): ResultColumn => ({
  ...BARE,
  name,
  type: 'fixed',
  precision: 18,
  scale: 0,
});

/** One line of text, as of DDL. */
export function statusResult(text: string, statementType: number): Result {
  return { columns: [textColumn('status')], rows: [[text]], statementType };
}

/** How many rows were changed, as of DML. */
export function countsResult(counts: Readonly<Record<string, number>>, statementType: number): Result {
  const columns = Object.keys(counts).map(numberColumn);
  return { columns, rows: [Object.values(counts).map(String)], statementType };
}

/** Rows of the engine. */
export function queryResult(reader: DuckDBResultReader, statementType: number): Result {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, place) => columnOf(snowflakeName(name), types[place]));
  const rows = reader.getRows().map((row) => row.map((value, place) => valueText(value, types[place])));
  return { columns, rows, statementType };
}

const FRACTIONS: Readonly<Record<string, number>> = {
  TIMESTAMP_S: 0,
  TIMESTAMP_MS: 3,
  TIMESTAMP: 6,
  TIMESTAMP_NS: 9,
};

function columnOf(name: string, type: DuckDBType | undefined): ResultColumn {
  if (type?.alias === 'JSON') return { ...BARE, name, type: 'variant' };
  const written = String(type);
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(written);
  if (decimal !== null) {
    return { ...BARE, name, type: 'fixed', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  }
  const fraction = FRACTIONS[written];
  if (fraction !== undefined) return { ...BARE, name, type: 'timestamp_ntz', precision: 0, scale: fraction };
  switch (written) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'HUGEINT':
    case 'UBIGINT':
      return { ...BARE, name, type: 'fixed', precision: written === 'HUGEINT' ? 38 : 19, scale: 0 };
    case 'DOUBLE':
      return { ...BARE, name, type: 'real' };
    case 'BOOLEAN':
      return { ...BARE, name, type: 'boolean' };
    case 'DATE':
      return { ...BARE, name, type: 'date' };
    case 'BLOB':
      return { ...BARE, name, type: 'binary', length: 8_388_608 };
    case 'VARCHAR':
    case '"NULL"':
      return { ...textColumn(name) };
    default:
      throw new Error(`no result of Snowflake's has a column of the type ${written}`);
  }
}

function valueText(value: DuckDBValue | undefined, type: DuckDBType | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return type?.alias === 'JSON' ? prettyJson(value) : value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBDateValue) return value.days.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex').toUpperCase();
  if (value instanceof DuckDBTimestampValue) return secondsText(value.micros, 6);
  if (value instanceof DuckDBTimestampMillisecondsValue) return secondsText(value.millis, 3);
  if (value instanceof DuckDBTimestampSecondsValue) return secondsText(value.seconds, 0);
  if (value instanceof DuckDBTimestampNanosecondsValue) return secondsText(value.nanos, 9);
  throw new Error(`no value of Snowflake's is a ${value.constructor.name}`);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : value.toString();
}

/** Seconds with a fraction, however far from 1970. */
function secondsText(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`;
}
