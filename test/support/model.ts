import { fold } from './model/columns.js';
import { type TableContent, applyLoad } from './model/load.js';
import {
  type LoadCounts,
  type ModelConfig,
  type ModelDump,
  ModelFailure,
  type ModelLoad,
  type ModelReject,
  type ModelTable,
  type ModelTableState,
} from './model/types.js';

export { rowKey } from './model/load.js';
export { textOf } from './model/casts.js';
export * from './model/types.js';

interface Work {
  readonly name: string;
  readonly key: readonly string[];
  content: TableContent;
  readonly settled: Set<bigint>;
  newestLoaded: bigint | undefined;
  readonly loads: ModelLoad[];
  readonly rejects: ModelReject[];
  readonly failures: { run: number; dump: bigint; code: ModelFailure['code'] }[];
}

const NO_ROWS: LoadCounts = {
  rowsRead: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  filtered: 0,
  rejectedRows: 0,
  rejectedValues: 0,
};

/**
 * What the tables hold after some runs, from the written contract alone. `runs`: for every run the ids of the
 * dumps it sees; a dump that was not there before is new. Tables by name; one that only superseded or empty
 * loads named has no columns.
 */
export function runModel(
  dumps: readonly ModelDump[],
  config: ModelConfig,
  runs: readonly (readonly bigint[])[],
): ReadonlyMap<string, ModelTableState> {
  const tables = new Map<string, Work>();
  runs.forEach((seen, index) => {
    const visible = dumps.filter((dump) => seen.includes(dump.id));
    for (const [name, pending] of pendingByTable(visible, config)) {
      const work = tables.get(name) ?? newTable(name, config);
      tables.set(name, work);
      runTable(
        work,
        pending.filter((load) => !work.settled.has(load.dump)),
        index + 1,
        config,
      );
    }
  });
  return new Map([...tables].map(([name, work]) => [name, finalState(work)]));
}

/** One run with all dumps. */
export function runModelOnce(
  dumps: readonly ModelDump[],
  config: ModelConfig = {},
): ReadonlyMap<string, ModelTableState> {
  return runModel(dumps, config, [dumps.map((dump) => dump.id)]);
}

interface Pending {
  readonly dump: bigint;
  readonly entry: ModelTable;
}

function pendingByTable(
  dumps: readonly ModelDump[],
  config: ModelConfig,
): ReadonlyMap<string, readonly Pending[]> {
  const excluded = config.excludeTables ?? ['_event_metadata'];
  const byTable = new Map<string, Pending[]>();
  const ascending = [...dumps].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const dump of ascending) {
    for (const entry of dump.tables) {
      const name = entry.name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_');
      if (excluded.includes(name)) continue;
      byTable.set(name, [...(byTable.get(name) ?? []), { dump: dump.id, entry: { ...entry, name } }]);
    }
  }
  return byTable;
}

function newTable(name: string, config: ModelConfig): Work {
  return {
    name,
    key: config.keys?.[name] ?? defaultKey(name),
    content: { columns: new Map(), rows: new Map() },
    settled: new Set(),
    newestLoaded: undefined,
    loads: [],
    rejects: [],
    failures: [],
  };
}

function defaultKey(table: string): readonly string[] {
  if (table === 'users') return ['user_id'];
  if (table === 'user_migrations') return ['from_user_id'];
  return ['event_id'];
}

/** Rules 2 and 14: which loads of one table a run carries out, in order of their dumps. */
function runTable(work: Work, pending: readonly Pending[], run: number, config: ModelConfig): void {
  const floor = pending.findLast((load) => !load.entry.incremental)?.dump;
  const newestBefore = work.newestLoaded;
  for (const load of pending) {
    const isBelowFloor = floor !== undefined && load.dump < floor;
    const isLateFull = !load.entry.incremental && newestBefore !== undefined && load.dump < newestBefore;
    if (isBelowFloor || isLateFull) settle(work, load, run, 'superseded', NO_ROWS);
    else if (load.entry.incremental && load.entry.files.length === 0)
      settle(work, load, run, 'nothing', NO_ROWS);
    else if (!tryLoad(work, load, run, config)) return;
  }
}

function tryLoad(work: Work, load: Pending, run: number, config: ModelConfig): boolean {
  try {
    const { key, content } = work;
    const outcome = applyLoad({ dump: load.dump, entry: load.entry, key, content, config });
    work.content = outcome.content;
    work.rejects.push(...outcome.rejects);
    if (work.newestLoaded === undefined || load.dump > work.newestLoaded) work.newestLoaded = load.dump;
    settle(work, load, run, 'loaded', outcome.counts);
    return true;
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    work.failures.push({ run, dump: load.dump, code: error.code });
    return false;
  }
}

function settle(
  work: Work,
  load: Pending,
  run: number,
  status: ModelLoad['status'],
  counts: LoadCounts,
): void {
  work.settled.add(load.dump);
  const { incremental, files } = load.entry;
  work.loads.push({ run, dump: load.dump, incremental, files: files.length, status, ...counts });
}

function finalState(work: Work): ModelTableState {
  const { columns, rows } = work.content;
  const names = [...columns.keys()];
  const finalRows = [...rows].map(([key, row]) => {
    return [
      key,
      { dump: row.dump, values: names.map((name) => row.values.get(fold(name)) ?? null) },
    ] as const;
  });
  return {
    name: work.name,
    key: work.key,
    columns: [...columns.values()].map(({ name, type }) => ({ name, type })),
    rows: new Map(finalRows),
    rejects: work.rejects.map((reject) => ({ ...reject, column: spelled(reject.column, work) })),
    loads: work.loads,
    failures: work.failures,
  };
}

function spelled(column: string | undefined, work: Work): string | undefined {
  return column === undefined ? undefined : work.content.columns.get(column)?.name;
}
