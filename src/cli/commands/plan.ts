import { EXIT, HeaploadError } from '../../errors.js';
import { type Catalog, EMPTY_CATALOG } from '../../models/catalog.js';
import type { ModelPlan } from '../../models/plan.js';
import { modelOperations, modelSections } from '../../models/preview.js';
import { incompleteTables, ledgerAfter } from '../../models/tables.js';
import { inOrder } from '../../plan/load-steps.js';
import { type Plan, isEmpty } from '../../plan/plan.js';
import type { LoadFailure } from '../../plan/schedule-types.js';
import { EMPTY_STATE, type WarehouseState } from '../../plan/state.js';
import { planPieces } from '../../render/print.js';
import type { RenderedPlan } from '../../render/render.js';
import { observe } from '../../run/observe.js';
import { VERSION } from '../../version.js';
import { modelsAreDue } from '../../run/models-due.js';
import { AFTER_LOADS, catalogOf, prepareModels } from '../../run/prepare-models.js';
import { type PlanContext, Planner, checkTables } from '../../run/prepare.js';
import { type Workplace, openWorkplace, scopeOf, withSession } from '../common.js';
import type { Io } from '../io.js';
import type { PlanOptions } from '../options.js';
import { count, formatError, formatNote, size } from '../reporters/format.js';
import { jsonFailure, jsonLine, jsonNote } from '../reporters/json.js';
import { type LoadEstimate, describeEstimates, estimatePlan, jsonEstimates } from './estimate.js';

/** `plan`: SQL to stdout, everything else to stderr. */
export async function plan(options: PlanOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const context = { ...workplace, scope: scopeOf(options), signal: io.signal };
  const seen = options.offline ? NOTHING_SEEN : await observed(context);
  const { plan: loads, rendered } = await new Planner(context).prepare(seen.state);
  checkTables(context, loads, seen.state);
  const isDue = options.models && (!isEmpty(loads) || seen.modelsAreDue);
  const { models, failures } = isDue
    ? await plannedModels(context, loads, seen.catalog)
    : { models: undefined, failures: [] };
  const planned = { loads: { ...loads, failures: [...loads.failures, ...failures] }, rendered, models };
  const estimates = options.estimate ? { of: await estimated(loads, workplace) } : undefined;
  if (options.json) {
    io.stdout(jsonPlan(planned, estimates === undefined ? {} : jsonEstimates(estimates.of)));
  } else {
    printForPeople(planned, workplace, io);
    if (estimates !== undefined) io.stderr(describeEstimates(estimates.of));
  }
  return planned.loads.failures.length > 0 ? EXIT.failed : EXIT.done;
}

interface Planned {
  readonly loads: Plan;
  readonly rendered: RenderedPlan;
  /** Undefined: none are to be built, or they cannot be planned. */
  readonly models: ModelPlan | undefined;
}

async function estimated(planned: Plan, workplace: Workplace): Promise<readonly LoadEstimate[] | undefined> {
  const { config, dialect } = workplace;
  const settings = { dialect, schema: config.warehouse.schema, runName: config.name, version: VERSION };
  return await withSession(workplace, 'read', (session) => estimatePlan(planned, session, settings));
}

interface Seen {
  readonly state: WarehouseState;
  readonly catalog: Catalog;
  readonly modelsAreDue: boolean;
}

const NOTHING_SEEN: Seen = { state: EMPTY_STATE, catalog: EMPTY_CATALOG, modelsAreDue: false };

async function observed(context: Workplace & PlanContext): Promise<Seen> {
  const { dialect, queries } = context;
  return await withSession(context, 'read', async (session) => {
    const state = await observe(session, dialect, queries);
    const catalog = await catalogOf(context, session);
    return { state, catalog, modelsAreDue: await modelsAreDue(session, queries, state) };
  });
}

