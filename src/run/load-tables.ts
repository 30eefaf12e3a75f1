import pLimit from 'p-limit';
import { type HeaploadError, asHeaploadError, interrupted } from '../errors.js';
import { isBadFile } from '../plan/load.js';
import type { LoadFailure } from '../plan/schedule-types.js';
import type { Observation } from '../render/observation.js';
import type { RenderedLoad } from '../render/render.js';
import type { Parameters, Session } from '../warehouse/contract.js';
import { type ApplyContext, applyLoad, identityOf } from './apply.js';
import { endsRun } from './ends-run.js';
import { holdsLease, lostLease } from './lease.js';
import { readCounts } from './load-counts.js';
import type { Sessions } from './sessions.js';
import { workThrough } from './work-through.js';

export interface LoadingContext {
  readonly apply: ApplyContext;
  readonly queries: Observation;
  /** With the lease's token. */
  readonly parameters: Parameters;
  readonly sessions: Sessions;
  /** Most tables that are loaded at the same time. */
  readonly threads: number;
  /** Tables whose loads wait, because one before them has failed. */
  readonly failed: ReadonlySet<string>;
  readonly done: (load: RenderedLoad) => void;
  readonly fail: (failure: LoadFailure) => void;
  /** Notes a file to be left out from now on; false: a bad file fails its load. */
  readonly leaveOut: (file: string, error: HeaploadError) => boolean;
}

/**
 * Carries out loads: those of one table one after another, in their order, and different tables side by side, each on a
 * session of its own. Reading and staging overlap; what touches the lease's row, as each publish does, takes turns.
 * Gives true when a bad file was found that has to be planned around. Throws what concerns the run, not one load.
 */
export async function loadTables(loads: readonly RenderedLoad[], context: LoadingContext): Promise<boolean> {
  const { signal, emit } = context.apply;
  const failed = new Set(context.failed);
  const apply: ApplyContext = { ...context.apply, inTurn: pLimit(1) };
  let planAgain = false;
  const work = async ({ load }: LoadNode): Promise<void> => {
    if (planAgain) return;
    if (signal.aborted) throw interrupted();
    const { dumpId, table } = load.load;
    if (failed.has(table)) {
      emit({ kind: 'note', note: { dumpId, table, message: 'waits for the failed load before it' } });
      return;
    }
    const error = await context.sessions.use((session) => attempt(load, { ...apply, session }, context));
    if (error === undefined) return;
    if (isBadFile(error) && error.place.file !== undefined && context.leaveOut(error.place.file, error)) {
      planAgain = true;
      return;
    }
    failed.add(table);
    context.fail({ dumpId, table, error });
  };
  await workThrough(nodesOf(loads), { width: context.threads, keyOf: ({ key }) => key, work });
  return planAgain;
}

interface LoadNode {
  readonly load: RenderedLoad;
  readonly key: string;
  readonly after: readonly string[];
}

function nodesOf(loads: readonly RenderedLoad[]): readonly LoadNode[] {
  const last = new Map<string, string>();
  return loads.map((load) => {
    const { loadId: key, table } = load.load;
    const before = last.get(table);
    last.set(table, key);
    return { load, key, after: before === undefined ? [] : [before] };
  });
}

/** Gives what made the load fail, undefined when it is committed; throws what ends the run. */
async function attempt(
  load: RenderedLoad,
  apply: ApplyContext,
  context: LoadingContext,
): Promise<HeaploadError | undefined> {
  try {
    await loadOne(load, apply, context);
    return undefined;
  } catch (thrown) {
    const cause = await causeOf(asHeaploadError(thrown), apply.session, context);
    const error = cause.at({ dump: load.load.dumpId, table: load.load.table });
    if (endsRun(error)) throw error;
    return error;
  }
}

async function loadOne(load: RenderedLoad, apply: ApplyContext, context: LoadingContext): Promise<void> {
  const { session, emit } = apply;
  const { files, bytes, createsTable, addedColumns } = load;
  const identity = identityOf(load);
  emit({ kind: 'load-started', load: identity, files, bytes, createsTable, addedColumns });
  const bytesBilled = await applyLoad(load, apply, context.parameters);
  context.done(load);
  emit({ kind: 'load-done', load: identity, counts: await readCounts(session, load.report), bytesBilled });
}

/** A run that was overtaken may fail in odd ways, such as on a staging table that the other run has dropped. */
async function causeOf(
  error: HeaploadError,
  session: Session,
  { queries, parameters }: LoadingContext,
): Promise<HeaploadError> {
  if (!['BUG', 'SQL_FAILED', 'LOAD_STATE'].includes(error.code)) return error;
  const isOurs = await holdsLease(session, queries, parameters.lease_token).catch(() => true);
  return isOurs ? error : lostLease(error);
}
