import { type HeaploadError, asHeaploadError } from '../errors.js';
import { isBadFile } from '../plan/load.js';
import { isEmpty } from '../plan/plan.js';
import type { LoadFailure } from '../plan/schedule-types.js';
import type { Observation } from '../render/observation.js';
import type { RenderedLoad, RenderedPlan } from '../render/render.js';
import type { Operation, Parameters, Session } from '../warehouse/contract.js';
import { type ApplyContext, applyLoad, applyOperations, identityOf, interrupted } from './apply.js';
import type { Emit, RunResult, RunStatus } from './events.js';
import { acquiredToken, describeHolder, holdsLease, lostLease } from './lease.js';
import { readCounts } from './load-counts.js';
import { observe } from './observe.js';
import { type PlanContext, Planner, checkScope } from './prepare.js';
import { teller } from './tell.js';

/** Everything a run depends on. Identity comes from outside, so that a test can repeat a run exactly. */
export interface RunContext extends PlanContext {
  readonly session: Session;
  readonly queries: Observation;
  readonly emit: Emit;
  /** Unique to this run. */
  readonly runId: string;
  /** Unique to this process. */
  readonly holder: string;
  readonly onOperation?: (moment: 'before' | 'after', operation: Operation) => void;
}

/** Plans and carries out what is to be done; takes the lease only when there is something to do. */
export async function run(context: RunContext): Promise<RunResult> {
  const planner = new Planner(context);
  const begun = await begin(context, planner);
  return 'status' in begun ? begun : await new ActiveRun(context, planner).carryOut(begun);
}

/** How a run starts and ends, whatever is in between. */
type Frame = Pick<RenderedPlan, 'setup' | 'finish'>;

/**
 * Plans for the first time. Of that plan only the frame is kept: what is carried out is planned under the lease, and
 * the plan of years of dumps need not be in memory twice.
 */
async function begin(context: RunContext, planner: Planner): Promise<Frame | RunResult> {
  const state = await observe(context.session, context.dialect, context.queries);
  const { plan, rendered } = await planner.prepare(state);
  checkScope(context.scope, plan, state);
  for (const file of state.ledger.skippedFiles) {
    const message = `${file.key} was skipped and is still missing from ${file.table}: ${file.reason}`;
    context.emit({ kind: 'note', note: { dumpId: file.dumpId, table: file.table, message } });
  }
  if (!isEmpty(plan)) return { setup: rendered.setup, finish: rendered.finish };
  teller(context.emit)(plan);
  const { failures } = plan;
  return { status: failures.length > 0 ? 'failed' : 'nothing', loadsDone: 0, failures, error: undefined };
}

/** A run between taking the lease and giving it back. */
class ActiveRun {
  readonly #context: RunContext;
  readonly #planner: Planner;
  readonly #apply: ApplyContext;
  readonly #tell: ReturnType<typeof teller>;
  #parameters: Parameters;
  #loadsDone = 0;
  #failures: readonly LoadFailure[] = [];
  #applyFailures: readonly LoadFailure[] = [];

  constructor(context: RunContext, planner: Planner) {
    this.#context = context;
    this.#planner = planner;
    this.#apply = context;
    this.#tell = teller(context.emit);
    this.#parameters = { run_id: context.runId, holder: context.holder };
  }

  async carryOut({ setup, finish }: Frame): Promise<RunResult> {
    await this.#takeLease({ setup, finish });
    let error: HeaploadError | undefined;
    try {
      await this.#loadAll();
    } catch (thrown) {
      error = asHeaploadError(thrown);
    }
    const status = this.#status(error);
    // A run that lost its lease has nothing to give back.
    if (error?.code !== 'LEASE_LOST') {
      try {
        await this.#finish(finish, status, error);
      } catch (thrown) {
        // What stopped the run says more than that its end could not be written down.
        error ??= asHeaploadError(thrown);
      }
    }
    if (error?.code === 'BUG') throw error;
    return { status: this.#status(error), loadsDone: this.#loadsDone, failures: this.#failures, error };
  }

  async #takeLease({ setup, finish }: Frame): Promise<void> {
    const { session, queries, runId } = this.#context;
    try {
      await applyOperations(setup, this.#apply, this.#parameters);
    } catch (error) {
      const failed = asHeaploadError(error);
      if (failed.code === 'LEASE_HELD') throw await describeHolder(failed, session, queries);
      await this.#giveBack(finish, failed);
      throw failed;
    }
    this.#parameters = { ...this.#parameters, lease_token: await acquiredToken(session, queries, runId) };
  }

  /** What stopped the setup may have come after the lease was taken; nobody else could work until it expires. */
  async #giveBack(finish: readonly Operation[], error: HeaploadError): Promise<void> {
    const { session, queries, runId } = this.#context;
    try {
      this.#parameters = { ...this.#parameters, lease_token: await acquiredToken(session, queries, runId) };
      await this.#finish(finish, this.#status(error), error);
    } catch {
      // It was not ours, or the warehouse does not answer: what stopped the setup is what matters.
    }
  }

