import type { Catalog } from '../models/catalog.js';
import type { LoadedProject } from '../models/load-project.js';
import type { ModelPlan } from '../models/plan.js';
import { readProject } from '../models/project.js';
import { EVERYTHING, type Selection } from '../models/select.js';
import { type Incomplete, loadedTables } from '../models/tables.js';
import type { WarehouseState } from '../plan/state.js';
import { listManifests } from '../source/manifests.js';
import { type DefinitionsFile, readDefinitions } from '../source/property-definitions.js';
import type { Session } from '../warehouse/contract.js';
import { observeCatalog } from './observe-catalog.js';
import type { PlanContext } from './prepare.js';

/** Which models and tests are meant, and what is to be done with them. */
export interface ModelsRequest {
  readonly selection: Selection;
  readonly want: { readonly models: boolean; readonly tests: boolean };
  readonly fullRefresh: boolean;
}

/** What a run does with models. */
export const AFTER_LOADS: ModelsRequest = {
  selection: EVERYTHING,
  want: { models: true, tests: false },
  fullRefresh: false,
};

/** Reads the project's files and the newest definitions, and orders the models over the tables of a state. */
export async function prepareProject(context: PlanContext, state: WarehouseState): Promise<LoadedProject> {
  const { config, dialect } = context;
  // Imported here, as is all that reads templates of models: a load alone has no use for it.
  const { loadProject } = await import('../models/load-project.js');
  return loadProject({
    config,
    dialect,
    project: readProject(config),
    tables: loadedTables(state, config.tables),
    definitions: await newestDefinitions(context),
  });
}

/** Plans models over a state; `incomplete`: tables of it that models must not be built on. */
export async function prepareModels(
  context: PlanContext,
  request: ModelsRequest,
  seen: { readonly state: WarehouseState; readonly incomplete: Incomplete; readonly catalog: Catalog },
): Promise<ModelPlan> {
  const { config, dialect } = context;
  const loaded = await prepareProject(context, seen.state);
  const { planModels } = await import('../models/plan.js');
  return planModels({ config, dialect, loaded, ...seen, ...request });
}

/** What stands in the schemas of models. */
export async function catalogOf({ config, dialect }: PlanContext, session: Session): Promise<Catalog> {
  return await observeCatalog(session, dialect, [config.models.schema, config.models.resolvedSchema]);
}

/** Layout `files` has no manifests to say which definitions are the newest. */
async function newestDefinitions(context: PlanContext): Promise<DefinitionsFile | undefined> {
  const { config, store, scope, signal } = context;
  if (!config.models.shipped.definedProperties.enabled || config.source.layout === 'files') return undefined;
  const list = await listManifests(store, config.source.prefix, signal);
  const aliases = config.source.bucketAliases;
  return await readDefinitions(store, list, { aliases, toDump: scope.toDump }, signal);
}
