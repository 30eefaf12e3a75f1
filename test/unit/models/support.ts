import type { Config } from '../../../src/config/types.js';
import { EMPTY_CATALOG } from '../../../src/models/catalog.js';
import { type LoadedProject, loadProject } from '../../../src/models/load-project.js';
import { type ModelPlan, planModels } from '../../../src/models/plan.js';
import type { Project, ProjectFile } from '../../../src/models/project.js';
import { EVERYTHING, type Selection } from '../../../src/models/select.js';
import type { LoadedTable } from '../../../src/models/types.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';
import { defaultConfig } from '../../support/shipped/compile.js';

/** Files of a project by their path. */
export type Files = Readonly<Record<string, string>>;

function projectOf(files: Files): Project {
  const all = Object.entries(files).map(([file, text]): ProjectFile => {
    return { file, text, name: /([^/]*)\.\w+$/.exec(file)?.[1] ?? '' };
  });
  const below = (folder: string, ending: string): readonly ProjectFile[] =>
    all.filter(({ file }) => file.startsWith(folder) && file.endsWith(ending));
  return {
    models: below('models/', '.sql'),
    properties: below('models/', '.yml'),
    tests: below('tests/', '.sql'),
  };
}

const OFF = { enabled: false, materialized: undefined };

/** The configuration of these projects, without shipped models; `file` is where it stands. */
export function configOf(file = defaultConfig().file): Config {
  const config = defaultConfig();
  const shipped = {
    ...{ identityMap: OFF, resolved: OFF, allEvents: { ...OFF, columns: [] }, sessions: OFF },
    definedProperties: OFF,
  };
  return { ...config, file, models: { ...config.models, vars: { days: 30 }, shipped } };
}

/** A project over loaded tables, for DuckDB. */
export function load(files: Files, tables: readonly LoadedTable[] = []): LoadedProject {
  return loadProject({
    config: configOf(),
    dialect: WAREHOUSES.duckdb.dialect(),
    project: projectOf(files),
    tables,
    definitions: undefined,
  });
}

/** What building a project in an empty warehouse would do. */
export function planOf(loaded: LoadedProject, selection: Selection = EVERYTHING): ModelPlan {
  return planModels({
    config: configOf(),
    dialect: WAREHOUSES.duckdb.dialect(),
    loaded,
    catalog: EMPTY_CATALOG,
    incomplete: new Map(),
    selection,
    want: { models: true, tests: true },
    fullRefresh: false,
  });
}