  /** Plans again under the lease, since another run may have worked until a moment ago, and after each bad file. */
  async #loadAll(): Promise<void> {
    while (await this.#loadEach(await this.#planLoads()));
  }

  /** Records what was found, and gives what is to be loaded; the rest of the plan need not stay in memory. */
  async #planLoads(): Promise<readonly RenderedLoad[]> {
    const { session, dialect, queries, emit } = this.#context;
    const state = await observe(session, dialect, queries);
    const { plan, rendered } = await this.#planner.prepare(state, state.ledger.leaseToken);
    this.#failures = [...this.#applyFailures, ...plan.failures];
    this.#tell(plan);
    emit({
      kind: 'planned',
      loads: rendered.loads.length,
      files: rendered.loads.reduce((sum, load) => sum + load.files, 0),
      bytes: rendered.loads.reduce((sum, load) => sum + load.bytes, 0),
    });
    await applyOperations(rendered.record, this.#apply, this.#parameters);
    return rendered.loads;
  }

  /** Gives true when a bad file has to be planned around. */
  async #loadEach(loads: readonly RenderedLoad[]): Promise<boolean> {
    const failed = new Set(this.#applyFailures.map((failure) => failure.table));
    for (const load of loads) {
      if (this.#context.signal.aborted) throw interrupted();
      if (failed.has(load.load.table)) {
        const note = {
          dumpId: load.load.dumpId,
          table: load.load.table,
          message: 'waits for the failed load before it',
        };
        this.#context.emit({ kind: 'note', note });
        continue;
      }
      try {
        await this.#loadOne(load);
      } catch (thrown) {
        const cause = await this.#causeOf(asHeaploadError(thrown));
        const error = cause.at({ dump: load.load.dumpId, table: load.load.table });
        if (endsRun(error)) throw error;
        if (this.#canSkip(error)) return true;
        failed.add(load.load.table);
        this.#fail({ dumpId: load.load.dumpId, table: load.load.table, error });
      }
    }
    return false;
  }

  /** A run that was overtaken may fail in odd ways, such as on a staging table that the other run has dropped. */
  async #causeOf(error: HeaploadError): Promise<HeaploadError> {
    if (!['BUG', 'SQL_FAILED', 'LOAD_STATE'].includes(error.code)) return error;
    const { session, queries } = this.#context;
    const isOurs = await holdsLease(session, queries, this.#parameters.lease_token).catch(() => true);
    return isOurs ? error : lostLease(error);
  }

  async #loadOne(load: RenderedLoad): Promise<void> {
    const { session, emit } = this.#context;
    const identity = identityOf(load);
    emit({
      kind: 'load-started',
      load: identity,
      files: load.files,
      bytes: load.bytes,
      createsTable: load.createsTable,
      addedColumns: load.addedColumns,
    });
    const bytesBilled = await applyLoad(load, this.#apply, this.#parameters);
    this.#loadsDone += 1;
    emit({ kind: 'load-done', load: identity, counts: await readCounts(session, load.report), bytesBilled });
  }

  #canSkip(error: HeaploadError): boolean {
    const { config } = this.#context;
    if (config.onBadFile !== 'skip' || !isBadFile(error) || error.place.file === undefined) return false;
    this.#planner.markBad(error.place.file, error);
    return true;
  }

  #fail(failure: LoadFailure): void {
    this.#applyFailures = [...this.#applyFailures, failure];
    this.#failures = [...this.#failures, failure];
    this.#context.emit({ kind: 'failure', failure });
  }

  #status(error: HeaploadError | undefined): RunStatus {
    if (error?.code === 'INTERRUPTED') return 'interrupted';
    return error !== undefined || this.#failures.length > 0 ? 'failed' : 'done';
  }

  /** Also after an interruption: the ledger says how the run ended and the lease is free at once. */
  async #finish(
    operations: readonly Operation[],
    status: RunStatus,
    error: HeaploadError | undefined,
  ): Promise<void> {
    const messages = [
      ...this.#failures.map((failure) => failure.error),
      ...(error === undefined ? [] : [error]),
    ];
    const parameters = {
      ...this.#parameters,
      run_status: status,
      run_message: messages.map((each) => `${each.code}: ${each.message}`).join('\n'),
      loads_done: BigInt(this.#loadsDone),
      loads_failed: BigInt(this.#failures.length),
    };
    await applyOperations(operations, { ...this.#apply, signal: new AbortController().signal }, parameters);
  }
}

/** Errors that concern the run, not one load. */
function endsRun(error: HeaploadError): boolean {
  return ['INTERRUPTED', 'LEASE_LOST', 'WAREHOUSE_UNAVAILABLE', 'BUG'].includes(error.code);
}
