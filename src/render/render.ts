import { LEDGER } from '../plan/ledger.js';
import type { Phases } from '../plan/load-steps.js';
import type { PlannedLoad } from '../plan/load.js';
import type { Plan } from '../plan/plan.js';
import type { ScheduledLoad } from '../plan/schedule-types.js';
import type { Step } from '../plan/steps.js';
import type { Operation } from '../warehouse/contract.js';
import type { Engine } from './engine.js';
import { engineFor } from './engines.js';
import type { RenderSettings } from './make.js';
import { stepOperations } from './statements.js';

/** A plan as operations: every byte of SQL that a run sends and a preview prints. */
export interface RenderedPlan {
  readonly setup: readonly Operation[];
  readonly record: readonly Operation[];
  readonly loads: readonly RenderedLoad[];
  readonly finish: readonly Operation[];
}

export interface RenderedLoad extends Phases<Operation> {
  readonly load: ScheduledLoad;
  /** For people: `dump 43 · users · merge · 2 files, 12.3 kB`. */
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
  readonly createsTable: boolean;
  readonly addedColumns: readonly string[];
  /** Reads the counts that were committed. */
  readonly report: string;
}

/** Pure, apart from reading the template files. */
export function renderPlan(plan: Plan, settings: RenderSettings): RenderedPlan {
  const engine = engineFor(settings.dialect, settings.schema);
  const render = (steps: readonly Step[]): readonly Operation[] =>
    steps.flatMap((step) => stepOperations(step, engine, settings));
  return {
    setup: render(plan.setup),
    record: render(plan.record),
    loads: plan.loads.map((planned) => renderLoad(planned, render, engine)),
    finish: render(plan.finish),
  };
}

/** How work under the lease begins and ends when the ledger is there already. */
export function renderFrame(settings: RenderSettings): Pick<RenderedPlan, 'setup' | 'finish'> {
  const engine = engineFor(settings.dialect, settings.schema);
  const render = (...kinds: readonly FrameStep[]): readonly Operation[] =>
    kinds.flatMap((kind) => stepOperations({ kind }, engine, settings));
  return { setup: render('acquire-lease', 'start-run'), finish: render('finish-run', 'release-lease') };
}

type FrameStep = 'acquire-lease' | 'start-run' | 'finish-run' | 'release-lease';

function renderLoad(
  planned: PlannedLoad,
  render: (steps: readonly Step[]) => readonly Operation[],
  engine: Engine,
): RenderedLoad {
  const { load, files, bytes, createsTable, additions } = planned;
  return {
    load,
    title: loadTitle(planned),
    files,
    bytes,
    prepare: render(planned.prepare),
    stage: render(planned.stage),
    publish: render(planned.publish),
    cleanup: render(planned.cleanup),
    createsTable,
    addedColumns: createsTable ? [] : additions.map((column) => column.name),
    report: engine.render('observe/load', { ledger: LEDGER, loadId: load.loadId }).sql,
  };
}

function loadTitle(planned: PlannedLoad): string {
  const { load, files, bytes } = planned;
  const size = files === 1 ? `1 file, ${bytes} bytes` : `${files} files, ${bytes} bytes`;
  return `load ${load.loadId} into ${load.table}: ${load.mode}, ${size}`;
}
