import { keyColumnsOf } from '../config/selection.js';
import { HeaploadError } from '../errors.js';
import { DUMP_ID_COLUMN, FILE_KEY_COLUMN, foldTableName, nameKey } from '../schema/identifiers.js';
import { INT64, STRING } from '../schema/logical-types.js';
import type { AvroHeader } from '../avro/types.js';
import type { ObjectInfo } from '../source/object-store.js';
import type { PlanInputs } from './plan.js';
import { type ColumnPlan, type FileHeader, manifestDifference, planColumns } from './load-columns.js';
import { type Phases, loadSteps } from './load-steps.js';
import type { KnownColumns } from './route.js';
import type { Note, ScheduledLoad } from './schedule-types.js';
import { planPublish } from './publish.js';
import { stagingName } from './staging.js';
import { type TableState, type WarehouseState, findColumn, findTable } from './state.js';
import type { ColumnDefinition, FinalColumn, PlannedFile, SkippedLoadFile, Step } from './steps.js';

/** What reading a file's header gave. */
export type Inspected =
  | { readonly key: string; readonly info: ObjectInfo; readonly header: AvroHeader }
  | { readonly key: string; readonly error: HeaploadError };

/** A load with everything a run does for it. */
export interface PlannedLoad extends Phases<Step> {
  readonly load: ScheduledLoad;
  readonly files: number;
  readonly bytes: number;
  /** The table is created by this load. */
  readonly createsTable: boolean;
  readonly additions: readonly ColumnDefinition[];
  readonly notes: readonly Note[];
}

/** Users and their migrations are not events: never filtered by time, never partitioned by it. */
function isEventTable(load: ScheduledLoad): boolean {
  return !['users', 'user_migrations'].includes(foldTableName(load.sourceTable));
}

/** Plans one load against the state the steps before it leave; throws a HeaploadError when it cannot be done. */
export function planLoad(load: ScheduledLoad, inputs: PlanInputs, state: WarehouseState): PlannedLoad {
  const { leaseToken, capabilities } = inputs;
  const { good, skipped } = sortFiles(load, inputs);
  const table = findTable(state, load.table);
  checkTable(load, table, state, inputs);
  const keys = keyColumnsOf(inputs.tables, load.table);
  const filterByTime = inputs.startMicros !== undefined && isEventTable(load);
  const columns = planColumns(good, {
    table: load.table,
    keys,
    config: inputs.columns,
    capabilities,
    existing: table === undefined ? undefined : knownColumns(table),
    filterByTime,
  });
  const additions = good.length === 0 ? [] : [...columns.additions, ...metaColumns(table, inputs)];
  const staging = good.length === 0 ? undefined : stagingName(load, leaseToken, capabilities.maxTableName);
  const files = plannedFiles(good, columns);
  const partitionedBy = table === undefined ? timeColumn(load, additions) : table.partitionedBy;
  const publish = planPublish({
    load,
    inputs,
    state,
    table,
    keys,
    columns,
    files,
    skipped,
    staging,
    filterByTime,
    partitionedBy,
  });
  const decisions = {
    publish,
    existing: table,
    additions,
    staged: columns.layout.staged(),
    timeColumn: partitionedBy,
  };
  return {
    load,
    files: good.length,
    bytes: good.reduce((sum, file) => sum + file.info.size, 0),
    createsTable: table === undefined && good.length > 0,
    additions: columns.additions,
    ...loadSteps(decisions, capabilities),
    notes: loadNotes(load, good, columns, skipped),
  };
}

interface GoodFile extends FileHeader {
  readonly info: ObjectInfo;
  readonly sortKey: string | undefined;
}

