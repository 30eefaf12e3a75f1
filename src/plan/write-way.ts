import { nameKey } from '../schema/identifiers.js';
import type { TableState } from './state.js';
import type { AssignedColumn, Publish, WriteWay } from './steps.js';

/** What decides how a load's rows get into their table. */
export interface WriteInputs {
  readonly mode: Publish['mode'];
  /** Rows are read again from the files when they are written; see `Capabilities.rereadsFiles`. */
  readonly rereads: boolean;
  /** Undefined: the load creates it. */
  readonly table: TableState | undefined;
  readonly columns: readonly AssignedColumn[];
  /** Names of the columns that heapload adds to every table and writes with every row. */
  readonly own: readonly string[];
  readonly orderBy: Publish['orderBy'];
}

/**
 * The rule, for warehouses that read the files again:
 *
 * - `adopt`: the load creates its table, so nothing in it can be older or newer, and nobody has built on it. Not where
 *   rows are ordered by file: what the ledger says of files is written when the load is published, and that is too late
 * - `insert`: the same, there
 * - `replace`: the load is a full resync of a table
 * - `exchange`: the load brings every column of the table for every row, so that nothing of an older version is kept
 * - `merge`: some column keeps its old value on update: the table has it and the load has not, or some of the load's
 *   values for it went to a variant column
 *
 * Elsewhere it is `replace` or `merge`.
 */
export function writeWay({ mode, rereads, table, columns, own, orderBy }: WriteInputs): WriteWay {
  if (!rereads) return mode;
  if (table === undefined) return orderBy === 'file' ? 'insert' : 'adopt';
  if (mode === 'replace') return mode;
  const written = new Set([...own, ...columns.map((column) => column.name)].map(nameKey));
  const keepsColumn = table.columns.some((column) => !written.has(nameKey(column.name)));
  const keepsValue = columns.some((column) => column.keptFor.length > 0);
  return keepsColumn || keepsValue ? 'merge' : 'exchange';
}
