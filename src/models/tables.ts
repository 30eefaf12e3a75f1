import { keyColumnsOf, tableSelected } from '../config/selection.js';
import type { TablesConfig } from '../config/types.js';
import type { Plan } from '../plan/plan.js';
import type { LoadFailure } from '../plan/schedule-types.js';
import { type LedgerState, type WarehouseState, findTable } from '../plan/state.js';
import { RESERVED_PREFIX, nameKey } from '../schema/identifiers.js';
import type { LoadedTable } from './types.js';

/** The final tables that models can read: known to the ledger, still selected, and there. Sorted by name. */
export function loadedTables(state: WarehouseState, tables: TablesConfig): readonly LoadedTable[] {
  return [...state.ledger.tables]
    .filter(([name, { sourceTables }]) =>
      [name, ...sourceTables].some((source) => tableSelected(tables, name, source)),
    )
    .flatMap(([name, { sourceTables }]) => {
      const table = findTable(state, name);
      if (table === undefined) return [];
      const columns = table.columns
        .filter((column) => !nameKey(column.name).startsWith(RESERVED_PREFIX))
        .map((column) => ({ name: column.name, type: column.type }));
      return [{ name, sourceTables, columns, keys: keyColumnsOf(tables, name) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** By {@link nameKey} of a table: why it is not complete. */
export type Incomplete = ReadonlyMap<string, string>;

/** What the ledger says is missing, and what this run could not load. */
export function incompleteTables(
  { openLoads, skippedFiles, tables }: LedgerState,
  failures: readonly LoadFailure[],
): Incomplete {
  const incomplete = new Map<string, string>();
  const note = (table: string, reason: string): void => {
    if (!incomplete.has(nameKey(table))) incomplete.set(nameKey(table), reason);
  };
  for (const { table, dumpId, error } of failures) {
    const dump = dumpId === undefined ? 'a load' : `dump ${dumpId.toString()}`;
    const reason = `${dump} failed with ${error.code}`;
    // Which tables a dump holds that cannot be read is not known: it may be any of them.
    for (const each of table === undefined ? tables.keys() : [table]) note(each, reason);
  }
  for (const { table, dumpId, status } of openLoads)
    if (status === 'pending') note(table, `dump ${dumpId.toString()} is not loaded`);
  for (const { table, dumpId, key } of skippedFiles)
    note(table, `${key} of dump ${dumpId.toString()} was skipped`);
  return incomplete;
}

/** The ledger as a run leaves it that carries the plan out. */
export function ledgerAfter(plan: Plan): LedgerState {
  const { ledger } = plan.finalState;
  const settled = new Set([
    ...plan.loads.map(({ load }) => load.loadId),
    ...plan.settled.map((load) => load.loadId),
  ]);
  const announced = plan.record.flatMap((step) =>
    step.kind === 'record-dumps' ? step.dumps.flatMap((dump) => dump.loads) : [],
  );
  const published = plan.loads.flatMap(({ publish }) =>
    publish.flatMap((step) => (step.kind === 'publish' ? [step.publish] : [])),
  );
  const resolved = new Set(published.flatMap((publish) => publish.resolved));
  return {
    ...ledger,
    openLoads: [...ledger.openLoads, ...announced].filter((load) => !settled.has(load.loadId)),
    skippedFiles: [
      ...ledger.skippedFiles.filter(({ key }) => !resolved.has(key)),
      ...published.flatMap(({ load, skipped }) =>
        skipped.map(({ key, reason }) => ({ table: load.table, dumpId: load.dumpId, key, reason })),
      ),
    ],
  };
}
