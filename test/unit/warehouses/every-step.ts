import { COUNTERS } from '../../../src/render/contexts.js';
import { createEngine } from '../../../src/render/engine.js';
import { sqlHelpers } from '../../../src/render/helpers.js';
import { renderObservation } from '../../../src/render/observation.js';
import type { RenderSettings } from '../../../src/render/make.js';
import { stepOperations } from '../../../src/render/statements.js';
import { templatesOf } from '../../../src/render/templates.js';
import { LEDGER, LEDGER_COLUMNS, type LedgerTable } from '../../../src/plan/ledger.js';
import type { AssignedColumn, PlannedFile, Publish, Source, Step } from '../../../src/plan/steps.js';
import type { Conversion } from '../../../src/schema/conversions.js';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
} from '../../../src/schema/logical-types.js';
import type { Dialect, Operation } from '../../../src/warehouse/contract.js';

/** One step of each kind, `publish` in each of its shapes, for tests that render all a dialect can be asked for. */

/** Text that ends literals, comments and statements where a dialect lets it. */
export const HOSTILE = `'; DROP TABLE x; -- \\' \\\\' " \` */ \n\r\t\0\u2028 @run_id :1 ? $a 🙂`;

export const DECIMAL: LogicalType = { kind: 'decimal', precision: 12, scale: 2 };
const WHOLE_DECIMAL: LogicalType = { kind: 'decimal', precision: 38, scale: 0 };
const WIDE_DECIMAL: LogicalType = { kind: 'decimal', precision: 38, scale: 20 };

const LOAD = {
  loadId: '43/users',
  dumpId: 43n,
  table: 'users',
  sourceTable: `users${HOSTILE}`,
  incremental: true,
} as const;

interface Staged {
  readonly column: string;
  readonly to: LogicalType;
  readonly sources: readonly {
    readonly staged: string;
    readonly from: LogicalType;
    readonly conversion: Conversion;
  }[];
  readonly keptFor?: AssignedColumn['keptFor'];
}

const one = (column: string, from: LogicalType, to: LogicalType, conversion: Conversion): Staged => ({
  column,
  to,
  sources: [{ staged: column, from, conversion }],
});

/** Final columns, between them every conversion; some are named like the aliases of the templates. */
const COLUMNS: readonly Staged[] = [
  one('user_id', INT64, INT64, 'keep'),
  one('source', STRING, STRING, 'keep'),
  one('target', BOOL, STRING, 'bool-to-string'),
  one('typed', INT64, STRING, 'int64-to-string'),
  one('staged', FLOAT64, STRING, 'float64-to-string'),
  one('ranked', DECIMAL, STRING, 'decimal-to-string'),
  one('order', DATE, STRING, 'date-to-string'),
  one('rows', TIMESTAMP, STRING, 'timestamp-to-string'),
  one('file', INT64, FLOAT64, 'int64-to-float64'),
  one('price', DECIMAL, WIDE_DECIMAL, 'decimal-to-decimal'),
  one('payload', JSON_TYPE, JSON_TYPE, 'keep'),
  one('blob', BYTES, BYTES, 'keep'),
  {
    column: 'time',
    to: TIMESTAMP,
    sources: [
      { staged: 'time', from: STRING, conversion: 'string-to-timestamp' },
      { staged: 'time__int64', from: INT64, conversion: 'int64-to-timestamp' },
      { staged: 'time__timestamp', from: TIMESTAMP, conversion: 'keep' },
    ],
    keptFor: [
      { first: 0, last: 0 },
      { first: 3, last: 5 },
    ],
  },
  one('joindate', DATE, TIMESTAMP, 'date-to-timestamp'),
  one('last_modified', JSON_TYPE, TIMESTAMP, 'unparsable'),
  one('session_time', BYTES, TIMESTAMP, 'unparsable'),
  one('odd_time', FLOAT64, TIMESTAMP, 'unparsable'),
  { column: 'diverted', to: BOOL, sources: [] },
];

