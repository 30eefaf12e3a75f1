import { createHash } from 'node:crypto';
import type { TablesConfig } from '../config/types.js';
import type { SourceFile } from '../source/files-layout.js';
import type {
  LoadFailure,
  NewDump,
  Note,
  Schedule,
  ScheduledLoad,
  Scope,
  SettledLoad,
} from './schedule-types.js';
import { type LedgerState, fileIdentity } from './state.js';
import { finalTableName, inScope, tableStanding } from './table-names.js';

export interface FilesScheduleInputs {
  readonly tables: TablesConfig;
  readonly ledger: LedgerState;
  readonly scope: Scope;
  /** By table of the source, each list in load order. */
  readonly files: ReadonlyMap<string, readonly SourceFile[]>;
}

/**
 * Layout `files`: per table one load of all files the ledger does not know by key and etag. There are no full
 * dumps, so nothing is superseded; each row's order is its file's, which the final table keeps.
 */
export function scheduleFiles(inputs: FilesScheduleInputs): Schedule {
  const loads: ScheduledLoad[] = [];
  const failures: LoadFailure[] = [];
  const candidates = [...inputs.files].flatMap(([sourceTable, files]) => {
    const fresh = files.filter((file) => isNew(file, inputs));
    return fresh.length === 0 ? [] : [planned(sourceTable, fresh, inputs.tables)];
  });
  for (const load of candidates) {
    const sameTable = candidates.filter((other) => other.table === load.table);
    if (!inScope(inputs.scope, load.table, [load])) continue;
    const standing = tableStanding(load.table, sameTable, inputs.tables, inputs.ledger);
    if (standing.kind === 'failed' || standing.kind === 'refused') {
      if (failures.some((failure) => failure.table === load.table)) continue;
      const error = standing.error.at({ table: load.table });
      failures.push({ dumpId: undefined, table: load.table, error });
    } else if (standing.kind === 'selected') {
      loads.push(load);
    }
  }
  const notes = inputs.files.size === 0 ? [NO_FILES] : [];
  const open = new Set(inputs.ledger.openLoads.map((load) => load.loadId));
  const newDumps = loads.filter((load) => !open.has(load.loadId)).map(asDump);
  return { newDumps, settled: replacedLoads(inputs, candidates, loads), loads, failures, notes };
}

/** Loads that an earlier run announced and did not finish, where the files left to load are others by now. */
function replacedLoads(
  inputs: FilesScheduleInputs,
  candidates: readonly ScheduledLoad[],
  loads: readonly ScheduledLoad[],
): readonly SettledLoad[] {
  return inputs.ledger.openLoads
    .filter((open) => open.status === 'pending' && inScope(inputs.scope, open.table, [open]))
    .filter((open) => candidates.every((load) => load.table !== open.table || loads.includes(load)))
    .filter((open) => !loads.some((load) => load.loadId === open.loadId))
    .map(({ loadId, dumpId, table, sourceTable }) => ({
      ...{ loadId, dumpId, table, sourceTable },
      incremental: true,
      status: 'superseded',
    }));
}

const NO_FILES: Note = {
  message: 'the source holds no files: nothing below source.prefix fits sync_<n>/<table>/ or source.patterns',
};

function isNew(file: SourceFile, inputs: FilesScheduleInputs): boolean {
  const { toDump } = inputs.scope;
  if (toDump !== undefined && BigInt(Math.trunc(file.modifiedAt)) > toDump) return false;
  return !inputs.ledger.files.has(fileIdentity(file.key, file.etag));
}

function planned(sourceTable: string, files: readonly SourceFile[], tables: TablesConfig): ScheduledLoad {
  const newest = files.reduce((latest, file) => Math.max(latest, Math.trunc(file.modifiedAt)), 0);
  const identities = files.map((file) => fileIdentity(file.key, file.etag)).join('\n\n');
  const hash = createHash('sha256').update(identities).digest('hex').slice(0, 16);
  return {
    loadId: `files-${hash}/${sourceTable}`,
    dumpId: BigInt(newest),
    table: finalTableName(sourceTable, tables),
    sourceTable,
    incremental: true,
    mode: 'merge',
    files: files.map(({ key, etag, sortKey, modifiedAt }) => ({
      key,
      listed: { etag, sortKey, modifiedAt },
    })),
    manifestColumns: undefined,
  };
}

/** The ledger's record of a load that no manifest announced. */
function asDump(load: ScheduledLoad): NewDump {
  const { loadId, dumpId, table, sourceTable, incremental, files } = load;
  return {
    dumpId,
    manifestKey: '',
    manifestEtag: '',
    loads: [{ loadId, dumpId, table, sourceTable, incremental, files: files.length, status: 'pending' }],
  };
}
