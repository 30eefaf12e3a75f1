import type { Capabilities, Dialect } from '../../src/warehouse/contract.js';
import { atomically } from './atomically.js';
import { literal, quoteIdentifier } from './quoting.js';
import { describeTransfer } from './transfer.js';
import { columnType, parseColumnType } from './types.js';

const capabilities: Capabilities = {
  // 1,024 bytes of UTF-8; final table names are ASCII.
  maxTableName: 1024,
  maxColumnName: 300,
  maxColumns: 10_000,
  reservedColumnPrefixes: [
    '_table_',
    '_file_',
    '_partition',
    '_row_timestamp',
    '__root__',
    '_colidentifier',
    '_change_sequence_number',
    '_change_type',
    '_change_timestamp',
  ],
  storedCase: 'as-is',
  singleProcess: false,
  rereadsFiles: false,
  maxInsertRows: 500,
};

/** GoogleSQL. Tables are named dataset and table; the project is the connection's. */
export const bigqueryDialect: Dialect = {
  name: 'bigquery',
  capabilities,
  quoteIdentifier,
  quoteTable: (table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
  literal,
  parameter: (name) => `@${name}`,
  columnType,
  parseColumnType,
  atomically,
  describeTransfer,
};
