import { renamedTable, tableSelected } from '../config/selection.js';
import type { TablesConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { RESERVED_PREFIX, foldTableName } from '../schema/identifiers.js';
import type { Scope } from './schedule-types.js';
import type { LedgerState } from './state.js';

interface Named {
  readonly sourceTable: string;
  readonly dumpId: bigint;
}

/**
 * Whether a table of the source is to be loaded, is left out by the config, or cannot be loaded. `refused`: it is
 * new, and new tables are an error; like an excluded one it is not part of the warehouse until the config says so.
 */
export type TableStanding =
  | { readonly kind: 'selected' }
  | { readonly kind: 'excluded' }
  | { readonly kind: 'refused'; readonly dumpId: bigint; readonly error: HeaploadError }
  | { readonly kind: 'failed'; readonly dumpId: bigint; readonly error: HeaploadError };

export function finalTableName(sourceTable: string, tables: TablesConfig): string {
  return renamedTable(tables, sourceTable) ?? foldTableName(sourceTable);
}

/** Whether the command line asked for this table, by its final name or one of the source's. */
export function inScope(scope: Scope, table: string, loads: readonly Named[]): boolean {
  if (scope.tables === undefined) return true;
  return scope.tables.some((wanted) => wanted === table || loads.some((load) => load.sourceTable === wanted));
}

/** `loads` are the open loads of one final table, at least one. */
export function tableStanding(
  table: string,
  loads: readonly Named[],
  tables: TablesConfig,
  ledger: LedgerState,
): TableStanding {
  const selected = loads.some((load) => tableSelected(tables, table, load.sourceTable));
  if (!selected) return { kind: 'excluded' };
  const known = ledger.tables.get(table);
  if (tables.newTables !== 'load' && isNewTable(table, ledger)) {
    if (tables.newTables === 'ignore') return { kind: 'excluded' };
    return { kind: 'refused', dumpId: oldest(loads), error: newTable(table) };
  }
  const names = [...new Set([...(known?.sourceTables ?? []), ...loads.map((load) => load.sourceTable)])];
  if (names.length > 1) return { kind: 'failed', dumpId: oldest(loads), error: collision(table, names) };
  if (table.startsWith(RESERVED_PREFIX))
    return { kind: 'failed', dumpId: oldest(loads), error: reserved(table, names) };
  return { kind: 'selected' };
}

/**
 * New is what no earlier run has taken on: neither loaded, nor known to the schema history (which outlives a
 * reset), nor pending. Tables of the first dumps ever recorded are not new, also when that run died half-way.
 */
function isNewTable(table: string, ledger: LedgerState): boolean {
  if (ledger.tables.size === 0) return false;
  if (ledger.tables.get(table)?.newestLoaded !== undefined || ledger.columns.has(table)) return false;
  return !ledger.openLoads.some((load) => load.table === table && load.status === 'pending');
}

function oldest(loads: readonly Named[]): bigint {
  return loads.reduce((least, load) => (load.dumpId < least ? load.dumpId : least), loads[0]?.dumpId ?? 0n);
}

function newTable(table: string): HeaploadError {
  return new HeaploadError('NEW_TABLE', `Table ${table} is new and tables.new_tables is fail.`, {
    hint: `Add it to tables.exclude to leave it out, or set tables.new_tables: load and run again.`,
  });
}

function collision(table: string, names: readonly string[]): HeaploadError {
  const quoted = names.map((name) => JSON.stringify(name));
  return new HeaploadError(
    'NAME_COLLISION',
    `Tables ${quoted.join(' and ')} of the source both become ${table}.`,
    {
      hint: `Give one of them a name of its own under tables.rename, e.g. ${quoted.at(-1) ?? ''}: ${table}_2`,
    },
  );
}

function reserved(table: string, names: readonly string[]): HeaploadError {
  return new HeaploadError(
    'NAME_INVALID',
    `Table name ${table} starts with ${RESERVED_PREFIX}, kept for the ledger.`,
    {
      hint: `Rename it under tables.rename, e.g. ${JSON.stringify(names[0] ?? table)}: my_table`,
    },
  );
}
