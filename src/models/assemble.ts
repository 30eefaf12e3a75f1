import type { ModelsConfig } from '../config/types.js';
import { nameKey } from '../schema/identifiers.js';
import type { ModelProblem } from './problems.js';
import type { Project, ProjectFile } from './project.js';
import { type NamedProperties, parseProperties } from './properties.js';
import type { ShippedModel } from './shipped/index.js';
import type { ModelTemplate } from './template-files.js';
import type { ModelProperties, ModelSource } from './types.js';

/** All models, the user's and the shipped ones, and what the property files say of loaded tables. */
export interface Assembled {
  /** By {@link nameKey}, sorted by it. */
  readonly models: ReadonlyMap<string, ModelSource>;
  readonly tableProperties: readonly NamedProperties[];
  readonly problems: readonly ModelProblem[];
}

const NO_PROPERTIES: ModelProperties = { description: '', columns: [], tests: [] };

const NOTHING = {};

/** Puts the project and the shipped models together; a model of the user takes the place of a shipped one. */
export function assembleModels(
  project: Project,
  shipped: readonly ShippedModel[],
  templates: ReadonlyMap<string, ModelTemplate>,
  config: ModelsConfig,
): Assembled {
  const problems: ModelProblem[] = [];
  const parsed = project.properties.map(({ file, text }) => parseProperties(file, text));
  problems.push(...parsed.flatMap((each) => each.problems));
  const named = parsed.flatMap((each) => each.properties);
  const models = new Map<string, ModelSource>(
    shipped.map((model) => [nameKey(model.name), shippedSource(model, templates)]),
  );
  const userFiles = new Map<string, ProjectFile>();
  for (const file of project.models) {
    const key = nameKey(file.name);
    const problem = nameProblem(file, userFiles.get(key));
    if (problem !== undefined) problems.push(at(file, problem));
    userFiles.set(key, file);
    models.set(key, userSource(file, models.get(key), config));
  }
  problems.push(...applyProperties(models, named));
  const sorted = [...models].sort(([a], [b]) => (a < b ? -1 : 1));
  problems.push(...sameRelation(sorted.map(([, model]) => model)));
  return {
    models: new Map(sorted),
    tableProperties: named.filter((each) => each.of === 'source'),
    problems,
  };
}

function shippedSource(model: ShippedModel, templates: ReadonlyMap<string, ModelTemplate>): ModelSource {
  const template = templates.get(model.template);
  if (template === undefined) throw new Error(`there is no template of a model ${model.template}`);
  const { name, relation, context, config, properties } = model;
  return { name, origin: 'shipped', ...template, context, relation, defaults: config, properties };
}

function userSource(file: ProjectFile, shipped: ModelSource | undefined, config: ModelsConfig): ModelSource {
  return {
    name: file.name,
    origin: 'user',
    file: file.file,
    text: file.text,
    context: shipped?.context ?? NOTHING,
    relation: shipped?.relation ?? { schema: config.schema, name: file.name },
    defaults: shipped?.defaults ?? NOTHING,
    properties: shipped?.properties ?? NO_PROPERTIES,
  };
}

function nameProblem({ name }: ProjectFile, other: ProjectFile | undefined): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name))
    return `a model goes by the name of its file; expected letters, digits and _, not ${JSON.stringify(name)}`;
  return other === undefined ? undefined : `there is a model ${name} in ${other.file} already`;
}

function at({ file }: ProjectFile, message: string): ModelProblem {
  return { file, line: 1, column: 1, message };
}

/** Properties replace those of the shipped model; of one name they may stand in one place only. */
function applyProperties(
  models: Map<string, ModelSource>,
  named: readonly NamedProperties[],
): readonly ModelProblem[] {
  const problems: ModelProblem[] = [];
  const seen = new Map<string, NamedProperties>();
  for (const each of named) {
    if (each.name === '') continue;
    const key = `${each.of} ${nameKey(each.name)}`;
    const other = seen.get(key);
    seen.set(key, each);
    if (other !== undefined) {
      const { file, line, column } = each;
      const message = `properties of ${each.name} stand in ${other.file}:${other.line} already`;
      problems.push({ file, line, column, message });
    }
    const model = models.get(nameKey(each.name));
    // Of a model that is not there nothing can be said here: it may be a shipped one that is switched off.
    if (each.of === 'model' && model !== undefined) {
      const { description, columns, tests } = each;
      models.set(nameKey(each.name), { ...model, properties: { description, columns, tests } });
    }
  }
  return problems;
}

function sameRelation(models: readonly ModelSource[]): readonly ModelProblem[] {
  const seen = new Map<string, ModelSource>();
  return models.flatMap((model) => {
    const key = `${nameKey(model.relation.schema)}.${nameKey(model.relation.name)}`;
    const other = seen.get(key);
    seen.set(key, model);
    if (other === undefined) return [];
    const message = `models ${other.name} and ${model.name} would both become ${model.relation.schema}.${model.relation.name}`;
    return [{ file: model.file, line: 1, column: 1, message }];
  });
}
