import { LEDGER, type LedgerTable } from '../plan/ledger.js';
import type { Operation, Statement } from '../warehouse/contract.js';
import { COUNTERS } from './contexts.js';
import { engineFor } from './engines.js';
import { type Make, type RenderSettings, byParts, fenceStatement, statementMaker } from './make.js';
import { stepOperations } from './statements.js';

export interface ResetPlan {
  readonly table: string;
  readonly layout: 'manifests' | 'files';
  /** False: it was dropped by hand; then its schema history goes too. */
  readonly tableExists: boolean;
  /** The column whose days are its partitions; undefined: it has none. */
  readonly partitionedBy: string | undefined;
}

/** Lease, one transaction, lease given back. The rows go, the table and its columns stay. */
export function renderReset(reset: ResetPlan, settings: RenderSettings): readonly Operation[] {
  const engine = engineFor(settings.dialect, settings.schema);
  const make = statementMaker(engine, settings);
  const forget = (table: LedgerTable): Statement =>
    make('forget-table', { name: LEDGER[table], tableName: reset.table });
  const loads =
    reset.layout === 'files'
      ? forget('loads')
      : make('reset-loads', { tableName: reset.table, counters: COUNTERS });
  return [
    ...stepOperations({ kind: 'acquire-lease' }, engine, settings),
    ...settings.dialect.atomically([
      fenceStatement(make),
      reset.tableExists ? deleteAll(reset, make) : forget('columns'),
      loads,
      forget('files'),
      forget('rejects'),
    ]),
    ...stepOperations({ kind: 'release-lease' }, engine, settings),
  ];
}

function deleteAll({ table, partitionedBy }: ResetPlan, make: Make): Statement {
  const partitions = { partitioned: partitionedBy !== undefined, partitionedBy: partitionedBy ?? '' };
  return byParts('delete-all', partitionedBy, (template) =>
    make(template, { load: { table }, ...partitions }),
  );
}
