import { DUMP_ID_COLUMN, FILE_KEY_COLUMN, nameKey, scanName } from '../schema/identifiers.js';
import { type LogicalType, TIMESTAMP, typeName } from '../schema/logical-types.js';
import type { AssignedColumn, PlannedFile, Publish, Source } from '../plan/steps.js';

/** Finished contexts for the publish templates: every decision is taken here, none in a template. */

interface SourceContext extends Source {
  readonly to: LogicalType;
}

interface ColumnContext {
  readonly name: string;
  readonly sources: readonly SourceContext[];
  readonly several: boolean;
}

export function publishContext(publish: Publish, schema: string): object {
  const isKey = new Set(publish.keys.map(nameKey));
  const columns = publish.columns.map(columnContext);
  const filterSources = (publish.startFilter?.sources ?? []).map((source) => ({ ...source, to: TIMESTAMP }));
  const byFile = publish.orderBy === 'file';
  const meta = byFile ? [DUMP_ID_COLUMN, FILE_KEY_COLUMN] : [DUMP_ID_COLUMN];
  const inserts = [...publish.columns.map((column) => column.name), ...meta].map((name) => ({ name }));
  const data = publish.columns.filter((column) => !isKey.has(nameKey(column.name)));
  return {
    load: publish.load,
    staging: publish.staging ?? '',
    candidate: candidateContext(publish),
    rereads: publish.rereads,
    scan: scanName(schema, publish.staging ?? ''),
    comparesWithTable: publish.write === 'merge' || publish.write === 'exchange',
    keys: publish.keys,
    firstKey: publish.keys[0] ?? '',
    columns,
    keyColumns: columns.filter((column) => isKey.has(nameKey(column.name))),
    byFile,
    merges: publish.mode === 'merge',
    addsToTable: publish.mode === 'merge' && publish.write !== 'adopt',
    filtered: publish.startFilter !== undefined,
    filtersWinners: publish.startFilter !== undefined && !publish.rereads,
    filterSources,
    filterSeveral: filterSources.length > 1,
    startMicros: publish.startFilter?.micros ?? null,
    updates: [...data.map(updateContext), ...meta.map((name) => ({ name, kept: false, keptFor: [] }))],
    inserts,
    tableExists: publish.tableExists,
    ...partitionContext(publish, columns),
    fileList: publish.fileList ?? '',
    imagined: false,
    stagedColumns: [],
    counters: COUNTERS,
  };
}

function candidateContext({ candidate }: Publish): object {
  const { name, deciding } = candidate ?? { name: '', deciding: [] };
  const refusable = deciding.filter(({ refusedBy }) => refusedBy !== undefined);
  return { name, deciding, refusable, hasRefusable: refusable.length > 0 };
}

/** For tables with partitions: what the day of a row is read from. */
function partitionContext({ partitionedBy, keys }: Publish, columns: readonly ColumnContext[]): object {
  const named = (name: string): boolean =>
    partitionedBy !== undefined && nameKey(name) === nameKey(partitionedBy);
  const isKey = new Set(keys.map(nameKey));
  return {
    partitioned: partitionedBy !== undefined,
    partitionedBy: partitionedBy ?? '',
    // A load that does not have the column leaves it as it is, or NULL.
    hasDays: columns.some(({ name }) => named(name)),
    dayColumns: columns.filter(({ name }) => isKey.has(nameKey(name)) || named(name)),
  };
}

/** Counting columns of the loads table. */
export const COUNTERS: readonly string[] = [
  'rows_read',
  'rows_staged',
  'rows_inserted',
  'rows_updated',
  'rows_unchanged',
  'rows_filtered',
  'rows_rejected',
  'values_rejected',
  'table_rows',
];

function columnContext(column: AssignedColumn): ColumnContext {
  const sources = column.sources.map((source) => ({ ...source, to: column.type }));
  if (sources.length === 0)
    sources.push({ staged: column.name, from: column.type, to: column.type, conversion: 'null' });
  return { name: column.name, sources, several: sources.length > 1 };
}

function updateContext(column: AssignedColumn): object {
  return { name: column.name, kept: column.keptFor.length > 0, keptFor: column.keptFor };
}

/** Rows of the ledger's files table, skipped files among them, in load order. */
export function fileContexts(publish: Publish): readonly object[] {
  const { loadId, dumpId, table } = publish.load;
  const common = { loadId, dumpId, table };
  const loaded = publish.files.map((file) => ({
    ...common,
    ...fileContext(file),
    status: 'loaded',
    reason: null,
  }));
  const skipped = publish.skipped.map((file) => ({
    ...common,
    index: file.index,
    key: file.key,
    etag: file.etag ?? null,
    size: null,
    modifiedMs: null,
    sortKey: file.sortKey ?? null,
    status: 'skipped',
    reason: file.reason,
  }));
  return [...loaded, ...skipped].sort((a, b) => a.index - b.index);
}

function fileContext(file: PlannedFile): FileContext {
  const { index, key, etag, size, modifiedAt, sortKey } = file;
  return { index, key, etag, size, modifiedMs: modifiedAt, sortKey: sortKey ?? null };
}

interface FileContext {
  readonly index: number;
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly sortKey: string | null;
}

export function newColumnContexts(publish: Publish): readonly object[] {
  const { loadId, dumpId, table } = publish.load;
  return publish.newColumns.map((column) => ({
    table,
    name: column.name,
    typeName: typeName(column.type),
    origin: column.origin,
    dumpId,
    loadId,
  }));
}
