import { type HeaploadError, asHeaploadError } from '../errors.js';
import { incompleteTables } from '../models/tables.js';
import type { ModelPlan } from '../models/plan.js';
import { checkLedger } from '../plan/plan.js';
import { renderFrame } from '../render/render.js';
import type { Parameters, Session } from '../warehouse/contract.js';
import { VERSION } from '../version.js';
import { buildModels } from './build-models.js';
import type { Emit, NodeResult, RunResult, RunStatus } from './events.js';
import { type Ending, type LeasedContext, underLease } from './leased.js';
import { observe } from './observe.js';
import { type ModelsRequest, catalogOf, prepareModels } from './prepare-models.js';
import type { PlanContext } from './prepare.js';

/** Everything that building models without loading depends on. */
export interface BuildRunContext extends PlanContext, LeasedContext {
  readonly emit: Emit;
  readonly connect: () => Promise<Session>;
}

/** Builds models and asks data tests over what is loaded; takes the lease only when models are built. */
export async function build(context: BuildRunContext, request: ModelsRequest): Promise<RunResult> {
  const first = await planBuild(context, request);
  if (first.models.length + first.tests.length === 0) return { ...NOTHING_DONE, status: 'nothing' };
  const outcome = new Outcome();
  let error: HeaploadError | undefined;
  if (first.models.length === 0) {
    error = await caught(async () => {
      outcome.nodes = await carryOut(first, context, { run_id: context.runId, holder: context.holder });
    });
  } else {
    const { config, dialect } = context;
    const settings = { dialect, schema: config.warehouse.schema, runName: config.name, version: VERSION };
    const work = async (parameters: Parameters): Promise<void> => {
      // Another run may have worked until a moment ago.
      const plan = await planBuild(context, request);
      for (const note of plan.notes) context.emit({ kind: 'note', note });
      outcome.nodes = await carryOut(plan, context, parameters);
    };
    error = await underLease(context, renderFrame(settings), work, (ended) => outcome.ending(ended));
  }
  return { ...NOTHING_DONE, nodes: outcome.nodes, status: outcome.status(error), error };
}

const NOTHING_DONE = { loadsDone: 0, failures: [], nodes: [], error: undefined } as const;

/** How the models and tests went so far. */
class Outcome {
  nodes: readonly NodeResult[] = [];

  status(error: HeaploadError | undefined): RunStatus {
    if (error?.code === 'INTERRUPTED') return 'interrupted';
    const broken = this.nodes.some(({ status }) => ['error', 'fail', 'skipped'].includes(status));
    return error !== undefined || broken ? 'failed' : 'done';
  }

  ending(error: HeaploadError | undefined): Ending {
    const errors = this.nodes.flatMap((node) => node.error ?? []);
    return { status: this.status(error), errors, loadsDone: 0, loadsFailed: 0 };
  }
}

async function planBuild(context: BuildRunContext, request: ModelsRequest): Promise<ModelPlan> {
  const { session, dialect, queries, config } = context;
  const state = await observe(session, dialect, queries);
  checkLedger(state.ledger, config.source.layout);
  const catalog = await catalogOf(context, session);
  const incomplete = incompleteTables(state.ledger, []);
  return await prepareModels(context, request, { state, incomplete, catalog });
}

async function carryOut(
  plan: ModelPlan,
  context: BuildRunContext,
  parameters: Parameters,
): Promise<readonly NodeResult[]> {
  const { config, connect, emit } = context;
  const { threads, redact } = config.models;
  return await buildModels(plan, { apply: context, parameters, connect, threads, redact, emit });
}

async function caught(work: () => Promise<void>): Promise<HeaploadError | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const error = asHeaploadError(thrown);
    if (error.code === 'BUG') throw error;
    return error;
  }
}