const ASSIGNED: readonly AssignedColumn[] = COLUMNS.map(({ column, to, sources, keptFor }) => ({
  name: column,
  origin: column,
  type: to,
  sources,
  keptFor: keptFor ?? [],
}));

const STAGED_COLUMNS = COLUMNS.flatMap((column) =>
  column.sources.map((source) => ({ name: source.staged, type: source.from })),
);

const FILES: readonly PlannedFile[] = [0, 1].map((index) => ({
  index,
  key: `sync_43/users/${index}${HOSTILE}.avro`,
  etag: `"etag-${index}"`,
  size: 1234,
  modifiedAt: 1_700_000_000_000 + index,
  sortKey: index === 0 ? undefined : `k${index}`,
  header: [{ name: 'user_id', type: INT64 }],
  targets: [0],
}));

const REJECTING: readonly Conversion[] = ['string-to-timestamp', 'int64-to-timestamp', 'unparsable'];
const REJECTABLE = ASSIGNED.flatMap((column) =>
  column.sources
    .filter((source: Source) => REJECTING.includes(source.conversion))
    .map((source) => ({ column: column.name, source })),
);

const MERGE: Publish = {
  load: LOAD,
  mode: 'merge',
  write: 'merge',
  rereads: false,
  staging: '_heapload_stage_43_users',
  candidate: undefined,
  tableExists: true,
  keys: ['user_id'],
  columns: ASSIGNED,
  orderBy: 'dump',
  startFilter: {
    sources: ASSIGNED.find(({ name }) => name === 'time')?.sources ?? [],
    micros: 1_767_225_600_000_000n,
  },
  rejectable: REJECTABLE,
  files: FILES,
  skipped: [
    {
      index: 2,
      key: `bad${HOSTILE}`,
      sortKey: undefined,
      etag: undefined,
      code: 'AVRO_INVALID',
      reason: HOSTILE,
    },
  ],
  fileList: undefined,
  partitionedBy: undefined,
  resolved: [`old${HOSTILE}`],
  newColumns: ASSIGNED,
};

const BY_FILE: Publish = { ...MERGE, orderBy: 'file', startFilter: undefined, keys: ['user_id', 'source'] };
const REPLACE: Publish = {
  ...MERGE,
  mode: 'replace',
  write: 'replace',
  load: { ...LOAD, incremental: false },
};
const EMPTY: Publish = {
  ...REPLACE,
  staging: undefined,
  files: [],
  rejectable: [],
  columns: [],
  startFilter: undefined,
};

/** More files than a transaction may hold. */
const LISTED: Publish = { ...MERGE, fileList: '_heapload_stage_files_43_users' };

const META = [
  { name: '_heapload_dump_id', type: INT64 },
  { name: '_heapload_file_key', type: STRING },
];

/** The tables that all steps together make, for whoever analyses the statements against a catalog. */
export const TABLES = {
  users: [...ASSIGNED.map(({ name, type }) => ({ name, type })), ...META],
  _heapload_stage_43_users: [
    { name: '_heapload_file', type: INT64 },
    { name: '_heapload_row', type: INT64 },
    ...STAGED_COLUMNS,
  ],
  _heapload_stage_files_43_users: LEDGER_COLUMNS.files,
  ...Object.fromEntries(
    (Object.keys(LEDGER) as LedgerTable[]).map((table) => [LEDGER[table], LEDGER_COLUMNS[table]]),
  ),
};

