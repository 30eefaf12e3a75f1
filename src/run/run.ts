import { type HeaploadError, asHeaploadError } from '../errors.js';
import { isEmpty } from '../plan/plan.js';
import type { LoadFailure } from '../plan/schedule-types.js';
import { incompleteTables } from '../models/tables.js';
import type { RenderedLoad } from '../render/render.js';
import type { Operation, Parameters, Session } from '../warehouse/contract.js';
import { type ApplyContext, applyOperations } from './apply.js';
import { buildModels } from './build-models.js';
import { endsRun } from './ends-run.js';
import type { Emit, NodeResult, RunResult, RunStatus } from './events.js';
import { type Ending, type Frame, type LeasedContext, underLease } from './leased.js';
import { loadTables } from './load-tables.js';
import { modelsAreDue } from './models-due.js';
import { observe } from './observe.js';
import { AFTER_LOADS, catalogOf, prepareModels } from './prepare-models.js';
import { type PlanContext, Planner, checkTables } from './prepare.js';
import { Sessions } from './sessions.js';
import { teller } from './tell.js';

/** Everything a run depends on. Identity comes from outside, so that a test can repeat a run exactly. */
export interface RunContext extends PlanContext, LeasedContext {
  readonly session: Session;
  readonly emit: Emit;
  /** Opens sessions for loads that go side by side; without it one follows another. */
  readonly connectForLoads?: () => Promise<Session>;
  /** Opens sessions to build models with once the loads are done; without it no model is built. */
  readonly connectForModels?: () => Promise<Session>;
  readonly onOperation?: (moment: 'before' | 'after', operation: Operation) => void;
}

/** Plans and carries out what is to be done; takes the lease only when there is something to do. */
export async function run(context: RunContext): Promise<RunResult> {
  const planner = new Planner(context);
  const begun = await begin(context, planner);
  return 'status' in begun ? begun : await new ActiveRun(context, planner).carryOut(begun);
}

/**
 * Plans for the first time. Of that plan only the frame is kept: what is carried out is planned under the lease, and
 * the plan of years of dumps need not be in memory twice.
 */
async function begin(context: RunContext, planner: Planner): Promise<Frame | RunResult> {
  const { session, queries } = context;
  const state = await observe(session, context.dialect, queries);
  const { plan, rendered } = await planner.prepare(state);
  checkTables(context, plan, state);
  for (const file of state.ledger.skippedFiles) {
    const message = `${file.key} was skipped and is still missing from ${file.table}: ${file.reason}`;
    context.emit({ kind: 'note', note: { dumpId: file.dumpId, table: file.table, message } });
  }
  if (!isEmpty(plan)) return { setup: rendered.setup, finish: rendered.finish };
  if (context.connectForModels !== undefined && (await modelsAreDue(session, queries, state)))
    return { setup: rendered.setup, finish: rendered.finish };
  teller(context.emit)(plan);
  const { failures } = plan;
  const status = failures.length > 0 ? 'failed' : 'nothing';
  return { status, loadsDone: 0, failures, nodes: [], error: undefined };
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
  #nodes: readonly NodeResult[] = [];

  constructor(context: RunContext, planner: Planner) {
    this.#context = context;
    this.#planner = planner;
    this.#apply = context;
    this.#tell = teller(context.emit);
    this.#parameters = { run_id: context.runId, holder: context.holder };
  }

  async carryOut(frame: Frame): Promise<RunResult> {
    const work = async (parameters: Parameters): Promise<void> => {
      this.#parameters = parameters;
      await this.#loadAll();
      await this.#buildModels();
    };
    const error = await underLease(this.#context, frame, work, (ended) => this.#ending(ended));
    return {
      status: this.#status(error),
      loadsDone: this.#loadsDone,
      failures: this.#failures,
      nodes: this.#nodes,
      error,
    };
  }

  /** Plans again under the lease, since another run may have worked until a moment ago, and after each bad file. */
  async #loadAll(): Promise<void> {
    while (await this.#loadEach(await this.#planLoads()));
  }

  /** Records what was found, and gives what is to be loaded; the rest of the plan need not stay in memory. */
  async #planLoads(): Promise<readonly RenderedLoad[]> {
    const { session, dialect, queries, emit } = this.#context;
    const state = await observe(session, dialect, queries);
    // Ours, also when another run has taken the lease since: its staging tables are not ours to touch.
    const { plan, rendered } = await this.#planner.prepare(state, BigInt(this.#parameters.lease_token ?? 0n));
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
    const { session, queries, config, connectForLoads } = this.#context;
    const sessions = new Sessions(connectForLoads ?? neverConnect, session);
    try {
      return await loadTables(loads, {
        apply: this.#apply,
        queries,
        parameters: this.#parameters,
        sessions,
        threads: connectForLoads === undefined ? 1 : config.tables.threads,
        failed: new Set(this.#applyFailures.flatMap(({ table }) => table ?? [])),
        done: () => {
          this.#loadsDone += 1;
        },
        fail: (failure) => {
          this.#fail(failure);
        },
        leaveOut: (file, error) => {
          if (config.onBadFile !== 'skip') return false;
          this.#planner.markBad(file, error);
          return true;
        },
      });
    } finally {
      await sessions.close();
    }
  }

  #fail(failure: LoadFailure): void {
    this.#applyFailures = [...this.#applyFailures, failure];
    this.#failures = [...this.#failures, failure];
    this.#context.emit({ kind: 'failure', failure });
  }

  /** From what the warehouse is after the loads; models that are not valid fail the run, and its loads stay. */
  async #buildModels(): Promise<void> {
    const { connectForModels: connect, session, dialect, queries, config, emit } = this.#context;
    if (connect === undefined) return;
    try {
      const state = await observe(session, dialect, queries);
      const catalog = await catalogOf(this.#context, session);
      const incomplete = incompleteTables(state.ledger, this.#failures);
      const plan = await prepareModels(this.#context, AFTER_LOADS, { state, incomplete, catalog });
      for (const note of plan.notes) emit({ kind: 'note', note });
      const { threads, redact } = config.models;
      const [apply, parameters] = [this.#apply, this.#parameters];
      this.#nodes = await buildModels(plan, { apply, parameters, connect, threads, redact, emit });
    } catch (thrown) {
      const error = asHeaploadError(thrown);
      if (endsRun(error)) throw error;
      this.#fail({ dumpId: undefined, table: undefined, error });
    }
  }

  #status(error: HeaploadError | undefined): RunStatus {
    if (error?.code === 'INTERRUPTED') return 'interrupted';
    const broken = this.#nodes.some(({ status }) => status === 'error' || status === 'fail');
    return error !== undefined || this.#failures.length > 0 || broken ? 'failed' : 'done';
  }

  #ending(error: HeaploadError | undefined): Ending {
    const errors = [
      ...this.#failures.map((failure) => failure.error),
      ...this.#nodes.flatMap((node) => (node.status === 'skipped' ? [] : (node.error ?? []))),
    ];
    const loadsFailed = this.#failures.length;
    return { status: this.#status(error), errors, loadsDone: this.#loadsDone, loadsFailed };
  }
}

/** One load at a time needs no session but the run's. */
function neverConnect(): Promise<Session> {
  throw new Error('loads overlap without a way to open sessions for them');
}
