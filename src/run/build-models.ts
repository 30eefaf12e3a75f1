import { HeaploadError, asHeaploadError, interrupted } from '../errors.js';
import { mergeStatements } from '../models/materialize.js';
import type { ModelPlan, PlannedModel, PlannedTest } from '../models/plan.js';
import { matchesAny } from '../config/selection.js';
import { LEASE_SECONDS } from '../render/make.js';
import { nameKey } from '../schema/identifiers.js';
import type { Parameters, Row, Session } from '../warehouse/contract.js';
import { type ApplyContext, applyOperations } from './apply.js';
import { endsRun } from './ends-run.js';
import type { Emit, NodeResult } from './events.js';
import { observeColumns } from './observe-catalog.js';
import { bigintOf } from './rows.js';
import { type BuildNode, buildNodes, nodeKey, obstacle } from './schedule-nodes.js';
import { Sessions } from './sessions.js';
import { workThrough } from './work-through.js';

export interface BuildContext {
  /** Of the run; its session holds the lease and does nothing else meanwhile. */
  readonly apply: ApplyContext;
  /** With the lease's token; undefined: nothing is written, as when only data tests are asked. */
  readonly parameters: Parameters;
  /** Opens a session for what is built side by side. */
  readonly connect: () => Promise<Session>;
  readonly threads: number;
  /** Globs on columns that failing rows do not show. */
  readonly redact: readonly string[];
  readonly emit: Emit;
}

/** Builds models and asks data tests. What one of them fails on is in its result; what concerns all of them is thrown. */
export async function buildModels(plan: ModelPlan, context: BuildContext): Promise<readonly NodeResult[]> {
  const { apply, parameters, emit, threads } = context;
  if (plan.models.length + plan.tests.length === 0) return [];
  emit({ kind: 'models-planned', plan });
  if (plan.models.length > 0) await applyOperations(plan.setup, apply, parameters);
  const done: NodeResult[] = [];
  const sessions = new Sessions(context.connect);
  const keepLease = plan.models.length === 0 ? undefined : renewLease(plan, context);
  try {
    const work = async (node: BuildNode, results: ReadonlyMap<string, NodeResult>): Promise<NodeResult> => {
      if (apply.signal.aborted) throw interrupted();
      keepLease?.check();
      const reason = obstacle(node, results);
      const result =
        reason === undefined
          ? await sessions.use((session) => carryOut(node, session, plan, context))
          : skipped(node, reason);
      done.push(result);
      emit({ kind: 'node-done', result });
      return result;
    };
    await workThrough(buildNodes(plan), { width: threads, keyOf: nodeKey, work });
  } finally {
    await keepLease?.stop();
    await sessions.close();
  }
  return done;
}

/** Renews the lease now and then on the run's own session, since a model may take longer than a lease lasts. */
function renewLease(
  { renew }: ModelPlan,
  { apply, parameters }: BuildContext,
): { readonly check: () => void; readonly stop: () => Promise<void> } {
  let lost: HeaploadError | undefined;
  let last = Promise.resolve();
  const timer = setInterval(
    () => {
      last = last
        .then(async () => {
          if (lost === undefined) await applyOperations([renew], apply, parameters);
        })
        .catch((error: unknown) => {
          lost = asHeaploadError(error);
        });
    },
    (LEASE_SECONDS / 3) * 1000,
  );
  return {
    check: () => {
      if (lost !== undefined) throw lost;
    },
    stop: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

function skipped({ kind, name }: BuildNode, reason: string): NodeResult {
  const what = kind === 'model' ? `Model ${name} was not built` : `Data test ${name} was not asked`;
  const error = new HeaploadError('MODEL_INCOMPLETE', `${what}: ${reason}.`, {
    hint: 'Run again once what it reads is complete.',
  });
  return { kind, name, status: 'skipped', error, failures: undefined, rows: [], seconds: 0 };
}

async function carryOut(
  node: BuildNode,
  session: Session,
  plan: ModelPlan,
  context: BuildContext,
): Promise<NodeResult> {
  const { kind, name } = node;
  context.emit({ kind: 'node-started', node: { kind, name } });
  const started = performance.now();
  const timed = (result: Omit<NodeResult, 'kind' | 'name' | 'seconds'>): NodeResult => ({
    kind,
    name,
    ...result,
    seconds: Math.round(performance.now() - started) / 1000,
  });
  try {
    if (node.kind === 'test') return timed(await askTest(node.planned, session, context));
    await buildModel(node.planned, session, plan, context);
    return timed({ status: 'success', error: undefined, failures: undefined, rows: [] });
  } catch (thrown) {
    const error = nodeError(node, asHeaploadError(thrown));
    if (endsRun(error)) throw error;
    return timed({ status: 'error', error, failures: undefined, rows: [] });
  }
}

async function buildModel(
  planned: PlannedModel,
  session: Session,
  plan: ModelPlan,
  { apply, parameters }: BuildContext,
): Promise<void> {
  const { model, operations, merge } = planned;
  const own: ApplyContext = {
    ...apply,
    session,
    emit: (event) => {
      apply.emit(event.kind === 'operation' ? { ...event, model: model.name } : event);
    },
  };
  await applyOperations(operations, own, parameters);
  if (merge === undefined) return;
  const staged = await observeColumns(session, merge.columns, merge.staging.name);
  const names = (columns: readonly { readonly name: string }[]): string =>
    JSON.stringify(columns.map(({ name }) => nameKey(name)));
  // What was planned, unless the query gives other columns than the table has.
  const publish =
    names(staged) === names(merge.target.columns)
      ? merge.operations
      : mergeStatements(model, merge.target, staged, plan.settings);
  await applyOperations(publish, own, parameters);
}

async function askTest(
  { test, count, sample }: PlannedTest,
  session: Session,
  { redact }: BuildContext,
): Promise<Pick<NodeResult, 'status' | 'error' | 'failures' | 'rows'>> {
  const [row] = await session.query(count);
  if (row === undefined) throw new Error(`no count of test ${test.name}`);
  const failures = bigintOf(row, 'failures');
  if (failures === 0n) return { status: 'pass', error: undefined, failures, rows: [] };
  const rows =
    sample === undefined ? [] : (await session.query(sample)).map((each) => redacted(each, redact));
  if (test.severity === 'warn') return { status: 'warn', error: undefined, failures, rows };
  const message = `Data test ${test.name} found ${failures.toString()} failing ${failures === 1n ? 'row' : 'rows'}.`;
  const hint = 'Look at the rows, then mend the data or the model; severity: warn keeps going.';
  const error = new HeaploadError('TEST_FAILED', message, { hint, place: { file: test.file } });
  return { status: 'fail', error, failures, rows };
}

function redacted(row: Row, globs: readonly string[]): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && matchesAny(globs, name) ? '***' : value,
    ]),
  );
}

/** The warehouse's word on SQL of the user's own is not for us to be told of. */
function nodeError(node: BuildNode, error: HeaploadError): HeaploadError {
  const { kind, name, planned } = node;
  const file = 'model' in planned ? planned.model.file : planned.test.file;
  const isOurs = 'model' in planned && planned.model.origin === 'shipped';
  if (error.code !== 'SQL_FAILED' || isOurs) return error.at({ file });
  const message = `${kind === 'model' ? 'Model' : 'Data test'} ${name}: ${error.message}`;
  return new HeaploadError('MODEL_FAILED', message, {
    hint: 'Correct its SQL; heapload models compile writes it out as it is sent.',
    place: { file },
    cause: error,
  });
}
