import type { Config } from '../config/types.js';
import type { Note } from '../plan/schedule-types.js';
import type { Dialect } from '../warehouse/contract.js';
import { type Names, analyzeModel, analyzeTest } from './analyze.js';
import { assembleModels } from './assemble.js';
import { type DataTest, collectTests } from './data-tests.js';
import { type Graph, orderModels } from './graph.js';
import { ModelError, type ModelProblem } from './problems.js';
import type { Project } from './project.js';
import { type Shipped, shippedModels } from './shipped/index.js';
import { createTemplateEngine, type RenderTemplate } from './template-engine.js';
import { readModelTemplates } from './template-files.js';
import type { LoadedTable } from './types.js';

/** What a project's models depend on, besides its files. */
export interface ProjectInputs {
  readonly config: Config;
  readonly dialect: Dialect;
  readonly project: Project;
  /** Sorted by name. */
  readonly tables: readonly LoadedTable[];
  /** `property_definitions.json` of the newest dump. */
  readonly definitions: { readonly file: string; readonly text: string } | undefined;
}

/** All models and data tests, checked and in order. */
export interface LoadedProject {
  readonly graph: Graph;
  readonly tests: readonly DataTest[];
  readonly names: Names;
  readonly render: RenderTemplate;
  readonly notes: readonly Note[];
}

/** Reads templates, otherwise pure. Throws a {@link ModelError} with everything that is wrong. */
export function loadProject(inputs: ProjectInputs): LoadedProject {
  const { config, dialect, project, tables, definitions } = inputs;
  const { templates, fragments } = readModelTemplates(dialect.name);
  const shipped: Shipped = shippedModels({ config, dialect, tables, definitions });
  const assembled = assembleModels(project, shipped.models, templates, config.models);
  const render = createTemplateEngine(dialect, fragments);
  const names: Names = {
    models: assembled.models,
    tables,
    variables: config.models.vars,
    dialect,
    schema: config.warehouse.schema,
  };
  const problems: ModelProblem[] = [...assembled.problems];
  const keep = <T>(analyzed: {
    readonly value: T | undefined;
    readonly problems: readonly ModelProblem[];
  }): T[] => {
    problems.push(...analyzed.problems);
    return analyzed.value === undefined ? [] : [analyzed.value];
  };
  const models = [...assembled.models.values()].flatMap((source) =>
    keep(analyzeModel(source, names, render)),
  );
  const own = project.tests.flatMap((test) => keep(analyzeTest(test, names, render)));
  if (problems.length > 0) throw new ModelError(problems);
  const ordered = orderModels(models);
  if (!ordered.ok) throw new ModelError([ordered.problem]);
  const collected = collectTests(ordered.graph.models, assembled.tableProperties, own, names);
  if (collected.problems.length > 0) throw new ModelError(collected.problems);
  return { graph: ordered.graph, tests: collected.tests, names, render, notes: shipped.notes };
}