export const EVERY_STEP: readonly (readonly [string, Step])[] = [
  ['create-schema', { kind: 'create-schema' }],
  ...(Object.keys(LEDGER) as LedgerTable[]).map(
    (table) => [`create-ledger-table ${table}`, { kind: 'create-ledger-table', table }] as const,
  ),
  ['seed-lease', { kind: 'seed-lease', layout: 'manifests' }],
  ['acquire-lease', { kind: 'acquire-lease' }],
  ['start-run', { kind: 'start-run' }],
  [
    'record-dumps',
    {
      kind: 'record-dumps',
      dumps: [
        {
          dumpId: 43n,
          manifestKey: `m${HOSTILE}`,
          manifestEtag: HOSTILE,
          loads: [{ ...LOAD, files: 2, status: 'pending' }],
        },
      ],
    },
  ],
  ['settle-loads', { kind: 'settle-loads', status: 'superseded', loads: [LOAD] }],
  [
    'create-table',
    {
      kind: 'create-table',
      table: {
        name: 'users',
        clusterColumns: ['user_id'],
        timeColumn: undefined,
        columns: [
          ...ASSIGNED.map(({ name, type }) => ({ name, type, origin: name })),
          ...META.map((column) => ({ ...column, origin: column.name })),
        ],
      },
    },
  ],
  [
    'add-column',
    { kind: 'add-column', table: 'users', column: { name: 'added', type: DECIMAL, origin: 'added' } },
  ],
  [
    'add-column of the widest whole decimal',
    { kind: 'add-column', table: 'users', column: { name: 'total', type: WHOLE_DECIMAL, origin: 'total' } },
  ],
  [
    'create-staging',
    { kind: 'create-staging', staging: '_heapload_stage_43_users', columns: STAGED_COLUMNS, places: false },
  ],
  [
    'transfer',
    {
      kind: 'transfer',
      staging: '_heapload_stage_43_users',
      columns: STAGED_COLUMNS,
      narrow: undefined,
      files: FILES,
    },
  ],
  ['stage-files', { kind: 'stage-files', list: '_heapload_stage_files_43_users', publish: LISTED }],
  ['publish merge', { kind: 'publish', publish: MERGE }],
  ['publish merge by file', { kind: 'publish', publish: BY_FILE }],
  ['publish merge, list of files staged', { kind: 'publish', publish: LISTED }],
  ['publish replace', { kind: 'publish', publish: REPLACE }],
  [
    'publish replace by file',
    { kind: 'publish', publish: { ...BY_FILE, mode: 'replace', write: 'replace' } },
  ],
  ['publish empty', { kind: 'publish', publish: EMPTY }],
  ['publish empty, no table', { kind: 'publish', publish: { ...EMPTY, tableExists: false } }],
  ['drop-staging', { kind: 'drop-staging', staging: '_heapload_stage_43_users' }],
  ['finish-run', { kind: 'finish-run' }],
  ['release-lease', { kind: 'release-lease' }],
];

/** What is only asked of dialects whose tables are partitioned by day. */
export const PARTITIONED_STEPS: readonly (readonly [string, Step])[] = [
  ['publish merge, pruned', { kind: 'publish', publish: { ...MERGE, partitionedBy: 'time' } }],
  ['publish replace, partitioned', { kind: 'publish', publish: { ...REPLACE, partitionedBy: 'time' } }],
  ['publish empty, partitioned', { kind: 'publish', publish: { ...EMPTY, partitionedBy: 'time' } }],
  [
    'publish merge by file, pruned',
    {
      kind: 'publish',
      publish: { ...BY_FILE, partitionedBy: 'time', fileList: '_heapload_stage_files_43_users' },
    },
  ],
];

/** Renders steps of the schema `heap` as a run would send them. */
export function stepRenderer(dialect: Dialect): (step: Step) => readonly Operation[] {
  const settings: RenderSettings = { dialect, schema: 'heap', runName: 'acme', version: '0.0.0' };
  const engine = createEngine(templatesOf(dialect.name), (use) => sqlHelpers(dialect, 'heap', use));
  return (step) => stepOperations(step, engine, settings);
}

/** The read-only queries of the schema `heap`, those of a load's report among them. */
export function queries(dialect: Dialect): Readonly<Record<string, string>> {
  const engine = createEngine(templatesOf(dialect.name), (use) => sqlHelpers(dialect, 'heap', use));
  const report = engine.render('observe/load', {
    ledger: LEDGER,
    counters: COUNTERS,
    loadId: LOAD.loadId,
  }).sql;
  return { ...renderObservation(dialect, 'heap'), report };
}
