import { DUMP_ID_COLUMN, FILE_KEY_COLUMN, STAGED_VALUE_PREFIX, nameKey } from '../schema/identifiers.js';
import type { ColumnPlan } from './load-columns.js';
import type { PlanInputs } from './plan.js';
import type { ScheduledLoad } from './schedule-types.js';
import {
  type Decided,
  candidateName,
  decidingColumns,
  fileListName,
  refusedBy,
  rejectableSources,
} from './staging.js';
import type { TableState, WarehouseState } from './state.js';
import type { Candidate, ColumnDefinition, PlannedFile, Publish, SkippedLoadFile } from './steps.js';
import { writeWay } from './write-way.js';

/** Columns of every final table that every load writes. */
const OWN_COLUMNS = [DUMP_ID_COLUMN, FILE_KEY_COLUMN];

/** What is known of a load when its publish is planned. */
export interface PublishInputs {
  readonly load: ScheduledLoad;
  readonly inputs: PlanInputs;
  readonly state: WarehouseState;
  readonly table: TableState | undefined;
  readonly keys: readonly string[];
  readonly columns: ColumnPlan;
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly SkippedLoadFile[];
  readonly staging: string | undefined;
  readonly filterByTime: boolean;
  readonly partitionedBy: string | undefined;
}

/** What makes a load's rows visible, every decision taken. Pure. */
export function planPublish(given: PublishInputs): Publish {
  const { load, inputs, state, table, keys, columns } = given;
  const order = [...(table?.columns ?? []), ...columns.additions].map((column) => column.name);
  const assigned = columns.layout.assigned(order);
  const history = state.ledger.columns.get(load.table);
  const { loadId, dumpId, sourceTable, incremental } = load;
  const rereads = inputs.capabilities.rereadsFiles;
  const orderBy = inputs.layout === 'files' ? 'file' : 'dump';
  const write = writeWay({ mode: load.mode, rereads, table, columns: assigned, own: OWN_COLUMNS, orderBy });
  const decided = {
    keys,
    columns: assigned,
    startFilter:
      given.filterByTime && inputs.startMicros !== undefined && columns.timeSources.length > 0
        ? { sources: columns.timeSources, micros: inputs.startMicros }
        : undefined,
    rejectable: rejectableSources(assigned),
  };
  return {
    load: { loadId, dumpId, table: load.table, sourceTable, incremental },
    mode: load.mode,
    write,
    rereads,
    staging: given.staging,
    candidate:
      write === 'adopt' && given.staging !== undefined
        ? planCandidate(load, inputs, decided, columns.layout.staged())
        : undefined,
    tableExists: table !== undefined || given.files.length > 0,
    ...decided,
    orderBy,
    files: given.files,
    skipped: given.skipped,
    fileList: fileList(given),
    partitionedBy: inputs.capabilities.dayPartitions ? given.partitionedBy : undefined,
    resolved: resolvedFiles(load, given.files, state),
    newColumns: assigned.filter((column) => history?.has(nameKey(column.name)) !== true),
  };
}

function planCandidate(
  load: ScheduledLoad,
  { leaseToken, capabilities }: PlanInputs,
  decided: Decided,
  staged: readonly ColumnDefinition[],
): Candidate {
  return {
    name: candidateName(load, leaseToken, capabilities.maxTableName),
    deciding: decidingColumns(decided, staged).map(({ name, type }, n) => ({
      name: `${STAGED_VALUE_PREFIX}${n + 1}`,
      type,
      staged: name,
      refusedBy: refusedBy(decided, name),
    })),
  };
}

function fileList({ load, inputs, files, skipped }: PublishInputs): string | undefined {
  const { maxTransactionRows, maxTableName } = inputs.capabilities;
  if (maxTransactionRows === undefined || files.length + skipped.length <= maxTransactionRows)
    return undefined;
  return fileListName(load, inputs.leaseToken, maxTableName);
}

/** A full dump makes older skipped files void; a file of the same name that loads makes the skipped one good. */
function resolvedFiles(
  load: ScheduledLoad,
  files: readonly PlannedFile[],
  state: WarehouseState,
): readonly string[] {
  const loaded = new Set(files.map((file) => file.key));
  return state.ledger.skippedFiles
    .filter((file) => file.table === load.table)
    .filter((file) => (load.mode === 'replace' && file.dumpId < load.dumpId) || loaded.has(file.key))
    .map((file) => file.key);
}
