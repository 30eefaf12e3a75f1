import { nearest } from '../config/nearest.js';
import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import type { Note } from '../plan/schedule-types.js';
import { engineFor } from '../render/engines.js';
import { fenceStatement, statementMaker } from '../render/make.js';
import { nameKey } from '../schema/identifiers.js';
import type { Dialect, Statement, TableName } from '../warehouse/contract.js';
import { type Model, compileTemplate } from './analyze.js';
import { type Catalog, relationKey } from './catalog.js';
import { type DataTest, specQuery, testQueries } from './data-tests.js';
import type { LoadedProject } from './load-project.js';
import {
  MODEL_STAGING_PREFIX,
  type MaterializeSettings,
  type Materialized,
  dropModelStaging,
  materialize,
} from './materialize.js';
import { type Selection, selectNodes } from './select.js';

/** A model with every byte of its SQL. */
export interface PlannedModel extends Materialized {
  readonly model: Model;
  /** Its query. */
  readonly query: string;
  /** For people: `model all_events (view) as heap_models.all_events`. */
  readonly title: string;
  /** Names of models it reads, whether they are part of this plan or not. */
  readonly parents: readonly string[];
  /** Why it must not be built: what it reads is not complete. */
  readonly blocked: string | undefined;
}

export interface PlannedTest {
  readonly test: DataTest;
  readonly query: string;
  /** Gives one row with the count of failures. */
  readonly count: string;
  /** Gives some of the failing rows; undefined: none are wanted. */
  readonly sample: string | undefined;
  readonly blocked: string | undefined;
}

/** What a build will do, in an order in which it can be done. */
export interface ModelPlan {
  /** Schemas, and what dead builds have left. */
  readonly setup: readonly Statement[];
  readonly models: readonly PlannedModel[];
  readonly tests: readonly PlannedTest[];
  readonly notes: readonly Note[];
  /** The whole project, selected or not. */
  readonly loaded: LoadedProject;
  /** Renews the lease; throws `LEASE_LOST` when another run has it. */
  readonly renew: Statement;
  /** What renders the merge of an incremental model whose columns have changed. */
  readonly settings: MaterializeSettings;
}

export interface ModelPlanInputs {
  readonly config: Config;
  readonly dialect: Dialect;
  readonly loaded: LoadedProject;
  readonly catalog: Catalog;
  /** Loaded tables that are not complete, by {@link nameKey}, each with the reason. */
  readonly incomplete: ReadonlyMap<string, string>;
  readonly selection: Selection;
  readonly want: { readonly models: boolean; readonly tests: boolean };
  /** Incremental models are built anew. */
  readonly fullRefresh: boolean;
}

/** Pure. Throws `MODEL_UNKNOWN` for a selection that means nothing. */
export function planModels(inputs: ModelPlanInputs): ModelPlan {
  const { config, dialect, loaded, want } = inputs;
  const { graph, tests, names } = loaded;
  const settings = { dialect, engine: engineFor(dialect, config.warehouse.schema) };
  const tables = names.tables.map((table) => table.name);
  const selected = selectNodes(inputs.selection, { graph, tests, tables });
  const blocked = blockedModels(inputs);
  const models = graph.models
    .filter((model) => want.models && selected.models.has(model.name))
    .map((model) => planModel(model, blocked.get(model.name), inputs, settings));
  const planned = tests
    .filter((test) => want.tests && selected.tests.has(test.name))
    .map((test) => planTest(test, blocked, inputs, settings));
  return {
    setup: setupStatements(models, inputs, settings),
    models,
    tests: planned,
    notes: loaded.notes,
    loaded,
    renew: fenceStatement(statementMaker(settings.engine, { schema: config.warehouse.schema })),
    settings,
  };
}

function planModel(
  model: Model,
  blocked: string | undefined,
  inputs: ModelPlanInputs,
  settings: MaterializeSettings,
): PlannedModel {
  const { loaded, catalog, fullRefresh, dialect } = inputs;
  const existing = catalog.relations.get(relationKey(model.relation));
  const isIncremental = model.config.materialized === 'incremental';
  const incremental = isIncremental && existing?.kind === 'table' && !fullRefresh;
  const self = dialect.quoteTable(model.relation);
  const query = compileTemplate(model, loaded.names, loaded.render, { self, incremental });
  const { schema, name } = model.relation;
  const planned = {
    model,
    query,
    title: `model ${model.name} (${model.config.materialized}) as ${schema}.${name}`,
    parents: loaded.graph.parents.get(model.name) ?? [],
  };
  try {
    return { ...planned, blocked, ...materialize(model, query, existing, incremental, settings) };
  } catch (error) {
    // Its table and its settings do not go together; the others can be built.
    if (!(error instanceof HeaploadError)) throw error;
    return { ...planned, blocked: error.message.replace(/\.$/, ''), operations: [], merge: undefined };
  }
}