/** Models over the tables as they will be; models that are not valid are a failure of the plan. */
async function plannedModels(
  context: PlanContext,
  loads: Plan,
  catalog: Catalog,
): Promise<{ readonly models: ModelPlan | undefined; readonly failures: readonly LoadFailure[] }> {
  const ledger = ledgerAfter(loads);
  const incomplete = incompleteTables(ledger, loads.failures);
  const state = { ...loads.finalState, ledger };
  try {
    return {
      models: await prepareModels(context, AFTER_LOADS, { state, incomplete, catalog }),
      failures: [],
    };
  } catch (error) {
    if (!(error instanceof HeaploadError) || error.code === 'INTERRUPTED') throw error;
    return { models: undefined, failures: [{ dumpId: undefined, table: undefined, error }] };
  }
}

function hasWork({ loads, models }: Planned): boolean {
  return !isEmpty(loads) || (models !== undefined && models.models.length > 0);
}

function printForPeople(plan: Planned, workplace: Workplace, io: Io): void {
  const { loads: planned, rendered, models } = plan;
  const { config, dialect, store } = workplace;
  const title = `heapload plan: ${store.location} into ${dialect.name}, schema ${config.warehouse.schema}`;
  if (!hasWork(plan)) {
    io.stdout(`-- ${title}\n-- nothing to do\n`);
  } else {
    const names = ['run_id', 'holder', 'lease_token', 'rows_read'] as const;
    const bound = `values known only while running are bound by name: ${names.map((name) => dialect.parameter(name)).join(', ')}, …`;
    const sections = models === undefined ? [] : modelSections(models);
    for (const piece of planPieces(rendered, `${title}\n${bound}`, sections)) io.stdout(piece);
  }
  for (const note of [...planned.notes, ...(models?.notes ?? [])])
    io.stderr(formatNote(note, io.color.stderr));
  for (const failure of planned.failures) io.stderr(formatError(failure.error, io.color.stderr));
  const files = rendered.loads.reduce((sum, load) => sum + load.files, 0);
  const bytes = rendered.loads.reduce((sum, load) => sum + load.bytes, 0);
  const tables = planned.loads.filter((load) => load.createsTable).length;
  const columns = planned.loads.reduce(
    (sum, load) => sum + (load.createsTable ? 0 : load.additions.length),
    0,
  );
  const superseded = planned.settled.filter((load) => load.status === 'superseded').length;
  io.stderr(
    `Plan: ${count(planned.loads.length, 'load')} of ${count(files, 'file')} (${size(bytes)}), ` +
      `${count(tables, 'new table')}, ${count(columns, 'new column')}, ${superseded} superseded, ` +
      (models === undefined || models.models.length === 0
        ? ''
        : `${count(models.models.length, 'model')}, `) +
      `${count(planned.failures.length, 'failure')}.\n`,
  );
}

function jsonPlan(plan: Planned, more: object): string {
  const { loads: planned, rendered, models } = plan;
  const operations = (list: RenderedPlan['setup']): readonly object[] =>
    list.map((operation) =>
      operation.kind === 'transfer'
        ? { kind: 'transfer', preview: operation.preview }
        : { kind: 'statement', sql: operation.sql, parameters: operation.parameters },
    );
  const framed = hasWork(plan);
  return jsonLine({
    event: 'end',
    status: planned.failures.length > 0 ? 'failed' : framed ? 'planned' : 'nothing',
    exit_code: planned.failures.length > 0 ? EXIT.failed : EXIT.done,
    setup: framed ? operations(rendered.setup) : [],
    record: operations(rendered.record),
    loads: rendered.loads.map((load) => ({
      load_id: load.load.loadId,
      dump_id: load.load.dumpId,
      table: load.load.table,
      mode: load.load.mode,
      files: load.files,
      bytes: load.bytes,
      creates_table: load.createsTable,
      added_columns: load.addedColumns,
      operations: operations(inOrder(load)),
    })),
    model_setup: operations(models?.setup ?? []),
    models: (models?.models ?? []).map((each) => ({
      name: each.model.name,
      materialized: each.model.config.materialized,
      relation: `${each.model.relation.schema}.${each.model.relation.name}`,
      blocked: each.blocked ?? null,
      operations: operations(modelOperations(each)),
    })),
    finish: framed ? operations(rendered.finish) : [],
    superseded: planned.settled.filter((load) => load.status === 'superseded').map((load) => load.loadId),
    failures: planned.failures.map(jsonFailure),
    notes: [...planned.notes, ...(models?.notes ?? [])].map(jsonNote),
    ...more,
  });
}
