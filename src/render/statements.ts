import type { ErrorCode } from '../errors.js';
import { LEDGER, LEDGER_COLUMNS, LEDGER_VERSION } from '../plan/ledger.js';
import type { NewDump } from '../plan/schedule-types.js';
import type { ColumnDefinition, NewTable, Publish, Step, WriteWay } from '../plan/steps.js';
import {
  STAGED_FILE_COLUMN,
  STAGED_PLACE_COLUMN,
  STAGED_ROW_COLUMN,
  nameKey,
} from '../schema/identifiers.js';
import { INT64 } from '../schema/logical-types.js';
import type { Dialect, Expectation, Operation, Statement } from '../warehouse/contract.js';
import { COUNTERS, fileContexts, newColumnContexts, publishContext } from './contexts.js';
import type { Engine } from './engine.js';
import { emptyFileStage, makeFileStage, renderTransfer } from './transfer.js';

export interface RenderSettings {
  readonly dialect: Dialect;
  readonly schema: string;
  /** `name:` of the configuration. */
  readonly runName: string;
  /** Of heapload. */
  readonly version: string;
}

/** A lease nobody renewed for so long may be taken over; every load and publish renews it. */
export const LEASE_SECONDS = 900;

/** The operations of one step, in order. */
export function stepOperations(step: Step, engine: Engine, settings: RenderSettings): readonly Operation[] {
  const make = statementMaker(engine, settings);
  switch (step.kind) {
    case 'create-schema':
      return [make('create-schema', { schema: settings.schema })];
    case 'create-ledger-table':
      return [
        make('create-table', {
          name: LEDGER[step.table],
          columns: LEDGER_COLUMNS[step.table],
          ...NOT_CLUSTERED,
        }),
      ];
    case 'seed-lease':
      return [make('seed-lease', { layout: step.layout, version: LEDGER_VERSION })];
    case 'acquire-lease': {
      const { singleProcess } = settings.dialect.capabilities;
      return [
        make(
          'acquire-lease',
          { singleProcess },
          changed(1, 'LEASE_HELD', 'Another run holds the lease of this schema.'),
        ),
      ];
    }
    case 'start-run':
      return [
        make('mark-dead-runs', {}),
        make('start-run', { runName: settings.runName, version: settings.version }),
      ];
    case 'record-dumps':
      return recordDumps(step, make, settings);
    case 'settle-loads':
      return chunks(step.loads, settings).map((loads) =>
        make('settle-loads', { status: step.status, loads }),
      );
    case 'create-table':
      return [make('create-table', tableContext(step.table))];
    case 'add-column':
      return [make('add-column', { name: step.table, column: step.column })];
    case 'create-staging':
      return [
        fenceStatement(make),
        ...makeFileStage(make, settings),
        createStaging(step.staging, [...stagedMeta(step.places), ...step.columns], make, settings),
      ];
    case 'stage-files':
      return [
        fenceStatement(make),
        createStaging(step.list, LEDGER_COLUMNS.files, make, settings),
        ...recordFiles(step.publish, step.list, make, settings),
      ];
    case 'transfer':
      return [renderTransfer(step, make, settings)];
    case 'publish':
      return settings.dialect.atomically(publishStatements(step.publish, make, settings));
    case 'drop-staging':
      // A table that is still there shows the next run what else was left behind.
      return [...emptyFileStage(step, make, settings), make('drop-staging', { name: step.staging })];
    case 'finish-run':
      return [make('finish-run', {})];
    case 'release-lease':
      return [make('release-lease', {})];
    default:
      return step satisfies never;
  }
}

function stagedMeta(places: boolean): readonly ColumnDefinition[] {
  const names = [STAGED_FILE_COLUMN, STAGED_ROW_COLUMN, ...(places ? [STAGED_PLACE_COLUMN] : [])];
  return names.map((name) => ({ name, type: INT64 }));
}

/** Small tables, read whole. */
const NOT_CLUSTERED = { partitioned: false, timeColumn: '', clustered: false, clusterColumns: [] };

/** BigQuery clusters by four columns at most, and not by bytes. */
const MAX_CLUSTER_COLUMNS = 4;

function tableContext(table: NewTable): object {
  const keys = new Set(table.keys.map(nameKey));
  const clusterColumns = table.columns
    .filter((column) => keys.has(nameKey(column.name)) && column.type.kind !== 'bytes')
    .map((column) => column.name)
    .slice(0, MAX_CLUSTER_COLUMNS);
  return {
    name: table.name,
    columns: table.columns,
    partitioned: table.timeColumn !== undefined,
    timeColumn: table.timeColumn ?? '',
    clustered: clusterColumns.length > 0,
    clusterColumns,
  };
}

export type Make = (template: string, context: object, expect?: Expectation) => Statement;

export function statementMaker(engine: Engine, settings: Pick<RenderSettings, 'schema'>): Make {
  const common = { ledger: LEDGER, leaseSeconds: LEASE_SECONDS, schema: settings.schema };
  return (template, context, expect) => {
    const { sql, parameters } = engine.render(template, { ...common, ...context });
    return { kind: 'statement', sql, parameters, ...(expect === undefined ? {} : { expect }) };
  };
}

function changed(rows: number, otherwise: ErrorCode, message: string): Expectation {
  return { count: 'changed', rows, otherwise, message };
}

export function fenceStatement(make: Make): Statement {
  return make('fence', {}, changed(1, 'LEASE_LOST', 'Another run took over the lease of this schema.'));
}

function chunks<T>(items: readonly T[], settings: RenderSettings): readonly (readonly T[])[] {
  const size = settings.dialect.capabilities.maxInsertRows;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}

