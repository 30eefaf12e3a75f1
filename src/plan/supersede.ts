import type { ManifestTable } from '../source/manifests.js';
import type { LoadStatus } from './ledger.js';
import type { LoadFailure, LoadRef, Note, ScheduledLoad } from './schedule-types.js';

/** A load that is not settled yet, with what its manifest says of it. */
export interface Candidate extends LoadRef {
  readonly entry: ManifestTable;
  /** Its status in the ledger; undefined when its dump is new. */
  readonly open: LoadStatus | undefined;
}

export interface OrderedTable {
  readonly loads: readonly ScheduledLoad[];
  readonly superseded: readonly Candidate[];
  readonly nothing: readonly Candidate[];
  readonly failures: readonly LoadFailure[];
  readonly notes: readonly Note[];
}

/**
 * Rules 2, 12 and 14 of docs/semantics.md for one table: the newest full dump is the floor, older loads are
 * superseded; a full dump below one already loaded is void; a load that cannot be read holds up later ones.
 * `candidates` ascend by dump; `unreadable` are dumps whose manifest cannot be used.
 */
export function orderTable(
  candidates: readonly Candidate[],
  newestLoaded: bigint | undefined,
  unreadable: readonly bigint[],
): OrderedTable {
  const floor = candidates.findLast((load) => !load.incremental);
  const isVoid = (load: Candidate): boolean =>
    (floor !== undefined && load.dumpId < floor.dumpId) ||
    (!load.incremental && newestLoaded !== undefined && load.dumpId < newestLoaded);
  const superseded = candidates.filter(isVoid);
  const rest = candidates.filter((load) => !isVoid(load));
  const nothing = rest.filter(
    (load) => load.incremental && load.entry.files.length === 0 && !load.entry.problem,
  );
  const due = rest.filter((load) => !nothing.includes(load));

  // Below the newest loaded dump nothing has to wait: what an unreadable dump holds merges late or is void.
  const solid = [floor?.dumpId, newestLoaded].filter((id) => id !== undefined);
  const barriers = unreadable.filter((id) => solid.every((known) => id > known));
  const failures: LoadFailure[] = [];
  const notes: Note[] = [];
  const loads: ScheduledLoad[] = [];
  for (const load of due) {
    const barrier = barriers.find((id) => id < load.dumpId) ?? failures[0]?.dumpId;
    if (barrier !== undefined) {
      const message = `waits for dump ${barrier.toString()}, which cannot be loaded`;
      notes.push({ dumpId: load.dumpId, table: load.table, message });
    } else if (load.entry.problem) {
      const error = load.entry.problem.at({ dump: load.dumpId, table: load.table });
      failures.push({ dumpId: load.dumpId, table: load.table, error });
    } else {
      loads.push(scheduled(load));
    }
  }
  return { loads, superseded, nothing, failures, notes };
}

function scheduled(load: Candidate): ScheduledLoad {
  return {
    loadId: load.loadId,
    dumpId: load.dumpId,
    table: load.table,
    sourceTable: load.sourceTable,
    incremental: load.incremental,
    mode: load.incremental ? 'merge' : 'replace',
    files: load.entry.files.map((key) => ({ key })),
    manifestColumns: load.entry.columns.length === 0 ? undefined : load.entry.columns,
  };
}
