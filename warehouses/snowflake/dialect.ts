import type { Capabilities, Dialect, Statement } from '../../src/warehouse/contract.js';
import { fileStage } from './file-stage.js';
import { parameter } from './parameters.js';
import { literal, quoteIdentifier } from './quoting.js';
import { CONTAINER_BYTES, type SnowflakeSettings } from './settings.js';
import { describeTransfer, externalParts, putParts } from './transfer.js';
import { columnType, parseColumnType, storedType } from './types.js';

const capabilities: Omit<Capabilities, 'clustering'> = {
  maxTableName: 255,
  maxColumnName: 255,
  // Not a documented limit of Snowflake: what the other warehouses take, so that a table fits all of them.
  maxColumns: 10_000,
  reservedColumnPrefixes: [],
  storedCase: 'upper',
  singleProcess: false,
  rereadsFiles: false,
  maxInsertRows: 500,
  maxTransactionRows: undefined,
  dayPartitions: false,
  stagingExpiryHours: undefined,
};

/** What of the settings shows in the SQL. */
type Spelled = Pick<SnowflakeSettings, 'transfer' | 'database' | 'clusterBy'>;

const DEFAULTS: Spelled = {
  transfer: { kind: 'put', stage: undefined, containerBytes: CONTAINER_BYTES, spoolDirectory: undefined },
  database: '',
  clusterBy: {},
};

const made = new WeakMap<Spelled, Dialect>();

/** Snowflake SQL. Tables are named schema and table; the database is the connection's. One for each settings. */
export function snowflakeDialect(settings: Spelled = DEFAULTS): Dialect {
  const dialect = made.get(settings) ?? makeDialect(settings);
  made.set(settings, dialect);
  return dialect;
}

function makeDialect(settings: Spelled): Dialect {
  const { transfer, clusterBy } = settings;
  const stage = fileStage(settings);
  return {
    name: 'snowflake',
    capabilities: { ...capabilities, clustering: { by: 'request', tables: clusterBy, never: ['json'] } },
    quoteIdentifier,
    quoteTable: (table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
    literal,
    parameter,
    columnType,
    storedType,
    parseColumnType,
    atomically,
    describeTransfer: (bare) => describeTransfer(bare, settings),
    splitTransfer: (bare) =>
      transfer.kind === 'put'
        ? putParts(bare, stage, transfer.containerBytes)
        : externalParts(bare, transfer.prefix),
    fileStage: stage,
  };
}

/** No DDL among the statements: it would commit what came before it. */
function atomically(statements: readonly Statement[]): readonly Statement[] {
  const bare = { kind: 'statement', parameters: [] } as const;
  return [
    { ...bare, sql: 'BEGIN TRANSACTION', transaction: 'begin' },
    ...statements.map((statement) => ({ ...statement, transaction: 'within' }) as const),
    { ...bare, sql: 'COMMIT', transaction: 'commit' },
  ];
}
