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
import type {
  Capabilities,
  Dialect,
  LiteralValue,
  Statement,
  Transfer,
} from '../../src/warehouse/contract.js';

const capabilities: Capabilities = {
  maxTableName: 255,
  maxColumnName: 1000,
  maxColumns: 10_000,
  reservedColumnPrefixes: [],
  storedCase: 'as-is',
  singleProcess: true,
  rereadsFiles: true,
  maxInsertRows: 500,
  maxTransactionRows: undefined,
  dayPartitions: false,
  clustering: undefined,
  stagingExpiryHours: undefined,
};

export const duckdbDialect: Dialect = {
  name: 'duckdb',
  capabilities,
  quoteIdentifier,
  quoteTable: (table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
  literal,
  parameter: (name) => `$${name}`,
  columnType,
  storedType: columnType,
  parseColumnType,
  atomically,
  describeTransfer,
};

/** With `staging: table`. */
export const tableDialect: Dialect = {
  ...duckdbDialect,
  capabilities: { ...capabilities, rereadsFiles: false },
};

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: LiteralValue): string {
  switch (typeof value) {
    case 'string':
      // chr(0) cannot stand in a SQL text.
      return value.includes('\0')
        ? `(${value.split('\0').map(quoted).join(' || chr(0) || ')})`
        : quoted(value);
    case 'bigint':
    case 'number':
      return value.toString();
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    default:
      return 'NULL';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function columnType(type: LogicalType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR';
    case 'int64':
      return 'BIGINT';
    case 'float64':
      return 'DOUBLE';
    case 'bool':
      return 'BOOLEAN';
    case 'bytes':
      return 'BLOB';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'json':
      return 'JSON';
    default:
      return type satisfies never;
  }
}

const NATIVE: ReadonlyMap<string, LogicalType> = new Map([
  ['VARCHAR', STRING],
  ['BIGINT', INT64],
  ['DOUBLE', FLOAT64],
  ['BOOLEAN', BOOL],
  ['BLOB', BYTES],
  ['DATE', DATE],
  ['TIMESTAMP', TIMESTAMP],
  ['JSON', JSON_TYPE],
]);

function parseColumnType(native: string): LogicalType | undefined {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(native);
  if (decimal !== null) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  return NATIVE.get(native);
}

function atomically(statements: readonly Statement[]): readonly Statement[] {
  const bare = { kind: 'statement', parameters: [] } as const;
  return [
    { ...bare, sql: 'BEGIN TRANSACTION', transaction: 'begin' },
    ...statements.map((statement) => ({ ...statement, transaction: 'within' }) as const),
    { ...bare, sql: 'COMMIT', transaction: 'commit' },
  ];
}

function describeTransfer(transfer: Omit<Transfer, 'preview'>): string {
  const table = duckdbDialect.quoteTable(transfer.into);
  const files = transfer.files.map(
    (file) => `  ${file.index}: ${JSON.stringify(file.key).slice(1, -1)} (${file.size} bytes)`,
  );
  return [`append ${transfer.files.length} Avro files to ${table}, rows in file order:`, ...files].join('\n');
}