function sortFiles(
  load: ScheduledLoad,
  inputs: PlanInputs,
): { good: readonly GoodFile[]; skipped: readonly SkippedLoadFile[] } {
  const good: GoodFile[] = [];
  const skipped: SkippedLoadFile[] = [];
  let firstBad: HeaploadError | undefined;
  load.files.forEach((file, index) => {
    const inspected = inputs.inspected.get(file.key);
    if (inspected === undefined) throw new Error(`${file.key} was not inspected`);
    const error = inputs.badFiles.get(file.key) ?? ('error' in inspected ? inspected.error : undefined);
    if (error === undefined && !('error' in inspected)) {
      const { info, header } = inspected;
      good.push({ index, key: file.key, columns: header.columns, info, sortKey: file.listed?.sortKey });
    } else if (error !== undefined) {
      if (inputs.onBadFile === 'fail' || !isBadFile(error)) throw error;
      firstBad ??= error;
      const { sortKey, etag } = file.listed ?? {};
      skipped.push({ index, key: file.key, sortKey, etag, code: error.code, reason: error.message });
    }
  });
  // Skipping every file of a full dump would empty the table: that is not what it was delivered for.
  if (load.mode === 'replace' && good.length === 0 && firstBad !== undefined) throw firstBad;
  return { good, skipped };
}

/** `on_bad_file: skip` speaks of files, not of a network that is down or a refused permission. */
export function isBadFile(error: HeaploadError): boolean {
  return error.code === 'AVRO_INVALID' || error.code === 'SOURCE_MISSING';
}

function checkTable(
  load: ScheduledLoad,
  table: TableState | undefined,
  state: WarehouseState,
  inputs: PlanInputs,
): void {
  const { maxTableName } = inputs.capabilities;
  if (load.table.length > maxTableName) {
    const message = `Table name ${load.table} is ${load.table.length} characters long; the warehouse takes ${maxTableName}.`;
    throw new HeaploadError('NAME_INVALID', message, {
      hint: `Give it a shorter name: tables.rename: { ${JSON.stringify(load.sourceTable)}: shorter_name }`,
    });
  }
  const history = state.ledger.columns.get(load.table);
  if (table === undefined && history !== undefined && history.size > 0) {
    const message = `The ledger says ${load.table} was loaded before, but the warehouse shows no such table.`;
    throw new HeaploadError('TABLE_VANISHED', message, {
      hint: `If it was dropped on purpose, run: heapload reset ${load.table}. If not, check the schema and the permissions of this account.`,
    });
  }
}

function knownColumns(table: TableState): KnownColumns {
  return new Map(table.columns.map((column) => [nameKey(column.name), column]));
}

function metaColumns(table: TableState | undefined, inputs: PlanInputs): readonly FinalColumn[] {
  const wanted: FinalColumn[] = [{ name: DUMP_ID_COLUMN, type: INT64, origin: DUMP_ID_COLUMN }];
  if (inputs.layout === 'files')
    wanted.push({ name: FILE_KEY_COLUMN, type: STRING, origin: FILE_KEY_COLUMN });
  return wanted.filter((column) => findColumn(table, column.name) === undefined);
}

function plannedFiles(good: readonly GoodFile[], columns: ColumnPlan): readonly PlannedFile[] {
  return good.map((file) => {
    const routed = columns.files.get(file.index);
    if (routed === undefined) throw new Error(`${file.key} was not routed`);
    const { key, etag, size, modifiedAt } = file.info;
    return { index: file.index, key, etag, size, modifiedAt, sortKey: file.sortKey, ...routed };
  });
}

/** What a new table can be partitioned by. */
function timeColumn(load: ScheduledLoad, columns: readonly FinalColumn[]): string | undefined {
  if (!isEventTable(load)) return undefined;
  return columns.find((column) => nameKey(column.name) === 'time' && column.type.kind === 'timestamp')?.name;
}

function loadNotes(
  load: ScheduledLoad,
  good: readonly GoodFile[],
  columns: ColumnPlan,
  skipped: readonly SkippedLoadFile[],
): readonly Note[] {
  const place = { dumpId: load.dumpId, table: load.table };
  const difference = manifestDifference(load.manifestColumns, good);
  return [
    ...(difference === undefined ? [] : [{ ...place, message: difference }]),
    ...columns.ignored.map((name) => ({
      ...place,
      message: `column ${name} is new and ignored (columns.new_columns)`,
    })),
    ...skipped.map((file) => ({ ...place, message: `${file.key} is skipped (on_bad_file): ${file.reason}` })),
  ];
}
