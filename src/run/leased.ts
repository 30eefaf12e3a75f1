import { type HeaploadError, asHeaploadError } from '../errors.js';
import type { Observation } from '../render/observation.js';
import type { RenderedPlan } from '../render/render.js';
import type { Parameters } from '../warehouse/contract.js';
import { type ApplyContext, applyOperations } from './apply.js';
import type { RunStatus } from './events.js';
import { acquiredToken, describeHolder } from './lease.js';

/** How work under the lease starts and ends, whatever is in between. */
export type Frame = Pick<RenderedPlan, 'setup' | 'finish'>;

export interface LeasedContext extends ApplyContext {
  readonly queries: Observation;
  /** Unique to this run. */
  readonly runId: string;
  /** Unique to this process. */
  readonly holder: string;
}

/** What the ledger is told when the work ends. `error`: what ended it, when something did. */
export interface Ending {
  readonly status: RunStatus;
  /** Of what failed on the way. */
  readonly errors: readonly HeaploadError[];
  readonly loadsDone: number;
  readonly loadsFailed: number;
}

/**
 * Takes the lease, works, writes the end into the ledger and gives the lease back, also after an interruption. Gives
 * what ended the work; throws when the lease cannot be had, and for our own bugs.
 */
export async function underLease(
  context: LeasedContext,
  frame: Frame,
  work: (parameters: Parameters) => Promise<void>,
  ending: (error: HeaploadError | undefined) => Ending,
): Promise<HeaploadError | undefined> {
  const parameters = await takeLease(context, frame, ending);
  let error: HeaploadError | undefined;
  try {
    await work(parameters);
  } catch (thrown) {
    error = asHeaploadError(thrown);
  }
  // A run that lost its lease has nothing to give back.
  if (error?.code !== 'LEASE_LOST') {
    try {
      await finish(context, frame, parameters, ending(error), error);
    } catch (thrown) {
      // What stopped the run says more than that its end could not be written down.
      error ??= asHeaploadError(thrown);
    }
  }
  if (error?.code === 'BUG') throw error;
  return error;
}

async function takeLease(
  context: LeasedContext,
  frame: Frame,
  ending: (error: HeaploadError) => Ending,
): Promise<Parameters> {
  const { session, queries, runId, holder } = context;
  const parameters = { run_id: runId, holder };
  try {
    await applyOperations(frame.setup, context, parameters);
  } catch (error) {
    const failed = asHeaploadError(error);
    if (failed.code === 'LEASE_HELD') throw await describeHolder(failed, session, queries);
    await giveBack(context, frame, ending(failed), failed);
    throw failed;
  }
  return { ...parameters, lease_token: await acquiredToken(session, queries, runId) };
}

/** What stopped the setup may have come after the lease was taken; nobody else could work until it expires. */
async function giveBack(
  context: LeasedContext,
  frame: Frame,
  ending: Ending,
  error: HeaploadError,
): Promise<void> {
  const { session, queries, runId, holder } = context;
  try {
    const token = await acquiredToken(session, queries, runId);
    await finish(context, frame, { run_id: runId, holder, lease_token: token }, ending, error);
  } catch {
    // It was not ours, or the warehouse does not answer: what stopped the setup is what matters.
  }
}

async function finish(
  context: LeasedContext,
  frame: Frame,
  parameters: Parameters,
  ending: Ending,
  error: HeaploadError | undefined,
): Promise<void> {
  const messages = [...ending.errors, ...(error === undefined ? [] : [error])];
  const bound = {
    ...parameters,
    run_status: ending.status,
    run_message: messages.map((each) => `${each.code}: ${each.message}`).join('\n'),
    loads_done: BigInt(ending.loadsDone),
    loads_failed: BigInt(ending.loadsFailed),
  };
  await applyOperations(frame.finish, { ...context, signal: new AbortController().signal }, bound);
}
