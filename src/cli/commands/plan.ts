import { EXIT } from '../../errors.js';
import { type Plan, isEmpty } from '../../plan/plan.js';
import { EMPTY_STATE, type WarehouseState } from '../../plan/state.js';
import { planPieces } from '../../render/print.js';
import type { RenderedPlan } from '../../render/render.js';
import { observe } from '../../run/observe.js';
import { Planner, checkScope } from '../../run/prepare.js';
import { VERSION } from '../../version.js';
import { type Workplace, openWorkplace, scopeOf, withSession } from '../common.js';
import type { Io } from '../io.js';
import type { PlanOptions } from '../options.js';
import { count, formatError, formatNote, size } from '../reporters/format.js';
import { jsonFailure, jsonLine, jsonNote } from '../reporters/json.js';
import { type LoadEstimate, describeEstimates, estimatePlan, jsonEstimates } from './estimate.js';

/** `plan`: SQL to stdout, everything else to stderr. */
export async function plan(options: PlanOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const { config, store, dialect } = workplace;
  const scope = scopeOf(options);
  const state = options.offline ? EMPTY_STATE : await observedState(workplace);
  const planner = new Planner({ config, store, dialect, scope, signal: io.signal });
  const prepared = await planner.prepare(state);
  checkScope(scope, prepared.plan, state);
  const estimates = options.estimate ? { of: await estimated(prepared.plan, workplace) } : undefined;
  if (options.json) {
    const more = estimates === undefined ? {} : jsonEstimates(estimates.of);
    io.stdout(jsonPlan(prepared.plan, prepared.rendered, more));
  } else {
    printForPeople(prepared.plan, prepared.rendered, workplace, io);
    if (estimates !== undefined) io.stderr(describeEstimates(estimates.of));
  }
  return prepared.plan.failures.length > 0 ? EXIT.failed : EXIT.done;
}

async function observedState(workplace: Workplace): Promise<WarehouseState> {
  return await withSession(workplace, 'read', (session) =>
    observe(session, workplace.dialect, workplace.queries),
  );
}

async function estimated(planned: Plan, workplace: Workplace): Promise<readonly LoadEstimate[] | undefined> {
  const { config, dialect } = workplace;
  const settings = { dialect, schema: config.warehouse.schema, runName: config.name, version: VERSION };
  return await withSession(workplace, 'read', (session) => estimatePlan(planned, session, settings));
}

function printForPeople(planned: Plan, rendered: RenderedPlan, workplace: Workplace, io: Io): void {
  const { config, dialect, store } = workplace;
  const title = `heapload plan: ${store.location} into ${dialect.name}, schema ${config.warehouse.schema}`;
  if (isEmpty(planned)) {
    io.stdout(`-- ${title}\n-- nothing to do\n`);
  } else {
    const names = ['run_id', 'holder', 'lease_token', 'rows_read'] as const;
    const bound = `values known only while running are bound by name: ${names.map((name) => dialect.parameter(name)).join(', ')}, …`;
    for (const piece of planPieces(rendered, `${title}\n${bound}`)) io.stdout(piece);
  }
  for (const note of planned.notes) io.stderr(formatNote(note, io.color.stderr));
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
      `${count(planned.failures.length, 'failure')}.\n`,
  );
}

function jsonPlan(planned: Plan, rendered: RenderedPlan, more: object): string {
  const operations = (list: RenderedPlan['setup']): readonly object[] =>
    list.map((operation) =>
      operation.kind === 'transfer'
        ? { kind: 'transfer', preview: operation.preview }
        : { kind: 'statement', sql: operation.sql, parameters: operation.parameters },
    );
  return jsonLine({
    event: 'end',
    status: planned.failures.length > 0 ? 'failed' : isEmpty(planned) ? 'nothing' : 'planned',
    exit_code: planned.failures.length > 0 ? EXIT.failed : EXIT.done,
    setup: isEmpty(planned) ? [] : operations(rendered.setup),
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
      operations: operations([...load.prepare, ...load.stage, ...load.publish, ...load.cleanup]),
    })),
    finish: isEmpty(planned) ? [] : operations(rendered.finish),
    superseded: planned.settled.filter((load) => load.status === 'superseded').map((load) => load.loadId),
    failures: planned.failures.map(jsonFailure),
    notes: planned.notes.map(jsonNote),
    ...more,
  });
}
