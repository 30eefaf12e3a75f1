import {
  type DuckDBAppender,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
} from '@duckdb/node-api';
import type { AvroRecordSchema } from '../../../scripts/support/avro-writer.js';
import type { Column } from './catalog.js';
import { type ServiceError, invalid } from './errors.js';
import type { Type } from './types.js';

/** Appends one value, never null, to a row. */
type Append = (appender: DuckDBAppender, value: unknown) => void;

export interface AvroColumn {
  readonly name: string;
  readonly type: Type;
  readonly nullable: boolean;
  readonly append: Append;
}

interface AvroType {
  readonly type: string;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly sqlType?: string;
}

export interface AvroReading {
  readonly useAvroLogicalTypes: boolean;
  /** Columns by lower-case name whose type is already settled, by the job's schema or by the table. */
  readonly settled: ReadonlyMap<string, Column>;
}

/** The columns of a file as a load job takes them. Throws where their types do not fit what is settled. */
export function avroColumns(schema: AvroRecordSchema, reading: AvroReading): readonly AvroColumn[] {
  return schema.fields.map((field) => {
    const branches = Array.isArray(field.type) ? (field.type as unknown[]) : [field.type];
    const others = branches.filter((branch) => branch !== 'null');
    if (others.length !== 1) throw invalid(`Unsupported union of field ${field.name}`);
    const avro = plain(others[0]);
    const settled = reading.settled.get(field.name.toLowerCase())?.type;
    const type = settled ?? natural(avro, reading.useAvroLogicalTypes);
    const append = appending(avro, type, reading.useAvroLogicalTypes);
    if (append === undefined) throw mismatch(field.name, avro, type);
    return { name: field.name, type, nullable: branches.length > 1, append };
  });
}

function plain(type: unknown): AvroType {
  if (typeof type === 'string') return { type };
  return type as AvroType;
}

function mismatch(name: string, avro: AvroType, type: Type): ServiceError {
  const found = avro.logicalType === undefined ? avro.type : `${avro.type} (${avro.logicalType})`;
  return invalid(
    `Error while reading data, error message: Field ${name} of the Avro file has type ${found}, which cannot be loaded into a column of type ${type.name}`,
  );
}

function natural(avro: AvroType, logical: boolean): Type {
  const kind = logical ? avro.logicalType : undefined;
  if (kind === 'date') return { name: 'DATE' };
  if (kind === 'timestamp-micros' || kind === 'timestamp-millis') return { name: 'TIMESTAMP' };
  if (kind === 'decimal') {
    const scale = avro.scale ?? 0;
    return { name: scale <= 9 && (avro.precision ?? 0) - scale <= 29 ? 'NUMERIC' : 'BIGNUMERIC' };
  }
  if (avro.sqlType === 'JSON') return { name: 'JSON' };
  const name = NATURAL[avro.type];
  if (name === undefined) throw invalid(`Unsupported Avro type ${avro.type}`);
  return { name };
}

const NATURAL: Readonly<Record<string, Type['name']>> = {
  boolean: 'BOOL',
  int: 'INT64',
  long: 'INT64',
  float: 'FLOAT64',
  double: 'FLOAT64',
  bytes: 'BYTES',
  fixed: 'BYTES',
  string: 'STRING',
  enum: 'STRING',
};

function appending(avro: AvroType, type: Type, logical: boolean): Append | undefined {
  const kind = logical ? avro.logicalType : undefined;
  switch (type.name) {
    case 'INT64':
      return isInteger(avro) && kind === undefined ? appendInteger : undefined;
    case 'FLOAT64':
      return avro.type === 'double' || avro.type === 'float' ? appendDouble : undefined;
    case 'BOOL':
      return avro.type === 'boolean'
        ? (appender, value) => {
            appender.appendBoolean(value as boolean);
          }
        : undefined;
    case 'STRING':
      return isText(avro) ? appendText : undefined;
    case 'JSON':
      return isText(avro) ? appendJson : undefined;
    case 'BYTES':
      return isBytes(avro) && kind === undefined
        ? (appender, value) => {
            appender.appendBlob(value as Buffer);
          }
        : undefined;
    case 'DATE':
      return kind === 'date' ? appendDate : undefined;
    case 'TIMESTAMP':
      if (kind === 'timestamp-micros') return appendTimestamp(1n);
      return kind === 'timestamp-millis' ? appendTimestamp(1000n) : undefined;
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return kind === 'decimal' && isBytes(avro) ? appendDecimal(avro, type) : undefined;
    case 'DATETIME':
      return undefined;
    default:
      return type.name satisfies never;
  }
}

const isInteger = ({ type }: AvroType): boolean => type === 'int' || type === 'long';
const isText = ({ type }: AvroType): boolean => type === 'string' || type === 'enum';
const isBytes = ({ type }: AvroType): boolean => type === 'bytes' || type === 'fixed';

const appendInteger: Append = (appender, value) => {
  appender.appendBigInt(BigInt(value as number | bigint));
};
const appendDouble: Append = (appender, value) => {
  appender.appendDouble(value as number);
};
const appendText: Append = (appender, value) => {
  appender.appendVarchar(value as string);
};
const appendJson: Append = (appender, value) => {
  try {
    JSON.parse(value as string);
  } catch {
    throw invalid('Error while reading data, error message: Invalid JSON value');
  }
  appender.appendVarchar(value as string);
};
const appendDate: Append = (appender, value) => {
  const days = Number(value);
  if (days < -719_162 || days > 2_932_896) throw invalid(`Invalid date value ${days}`);
  appender.appendDate(new DuckDBDateValue(days));
};

function appendTimestamp(unit: bigint): Append {
  return (appender, value) => {
    const micros = (value as bigint) * unit;
    if (micros < -62_135_596_800_000_000n || micros > 253_402_300_799_999_999n) {
      throw invalid(`Error while reading data, error message: Invalid timestamp value ${micros}`);
    }
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(micros));
  };
}

function appendDecimal(avro: AvroType, type: Type): Append {
  const from = avro.scale ?? 0;
  const [precision, scale] = [
    type.precision ?? 38,
    type.scale ?? (type.precision === undefined ? (type.name === 'NUMERIC' ? 9 : 18) : 0),
  ];
  return (appender, value) => {
    let unscaled = 0n;
    const bytes = value as Buffer;
    for (const byte of bytes) unscaled = (unscaled << 8n) | BigInt(byte);
    unscaled = BigInt.asIntN(8 * bytes.length, unscaled);
    if (scale < from && unscaled % 10n ** BigInt(from - scale) !== 0n)
      throw invalid('Numeric value would be rounded');
    const scaled =
      scale >= from ? unscaled * 10n ** BigInt(scale - from) : unscaled / 10n ** BigInt(from - scale);
    if (String(scaled).replace('-', '').length > precision) throw invalid('Numeric value is out of range');
    appender.appendDecimal(new DuckDBDecimalValue(scaled, precision, scale));
  };
}
