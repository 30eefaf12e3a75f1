import type { Capabilities, Dialect } from '../../src/warehouse/contract.js';
import { atomically } from './atomically.js';
import { literal, quoteIdentifier } from './quoting.js';
import { type BigQuerySettings, DEFAULTS } from './settings.js';
import { describeTransfer } from './transfer.js';
import { columnType, parseColumnType } from './types.js';

const capabilities: Omit<Capabilities, 'stagingExpiryHours'> = {
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
  // A transaction is one script, and that has at most 1 MB; a key of the source alone may have 1,024 bytes.
  maxTransactionRows: 500,
  dayPartitions: true,
  clustering: { by: 'keys', most: 4, never: ['bytes'] },
};

type Spelled = Pick<BigQuerySettings, 'stagingExpiryHours' | 'transfer' | 'loadChunk'>;

/** GoogleSQL as the default settings have it. Tables are named dataset and table; the project is the connection's. */
export const bigqueryDialect: Dialect = makeDialect(DEFAULTS);

const dialects = new WeakMap<BigQuerySettings, Dialect>();

/** One dialect for the same settings, so that its templates are compiled once. */
export function dialectFor(settings: BigQuerySettings): Dialect {
  const dialect = dialects.get(settings) ?? makeDialect(settings);
  dialects.set(settings, dialect);
  return dialect;
}

function makeDialect(settings: Spelled): Dialect {
  return {
    name: 'bigquery',
    capabilities: { ...capabilities, stagingExpiryHours: settings.stagingExpiryHours },
    quoteIdentifier,
    quoteTable: (table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
    literal,
    parameter: (name) => `@${name}`,
    columnType,
    storedType: columnType,
    parseColumnType,
    atomically,
    describeTransfer: (transfer) => describeTransfer(transfer, settings),
  };
}
