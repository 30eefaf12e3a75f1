import type { ColumnsConfig, TablesConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { STAGING_PREFIX } from '../schema/identifiers.js';
import type { Capabilities } from '../warehouse/contract.js';
import { evolve } from './evolve.js';
import { LEDGER, LEDGER_VERSION, type LedgerTable } from './ledger.js';
import { type Inspected, type PlannedLoad, planLoad } from './load.js';
import type { LoadFailure, Note, Schedule, SettledLoad } from './schedule-types.js';
import { stagingName } from './staging.js';
import type { LedgerState, WarehouseState } from './state.js';
import type { Step } from './steps.js';

/** Everything a plan depends on: the same inputs give the same plan, byte for byte. */
export interface PlanInputs {
  readonly tables: TablesConfig;
  readonly columns: ColumnsConfig;
  readonly layout: 'manifests' | 'files';
  readonly onBadFile: 'fail' | 'skip';
  /** Microseconds since 1970 UTC of `source.start_date`. */
  readonly startMicros: bigint | undefined;
  readonly capabilities: Capabilities;
  /** Under which the run holds the lease; in a preview, under which it would. */
  readonly leaseToken: bigint;
  readonly state: WarehouseState;
  readonly schedule: Schedule;
  /** Every file of every scheduled load, by key. */
  readonly inspected: ReadonlyMap<string, Inspected>;
  /** Files that turned out bad while they were read, by key; a run plans their loads again with them in here. */
  readonly badFiles: ReadonlyMap<string, HeaploadError>;
}

/** What a run will do, in order. */
export interface Plan {
  /** Schema, ledger and lease. */
  readonly setup: readonly Step[];
  /** Dumps seen for the first time, loads settled without work, leftovers of dead runs. */
  readonly record: readonly Step[];
  readonly loads: readonly PlannedLoad[];
  readonly finish: readonly Step[];
  readonly settled: readonly SettledLoad[];
  /** Tables of the dumps seen for the first time, final names and the source's. */
  readonly announced: readonly string[];
  /** The warehouse as it will be, for `discover`. */
  readonly finalState: WarehouseState;
  readonly failures: readonly LoadFailure[];
  readonly notes: readonly Note[];
}

/** Pure: folds the observed state forward step by step, so that each load sees what earlier ones add. */
export function planRun(inputs: PlanInputs): Plan {
  checkLedger(inputs.state.ledger, inputs.layout);
  const { schedule } = inputs;
  const failures: LoadFailure[] = [...schedule.failures];
  const notes: Note[] = [...schedule.notes];
  const loads: PlannedLoad[] = [];
  const failedAt = new Map<string, bigint>();
  let state = inputs.state;
  for (const load of schedule.loads) {
    const waitsFor = failedAt.get(load.table);
    if (waitsFor !== undefined) {
      const message = `waits for dump ${waitsFor.toString()}, which cannot be loaded`;
      notes.push({ dumpId: load.dumpId, table: load.table, message });
      continue;
    }
    try {
      const planned = planLoad(load, inputs, state);
      for (const step of [...planned.prepare, ...planned.publish]) state = evolve(state, step);
      loads.push(planned);
      notes.push(...planned.notes);
    } catch (error) {
      if (!(error instanceof HeaploadError)) throw error;
      failedAt.set(load.table, load.dumpId);
      const placed = error.at({ dump: load.dumpId, table: load.table });
      failures.push({ dumpId: load.dumpId, table: load.table, error: placed });
    }
  }
  return {
    setup: setupSteps(inputs),
    record: recordSteps(inputs),
    loads,
    finish: [{ kind: 'finish-run' }, { kind: 'release-lease' }],
    settled: schedule.settled,
    announced: announcedTables(schedule),
    finalState: state,
    failures,
    notes,
  };
}

function announcedTables({ newDumps }: Schedule): readonly string[] {
  const names = new Set<string>();
  for (const load of newDumps.flatMap((dump) => dump.loads)) names.add(load.table).add(load.sourceTable);
  return [...names];
}

/** True when a run would not change anything. */
export function isEmpty(plan: Plan): boolean {
  return plan.record.length === 0 && plan.loads.length === 0;
}

function setupSteps(inputs: PlanInputs): readonly Step[] {
  const { state } = inputs;
  const missing = (Object.keys(LEDGER) as LedgerTable[]).filter((table) => !state.ledgerTables.has(table));
  return [
    ...(state.schemaExists ? [] : [{ kind: 'create-schema' } as const]),
    ...missing.map((table) => ({ kind: 'create-ledger-table', table }) as const),
    ...(state.ledger.layout === undefined ? [{ kind: 'seed-lease', layout: inputs.layout } as const] : []),
    { kind: 'acquire-lease' },
    { kind: 'start-run' },
  ];
}

function recordSteps(inputs: PlanInputs): readonly Step[] {
  const { schedule, state, capabilities, leaseToken } = inputs;
  const statuses = ['superseded', 'nothing', 'excluded'] as const;
  const isRecordedSo = new Set(
    schedule.newDumps.flatMap((dump) =>
      dump.loads.filter((load) => load.status === 'excluded').map((load) => load.loadId),
    ),
  );
  const settled = statuses
    .map((status) => ({
      status,
      loads: schedule.settled.filter((load) => load.status === status && !isRecordedSo.has(load.loadId)),
    }))
    .filter(({ loads }) => loads.length > 0);
  const wanted = new Set(
    schedule.loads.map((load) => stagingName(load, leaseToken, capabilities.maxTableName)),
  );
  const leftovers = [...state.tables.values()]
    .map((table) => table.name)
    .filter((name) => name.toLowerCase().startsWith(STAGING_PREFIX) && !wanted.has(name.toLowerCase()));
  return [
    ...(schedule.newDumps.length > 0 ? [{ kind: 'record-dumps', dumps: schedule.newDumps } as const] : []),
    ...settled.map(({ status, loads }) => ({ kind: 'settle-loads', status, loads }) as const),
    ...leftovers.map((staging) => ({ kind: 'drop-staging', staging }) as const),
  ];
}

/** Throws when this heapload, or a source of this layout, may not go on with the ledger. */
export function checkLedger({ version, layout }: LedgerState, configured: PlanInputs['layout']): void {
  if (version !== undefined && version !== LEDGER_VERSION) {
    const message = `The ledger has version ${version.toString()}; this heapload works with version ${LEDGER_VERSION.toString()}.`;
    throw new HeaploadError('LEDGER_VERSION', message, {
      hint: 'Run the heapload version that wrote it, or use another schema.',
    });
  }
  if (layout !== undefined && layout !== configured) {
    const message = `This schema was loaded with source.layout: ${layout}, and the configuration says ${configured}.`;
    throw new HeaploadError('CONFIG_INVALID', message, {
      hint: `The two order rows differently. Set source.layout: ${layout}, or load into another warehouse.schema.`,
    });
  }
}