function createStaging(
  name: string,
  columns: readonly ColumnDefinition[],
  make: Make,
  { dialect }: RenderSettings,
): Statement {
  return make('create-staging', { name, columns, expiryHours: dialect.capabilities.stagingExpiryHours ?? 0 });
}

function recordFiles(
  publish: Publish,
  into: string,
  make: Make,
  settings: RenderSettings,
): readonly Statement[] {
  return chunks(fileContexts(publish), settings).map((files) => make('record-files', { into, files }));
}

/** A dump in one transaction with its loads, so that one the ledger knows has all of them recorded. */
function recordDumps(
  step: Extract<Step, { kind: 'record-dumps' }>,
  make: Make,
  settings: RenderSettings,
): readonly Operation[] {
  return transactionsOf(step.dumps, settings.dialect.capabilities.maxTransactionRows).flatMap((dumps) => {
    const loads = dumps.flatMap((dump) => dump.loads);
    return settings.dialect.atomically([
      fenceStatement(make),
      ...chunks(dumps, settings).map((rows) => make('record-dumps', { dumps: rows })),
      ...chunks(loads, settings).map((rows) => make('record-loads', { loads: rows })),
    ]);
  });
}

/** Runs of dumps that have between them, with their loads, as many rows as a transaction can hold; one dump at least. */
function transactionsOf(
  dumps: readonly NewDump[],
  maxRows = Number.POSITIVE_INFINITY,
): readonly (readonly NewDump[])[] {
  const transactions: NewDump[][] = [];
  let room = 0;
  for (const dump of dumps) {
    const rows = 1 + dump.loads.length;
    const last = transactions.at(-1);
    if (last === undefined || rows > room) {
      transactions.push([dump]);
      room = maxRows - rows;
    } else {
      last.push(dump);
      room -= rows;
    }
  }
  return transactions;
}

function publishStatements(publish: Publish, make: Make, settings: RenderSettings): readonly Statement[] {
  const context = publishContext(publish, settings.schema);
  const render = (template: string, more: object = {}, expect?: Expectation): Statement =>
    make(template, { ...context, ...more }, expect);
  const committed = changed(
    1,
    'LOAD_STATE',
    `Load ${publish.load.loadId} is no longer open: another run committed it.`,
  );
  const history = chunks(newColumnContexts(publish), settings).map((rows) =>
    render('record-columns', { newColumns: rows }),
  );
  const resolved =
    publish.resolved.length === 0 ? [] : [render('resolve-skipped', { resolved: publish.resolved })];
  const check = render(
    'check-counts',
    {},
    {
      count: 'returned',
      rows: 0,
      otherwise: 'COUNTS_MISMATCH',
      message: `The rows of load ${publish.load.loadId} do not add up.`,
    },
  );
  const data =
    publish.staging === undefined
      ? emptyStatements(publish, render, committed)
      : dataStatements(publish, render, committed);
  return [
    ...(publish.pruneBy === undefined ? [] : [{ ...make('declare-days', {}), declares: true }]),
    fenceStatement(make),
    ...filesStatements(publish, render, make, settings),
    ...data,
    ...history,
    ...resolved,
    check,
  ];
}

function filesStatements(
  publish: Publish,
  render: Render,
  make: Make,
  settings: RenderSettings,
): readonly Statement[] {
  if (publish.fileList === undefined) return recordFiles(publish, LEDGER.files, make, settings);
  const message = `The list of files of load ${publish.load.loadId} is not complete.`;
  const rows = publish.files.length + publish.skipped.length;
  return [render('copy-files', {}, changed(rows, 'COUNTS_MISMATCH', message))];
}

type Render = (template: string, more?: object, expect?: Expectation) => Statement;

/** A load without files empties the table, or, when it merges and all its files are skipped, changes nothing. */
function emptyStatements(publish: Publish, render: Render, committed: Expectation): readonly Statement[] {
  const keepsRows = publish.tableExists && publish.mode === 'merge';
  const counters = COUNTERS.filter((name) => name !== 'table_rows');
  const count = render('count-empty', { counters, keepsRows }, committed);
  return publish.tableExists && !keepsRows ? [count, render('delete-all')] : [count];
}

function dataStatements(publish: Publish, render: Render, committed: Expectation): readonly Statement[] {
  const rejects = publish.rejectable.map(({ column, source }) => render('reject-values', { column, source }));
  if (publish.rereads) return rereadStatements(publish, render, committed, rejects);
  const write =
    publish.mode === 'merge'
      ? [
          ...(publish.pruneBy === undefined ? [] : [render('find-days')]),
          render('count-merge', {}, committed),
          render('merge'),
        ]
      : [render('count-replace', {}, committed), render('delete-all'), render('insert-all')];
  return [render('count-files'), render('reject-rows'), ...rejects, ...write];
}

const WRITE_TEMPLATES: Readonly<Record<WriteWay, readonly string[]>> = {
  merge: ['merge'],
  exchange: ['delete-older', 'insert-all'],
  insert: ['insert-all'],
  replace: ['delete-all', 'insert-all'],
};

/** What becomes of each row is decided once; then the rejected rows and the winners are read from the files. */
function rereadStatements(
  publish: Publish,
  render: Render,
  committed: Expectation,
  rejects: readonly Statement[],
): readonly Statement[] {
  return [
    render('count-files'),
    render('decide'),
    render('choose-rows', { outcomes: ['rejected'] }),
    render('reject-rows'),
    ...rejects,
    render('count-outcomes', {}, committed),
    render('choose-rows', { outcomes: ['inserted', 'updated'] }),
    ...WRITE_TEMPLATES[publish.write].map((template) => render(template)),
    render('forget-outcomes'),
  ];
}
