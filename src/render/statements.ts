import { LEDGER, LEDGER_COLUMNS, LEDGER_VERSION } from '../plan/ledger.js';
import type { NewDump } from '../plan/schedule-types.js';
import type { NewTable, Step } from '../plan/steps.js';
import type { Operation } from '../warehouse/contract.js';
import { candidateStatements, createCandidate } from './candidate.js';
import type { Engine } from './engine.js';
import {
  type Make,
  type RenderSettings,
  changed,
  chunks,
  createStaging,
  fenceStatement,
  recordFiles,
  stagedColumns,
  statementMaker,
} from './make.js';
import { publishStatements } from './publish.js';
import { emptyFileStage, makeFileStage, renderTransfer } from './transfer.js';

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
        createStaging(step.staging, [...stagedColumns(step.places), ...step.columns], make, settings),
      ];
    case 'create-candidate':
      return [createCandidate(step, make, settings)];
    case 'fill-candidate':
      return candidateStatements(step, make, settings);
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

/** Small tables, read whole. */
const NOT_CLUSTERED = { partitioned: false, timeColumn: '', clustered: false, clusterColumns: [] };

function tableContext({ name, columns, timeColumn, clusterColumns }: NewTable): object {
  return {
    name,
    columns,
    partitioned: timeColumn !== undefined,
    timeColumn: timeColumn ?? '',
    clustered: clusterColumns.length > 0,
    clusterColumns,
  };
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