function planTest(
  test: DataTest,
  blocked: ReadonlyMap<string, string>,
  inputs: ModelPlanInputs,
  { engine }: MaterializeSettings,
): PlannedTest {
  const { config, loaded } = inputs;
  const query = testQuery(test, inputs, engine);
  const { names } = loaded;
  const reasons = [
    ...test.refs.flatMap((name) => {
      const model = names.models.get(nameKey(name))?.name ?? name;
      return blocked.has(model) ? [`${model} is not built`] : [];
    }),
    // What is loaded of a table can be tested though more is to come.
    ...test.sources.flatMap((table) => sourceProblem(table, loaded, new Map()) ?? []),
  ];
  const reason = reasons.length === 0 ? undefined : reasons.join('; ');
  return { test, query, ...testQueries(query, config.models.failingRows, engine), blocked: reason };
}

function testQuery(
  { what, of }: DataTest,
  inputs: ModelPlanInputs,
  engine: MaterializeSettings['engine'],
): string {
  const { config, loaded } = inputs;
  const { names, render } = loaded;
  if ('own' in what) {
    const { file, text } = what.own;
    return compileTemplate({ file, text, context: {} }, names, render, {
      self: undefined,
      incremental: false,
    });
  }
  const relationOf = (target: { readonly kind: string; readonly name: string }): TableName => {
    const { schema } = config.warehouse;
    if (target.kind === 'source') return { schema, name: target.name };
    return names.models.get(nameKey(target.name))?.relation ?? { schema, name: target.name };
  };
  return specQuery(what.spec, relationOf(of ?? { kind: 'model', name: '' }), relationOf, engine);
}

/** Models that must not be built, since what they or those they read are made of is not complete. */
function blockedModels({ loaded, incomplete }: ModelPlanInputs): ReadonlyMap<string, string> {
  const blocked = new Map<string, string>();
  for (const model of loaded.graph.models) {
    const reasons = [...model.sources].flatMap((table) => sourceProblem(table, loaded, incomplete) ?? []);
    const parents = (loaded.graph.parents.get(model.name) ?? []).filter((name) => blocked.has(name));
    reasons.push(...parents.map((name) => `${name}, which it reads, is not built`));
    if (reasons.length > 0) blocked.set(model.name, reasons.join('; '));
  }
  return blocked;
}

function sourceProblem(
  table: string,
  { names }: LoadedProject,
  incomplete: ReadonlyMap<string, string>,
): string | undefined {
  const tables = names.tables.map(({ name }) => name);
  if (!tables.some((name) => nameKey(name) === nameKey(table))) {
    const close = nearest(table, tables);
    return `there is no loaded table ${table}${close === undefined ? '' : `; did you mean ${close}?`}`;
  }
  const reason = incomplete.get(nameKey(table));
  return reason === undefined ? undefined : `${table} is not complete: ${reason}`;
}

function setupStatements(
  models: readonly PlannedModel[],
  { catalog }: ModelPlanInputs,
  settings: MaterializeSettings,
): readonly Statement[] {
  const schemas = new Map(models.map(({ model }) => [nameKey(model.relation.schema), model.relation.schema]));
  const missing = [...schemas].filter(([key]) => !catalog.schemas.has(key)).map(([, schema]) => schema);
  const leftovers = [...catalog.relations.values()].filter(
    ({ relation, kind }) => kind === 'table' && nameKey(relation.name).startsWith(MODEL_STAGING_PREFIX),
  );
  return [
    ...missing.sort().map((schema): Statement => {
      const { sql, parameters } = settings.engine.render('create-schema', { schema });
      return { kind: 'statement', sql, parameters };
    }),
    ...leftovers.map(({ relation }) => dropModelStaging(relation, settings)),
  ];
}
