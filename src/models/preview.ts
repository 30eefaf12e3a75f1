import type { PlanSection } from '../render/print.js';
import type { Operation, Statement } from '../warehouse/contract.js';
import type { ModelPlan, PlannedModel } from './plan.js';

/** A build as a preview shows it, part by part. */
export function modelSections({ setup, models }: ModelPlan): readonly PlanSection[] {
  const sections = models.map((planned): PlanSection => {
    const { title, blocked } = planned;
    return [blocked === undefined ? title : `${title}: not built: ${blocked}`, modelOperations(planned)];
  });
  return setup.length === 0 ? sections : [['set up for models', setup], ...sections];
}

/** What building a model sends; of an incremental one, as long as its query gives the columns its table has. */
export function modelOperations({ blocked, operations, merge }: PlannedModel): readonly Operation[] {
  const all: readonly Statement[] = [...operations, ...(merge?.operations ?? [])];
  return blocked === undefined ? all : [];
}
