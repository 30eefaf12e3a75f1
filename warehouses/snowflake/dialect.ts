import type { Capabilities, Dialect, Statement } from '../../src/warehouse/contract.js';
import { parameter } from './parameters.js';
import { literal, quoteIdentifier } from './quoting.js';
import { describeTransfer } from './transfer.js';
import { columnType, parseColumnType } from './types.js';

const capabilities: Capabilities = {
  maxTableName: 255,
  maxColumnName: 255,
  // Not a documented limit of Snowflake: what the other warehouses take, so that a table fits all of them.
  maxColumns: 10_000,
  reservedColumnPrefixes: [],
  storedCase: 'upper',
  singleProcess: false,
  maxInsertRows: 500,
  maxTransactionRows: undefined,
  dayPartitions: false,
  stagingExpiryHours: undefined,
};

/** Snowflake SQL. Tables are named schema and table; the database is the connection's. */
export const snowflakeDialect: Dialect = {
  name: 'snowflake',
  capabilities,
  quoteIdentifier,
  quoteTable: (table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
  literal,
  parameter,
  columnType,
  parseColumnType,
  atomically,
  describeTransfer,
};

/** No DDL among the statements: it would commit what came before it. */
function atomically(statements: readonly Statement[]): readonly Statement[] {
  const bare = { kind: 'statement', parameters: [] } as const;
  return [
    { ...bare, sql: 'BEGIN TRANSACTION', transaction: 'begin' },
    ...statements.map((statement) => ({ ...statement, transaction: 'within' }) as const),
    { ...bare, sql: 'COMMIT', transaction: 'commit' },
  ];
}
