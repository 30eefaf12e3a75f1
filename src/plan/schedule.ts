import type { TablesConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import type { DumpProblem, ListedManifest, Manifest } from '../source/manifests.js';
import type {
  LoadFailure,
  LoadRef,
  NewDump,
  NewLoad,
  Note,
  Schedule,
  ScheduledLoad,
  Scope,
  SettledLoad,
} from './schedule-types.js';
import type { LedgerState, OpenLoad } from './state.js';
import { finalTableName, inScope, tableStanding } from './table-names.js';
import { type Candidate, orderTable } from './supersede.js';

export interface ScheduleInputs {
  readonly tables: TablesConfig;
  readonly ledger: LedgerState;
  readonly scope: Scope;
  /** Every manifest of the source, by ascending dump. */
  readonly listed: readonly ListedManifest[];
  /** Those of {@link wantedManifests} that could be read, by ascending dump. */
  readonly manifests: readonly Manifest[];
  /** Dumps that cannot be used at all. */
  readonly problems: readonly DumpProblem[];
}

/** The manifests worth a request: dumps the ledger does not know, and known ones with loads left to do. */
export function wantedManifests(
  listed: readonly ListedManifest[],
  ledger: LedgerState,
  tables: TablesConfig,
  scope: Scope,
): readonly ListedManifest[] {
  const open = new Set(
    ledger.openLoads.filter((load) => isWanted(load, ledger, tables)).map((load) => load.dumpId),
  );
  return listed
    .filter((manifest) => withinScope(manifest.dumpId, scope))
    .filter((manifest) => !ledger.dumps.has(manifest.dumpId) || open.has(manifest.dumpId));
}

/** Decides, from manifests and ledger alone, which loads to carry out and which are settled without any work. */
export function scheduleManifests(inputs: ScheduleInputs): Schedule {
  const problems = inputs.problems.filter((problem) => withinScope(problem.dumpId, inputs.scope));
  const failures: LoadFailure[] = problems.map(({ dumpId, error }) => ({ dumpId, table: undefined, error }));
  const settled: SettledLoad[] = [];
  const notes: Note[] = inputs.listed.length + inputs.problems.length === 0 ? [NO_DUMPS] : [];
  const loads: ScheduledLoad[] = [];
  const refs = loadRefs(inputs);
  const candidates = [...candidatesByTable(inputs, refs)].map(([table, open]) => {
    return { table, open, standing: tableStanding(table, open, inputs.tables, inputs.ledger) };
  });
  const leftOut = candidates.filter(
    ({ standing }) => standing.kind === 'excluded' || standing.kind === 'refused',
  );
  const leftOutTables = new Set(leftOut.map(({ table }) => table));
  const newDumps = inputs.manifests
    .filter((manifest) => !inputs.ledger.dumps.has(manifest.dumpId))
    .map((manifest) => newDump(manifest, refs.get(manifest) ?? [], leftOutTables));

  const vanished = vanishedLoads(inputs);
  failures.push(...vanished.map(vanishedFailure));

  for (const { table, open, standing } of candidates) {
    if (!inScope(inputs.scope, table, open)) continue;
    if (standing.kind === 'excluded') {
      settled.push(
        ...open.filter((load) => load.open !== 'excluded').map((load) => settle(load, 'excluded')),
      );
      continue;
    }
    if (standing.kind === 'failed' || standing.kind === 'refused') {
      failures.push({
        dumpId: standing.dumpId,
        table,
        error: standing.error.at({ table, dump: standing.dumpId }),
      });
      continue;
    }
    const ordered = orderTable(
      open,
      inputs.ledger.tables.get(table)?.newestLoaded,
      [...problems, ...vanished.filter((load) => load.table === table)].map((blocked) => blocked.dumpId),
    );
    settled.push(...ordered.superseded.map((load) => settle(load, 'superseded')));
    settled.push(...ordered.nothing.map((load) => settle(load, 'nothing')));
    failures.push(...ordered.failures);
    notes.push(...ordered.notes);
    loads.push(...ordered.loads);
  }
  return { newDumps, settled: settled.sort(byDump), loads: loads.sort(byDump), failures, notes };
}

/** Nearly always a wrong prefix or directory, which would otherwise look like a source that is all loaded. */
const NO_DUMPS: Note = {
  message: 'the source holds no dumps: it has no manifests/sync_<id>.json below source.prefix',
};

function withinScope(dumpId: bigint, scope: Scope): boolean {
  return scope.toDump === undefined || dumpId <= scope.toDump;
}

function isWanted(load: OpenLoad, ledger: LedgerState, tables: TablesConfig): boolean {
  if (load.status === 'pending') return true;
  return tableStanding(load.table, [load], tables, ledger).kind !== 'excluded';
}

/** Ascending dumps; within one, tables in the order in which the dumps first name them, which a stable sort keeps. */
function byDump(a: { readonly dumpId: bigint }, b: { readonly dumpId: bigint }): number {
  return a.dumpId < b.dumpId ? -1 : a.dumpId > b.dumpId ? 1 : 0;
}

function settle(load: LoadRef, status: SettledLoad['status']): SettledLoad {
  const { loadId, dumpId, table, sourceTable, incremental } = load;
  return { loadId, dumpId, table, sourceTable, incremental, status };
}

function newDump(manifest: Manifest, refs: readonly LoadRef[], leftOut: ReadonlySet<string>): NewDump {
  const loads = new Map<string, NewLoad>();
  refs.forEach((ref, place) => {
    const files = manifest.tables[place]?.files.length ?? 0;
    const status = leftOut.has(ref.table) ? 'excluded' : 'pending';
    const { loadId, dumpId, table, sourceTable, incremental } = ref;
    // Spelled out: what `...ref` makes takes twice the memory.
    if (!loads.has(loadId))
      loads.set(loadId, { loadId, dumpId, table, sourceTable, incremental, files, status });
  });
  return {
    dumpId: manifest.dumpId,
    manifestKey: manifest.key,
    manifestEtag: manifest.etag,
    loads: [...loads.values()],
  };
}

/** The loads of each manifest, in its order. Made once: years of dumps have a hundred thousand of them. */
function loadRefs({ manifests, tables }: ScheduleInputs): ReadonlyMap<Manifest, readonly LoadRef[]> {
  const finalNames = new Map<string, string>();
  const loadRef = (dumpId: bigint, { name, incremental }: Manifest['tables'][number]): LoadRef => {
    const table = finalNames.get(name) ?? finalTableName(name, tables);
    finalNames.set(name, table);
    return { loadId: `${dumpId.toString()}/${name}`, dumpId, table, sourceTable: name, incremental };
  };
  return new Map(
    manifests.map((manifest) => [manifest, manifest.tables.map((entry) => loadRef(manifest.dumpId, entry))]),
  );
}

/** Loads not settled yet, by final table, each list by ascending dump. */
function candidatesByTable(
  inputs: ScheduleInputs,
  refs: ReturnType<typeof loadRefs>,
): ReadonlyMap<string, readonly Candidate[]> {
  const open = new Map(inputs.ledger.openLoads.map((load) => [load.loadId, load.status]));
  const byTable = new Map<string, Candidate[]>();
  for (const manifest of inputs.manifests) {
    const known = inputs.ledger.dumps.has(manifest.dumpId);
    for (const [place, entry] of manifest.tables.entries()) {
      const ref = refs.get(manifest)?.[place];
      if (ref === undefined || (known && !open.has(ref.loadId))) continue;
      const { loadId, dumpId, table, sourceTable, incremental } = ref;
      const status = open.get(loadId);
      const candidate: Candidate = { loadId, dumpId, table, sourceTable, incremental, entry, open: status };
      const list = byTable.get(ref.table);
      if (list === undefined) byTable.set(ref.table, [candidate]);
      else list.push(candidate);
    }
  }
  return byTable;
}

/** Loads the ledger waits for whose manifest is no longer in the source. */
function vanishedLoads(inputs: ScheduleInputs): readonly OpenLoad[] {
  const present = new Set([...inputs.listed, ...inputs.problems].map((dump) => dump.dumpId));
  return inputs.ledger.openLoads
    .filter(
      (load) =>
        load.status === 'pending' && !present.has(load.dumpId) && withinScope(load.dumpId, inputs.scope),
    )
    .filter((load) => inScope(inputs.scope, load.table, [load]))
    .filter((load) => !supersededSince(load, inputs));
}

function vanishedFailure(load: OpenLoad): LoadFailure {
  const error = new HeaploadError(
    'SOURCE_MISSING',
    'The manifest of a dump that still has to be loaded is gone.',
    {
      place: { dump: load.dumpId, table: load.table },
      hint:
        'Restore the manifest in the source. If its rows are not needed, set the status of load_id ' +
        `'${load.loadId}' to 'superseded' in _heapload_loads.`,
    },
  );
  return { dumpId: load.dumpId, table: load.table, error };
}

/** True when a full dump, pending or committed, already made this load void. */
function supersededSince(load: OpenLoad, inputs: ScheduleInputs): boolean {
  return inputs.manifests.some(
    (manifest) =>
      manifest.dumpId > load.dumpId &&
      manifest.tables.some(
        (entry) => !entry.incremental && finalTableName(entry.name, inputs.tables) === load.table,
      ),
  );
}
