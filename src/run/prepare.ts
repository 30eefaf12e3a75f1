import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { checkClusteredTables } from '../plan/clustering.js';
import type { Inspected } from '../plan/load.js';
import { type Plan, planRun } from '../plan/plan.js';
import { scheduleFiles } from '../plan/schedule-files.js';
import type { Schedule, Scope } from '../plan/schedule-types.js';
import { scheduleManifests, wantedManifests } from '../plan/schedule.js';
import type { WarehouseState } from '../plan/state.js';
import { type RenderedPlan, renderPlan } from '../render/render.js';
import { listDataFiles } from '../source/files-layout.js';
import { inspectFiles } from '../source/inspect.js';
import { type Manifest, type ManifestList, listManifests, readManifests } from '../source/manifests.js';
import type { DumpProblem } from '../source/manifests.js';
import type { ObjectStore } from '../source/object-store.js';
import type { Dialect } from '../warehouse/contract.js';
import { VERSION } from '../version.js';

/** What planning needs besides the observed state. */
export interface PlanContext {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly dialect: Dialect;
  readonly scope: Scope;
  readonly signal: AbortSignal;
}

export interface PreparedPlan {
  readonly plan: Plan;
  readonly rendered: RenderedPlan;
}

type DataFiles = Awaited<ReturnType<typeof listDataFiles>>;

/**
 * Looks at the source and plans. Keeps what it has read, so that planning again within a run (after taking the
 * lease, or after a bad file) costs no request for anything seen before.
 */
export class Planner {
  readonly #context: PlanContext;
  readonly #inspected = new Map<string, Inspected>();
  readonly #manifests = new Map<bigint, Manifest>();
  readonly #problems = new Map<bigint, DumpProblem>();
  readonly #badFiles = new Map<string, HeaploadError>();
  #list: ManifestList | undefined;
  #files: DataFiles | undefined;

  constructor(context: PlanContext) {
    this.#context = context;
  }

  /** From now on the file counts as bad, although its header was good. */
  markBad(key: string, error: HeaploadError): void {
    this.#badFiles.set(key, error);
  }

  /** `leaseToken`: of the run that is to carry the plan out; without, the one the next run would get. */
  async prepare(state: WarehouseState, leaseToken = state.ledger.leaseToken + 1n): Promise<PreparedPlan> {
    const { config, dialect } = this.#context;
    const schedule = await this.#schedule(state);
    await this.#inspect(schedule);
    const plan = planRun({
      tables: config.tables,
      columns: config.columns,
      layout: config.source.layout,
      onBadFile: config.onBadFile,
      startMicros: config.source.startDate?.micros,
      capabilities: dialect.capabilities,
      leaseToken,
      state,
      schedule,
      inspected: this.#inspected,
      badFiles: this.#badFiles,
    });
    const { schema } = config.warehouse;
    const rendered = renderPlan(plan, { dialect, schema, runName: config.name, version: VERSION });
    return { plan, rendered };
  }

  async #schedule(state: WarehouseState): Promise<Schedule> {
    const { config, scope } = this.#context;
    const { tables, source } = config;
    const { ledger } = state;
    if (source.layout === 'files')
      return scheduleFiles({ tables, ledger, scope, files: await this.#listFiles() });
    const list = await this.#listManifests();
    const wanted = wantedManifests(list.manifests, ledger, tables, scope);
    await this.#readManifests(wanted);
    const manifests = wanted
      .map((entry) => this.#manifests.get(entry.dumpId))
      .filter((entry) => entry !== undefined);
    const unread = wanted
      .map((entry) => this.#problems.get(entry.dumpId))
      .filter((entry) => entry !== undefined);
    const problems = [...list.problems, ...unread];
    return scheduleManifests({ tables, ledger, scope, listed: list.manifests, manifests, problems });
  }

  async #listFiles(): Promise<DataFiles> {
    const { config, store, signal } = this.#context;
    const { prefix, patterns } = config.source;
    this.#files ??= await listDataFiles(store, prefix, patterns, signal);
    return this.#files;
  }

  async #listManifests(): Promise<ManifestList> {
    const { config, store, signal } = this.#context;
    this.#list ??= await listManifests(store, config.source.prefix, signal);
    return this.#list;
  }

  async #readManifests(wanted: ManifestList['manifests']): Promise<void> {
    const { config, store, signal } = this.#context;
    const unread = wanted.filter(({ dumpId }) => !this.#manifests.has(dumpId) && !this.#problems.has(dumpId));
    const read = await readManifests(store, unread, { aliases: config.source.bucketAliases }, signal);
    for (const manifest of read.manifests) this.#manifests.set(manifest.dumpId, manifest);
    for (const problem of read.problems) this.#problems.set(problem.dumpId, problem);
  }

  async #inspect(schedule: Schedule): Promise<void> {
    const { store, signal } = this.#context;
    const keys = new Set(schedule.loads.flatMap((load) => load.files.map((file) => file.key)));
    const unseen = [...keys].filter((key) => !this.#inspected.has(key));
    for (const inspected of await inspectFiles(store, unseen, { signal }))
      this.#inspected.set(inspected.key, inspected);
  }
}

/** Stops with `TABLE_UNKNOWN` when the command line or the settings name a table that neither dumps nor ledger know. */
export function checkTables(
  { scope, dialect }: Pick<PlanContext, 'scope' | 'dialect'>,
  plan: Plan,
  state: WarehouseState,
): void {
  const known = new Set([
    ...state.ledger.tables.keys(),
    ...plan.loads.flatMap(({ load }) => [load.table, load.sourceTable]),
    ...plan.settled.flatMap((load) => [load.table, load.sourceTable]),
    ...plan.failures.flatMap((failure) => (failure.table === undefined ? [] : [failure.table])),
    ...plan.announced,
  ]);
  // A dump that is left for later, or cannot be read, may hold what nobody knows yet.
  const knowsAll = scope.toDump === undefined && plan.failures.every(({ table }) => table !== undefined);
  if (knowsAll) checkClusteredTables(dialect.capabilities, known);
  const unknown = (scope.tables ?? []).find((table) => !known.has(table));
  if (unknown === undefined) return;
  throw new HeaploadError(
    'TABLE_UNKNOWN',
    `There is no table ${JSON.stringify(unknown)} in the dumps or the ledger.`,
    {
      hint: `Known tables: ${[...known].sort().join(', ') || 'none'}.`,
    },
  );
}
