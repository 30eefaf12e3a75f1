import { LEDGER, type LedgerTable, type LoadStatus } from '../plan/ledger.js';
import {
  type ColumnState,
  EMPTY_STATE,
  type LedgerState,
  type LedgerTableState,
  type TableState,
  type WarehouseState,
  fileIdentity,
} from '../plan/state.js';
import type { Observation } from '../render/observation.js';
import { nameKey } from '../schema/identifiers.js';
import type { Dialect, Row, Session } from '../warehouse/contract.js';
import { bigintOf, optionalBigint, optionalText, textOf } from './rows.js';

/** Reads the state of a schema: catalog and ledger, nothing of the data. */
export async function observe(
  session: Session,
  dialect: Dialect,
  queries: Observation,
): Promise<WarehouseState> {
  const schemas = await session.query(queries.schemas);
  if (schemas.length === 0) return EMPTY_STATE;
  const catalog = await session.query(queries.columns);
  const names = new Set(catalog.map((row) => nameKey(textOf(row, 'table_name'))));
  const ledgerTables = new Set(
    (Object.entries(LEDGER) as [LedgerTable, string][])
      .filter(([, name]) => names.has(name))
      .map(([table]) => table),
  );
  const ledger = await observeLedger(session, queries, ledgerTables);
  return { schemaExists: true, tables: tablesOf(catalog, dialect, ledger), ledgerTables, ledger };
}

async function observeLedger(
  session: Session,
  queries: Observation,
  present: ReadonlySet<LedgerTable>,
): Promise<LedgerState> {
  const rows = async (table: LedgerTable, query: keyof Observation): Promise<readonly Row[]> =>
    present.has(table) ? await session.query(queries[query]) : [];
  const [lease] = await rows('lease', 'lease');
  const dumps = await rows('dumps', 'dumps');
  const openLoads = await rows('loads', 'openLoads');
  const skipped = await rows('files', 'skippedFiles');
  const layout = lease === undefined ? undefined : optionalText(lease, 'layout');
  const files = layout === 'files' ? await rows('files', 'files') : [];
  return {
    layout,
    version: lease === undefined ? undefined : optionalBigint(lease, 'ledger_version'),
    leaseToken: lease === undefined ? 0n : bigintOf(lease, 'token'),
    // Layout `files` records its loads under made-up dumps, which say nothing about manifests.
    dumps: new Set(layout === 'files' ? [] : dumps.map((row) => bigintOf(row, 'dump_id'))),
    openLoads: openLoads.map((row) => ({
      loadId: textOf(row, 'load_id'),
      dumpId: bigintOf(row, 'dump_id'),
      table: textOf(row, 'table_name'),
      sourceTable: textOf(row, 'source_table'),
      status: textOf(row, 'status') as LoadStatus,
    })),
    tables: ledgerTableStates(await rows('loads', 'tables')),
    columns: historyOf(await rows('columns', 'history')),
    files: new Set(files.map((row) => fileIdentity(textOf(row, 'file_key'), textOf(row, 'etag')))),
    skippedFiles: skipped.map((row) => ({
      table: textOf(row, 'table_name'),
      dumpId: bigintOf(row, 'dump_id'),
      key: textOf(row, 'file_key'),
      reason: textOf(row, 'reason'),
    })),
  };
}

function ledgerTableStates(rows: readonly Row[]): ReadonlyMap<string, LedgerTableState> {
  const tables = new Map<string, LedgerTableState>();
  for (const row of rows) {
    const table = textOf(row, 'table_name');
    const before = tables.get(table);
    const newestOfSource = optionalBigint(row, 'newest_loaded');
    const newest = [before?.newestLoaded, newestOfSource].filter((id) => id !== undefined);
    // What was only announced under this name may have been renamed in the configuration since.
    const loaded = newestOfSource === undefined ? [] : [textOf(row, 'source_table')];
    tables.set(table, {
      sourceTables: [...(before?.sourceTables ?? []), ...loaded],
      newestLoaded: newest.length === 0 ? undefined : newest.reduce((a, b) => (a > b ? a : b)),
    });
  }
  return tables;
}

function historyOf(rows: readonly Row[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const history = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const table = textOf(row, 'table_name');
    const columns = history.get(table) ?? new Map<string, string>();
    columns.set(nameKey(textOf(row, 'column_name')), textOf(row, 'origin'));
    history.set(table, columns);
  }
  return history;
}

function tablesOf(
  catalog: readonly Row[],
  dialect: Dialect,
  ledger: LedgerState,
): ReadonlyMap<string, TableState> {
  const ledgerNames = new Set<string>(Object.values(LEDGER));
  const tables = new Map<string, { name: string; columns: ColumnState[]; partitionedBy?: string }>();
  for (const row of catalog) {
    const name = textOf(row, 'table_name');
    const key = nameKey(name);
    if (ledgerNames.has(key)) continue;
    const table = tables.get(key) ?? { name, columns: [] };
    tables.set(key, table);
    const column = textOf(row, 'column_name');
    // Only said where a warehouse partitions.
    if (optionalText(row, 'is_partitioning_column') === 'YES') table.partitionedBy = column;
    const nativeType = textOf(row, 'data_type');
    const origin = ledger.columns.get(key)?.get(nameKey(column));
    table.columns.push({ name: column, type: dialect.parseColumnType(nativeType), nativeType, origin });
  }
  return tables;
}
