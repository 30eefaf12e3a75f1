import { nearest } from '../config/nearest.js';
import type { Position } from '../config/problems.js';
import type { Dialect } from '../warehouse/contract.js';
import { nameKey } from '../schema/identifiers.js';
import { DEFAULT_CONFIG, parseModelConfig, parseTestConfig } from './model-config.js';
import type { ModelProblem } from './problems.js';
import { type Bindings, type RenderTemplate, TemplateProblem } from './template-engine.js';
import type { LoadedTable, ModelConfig, ModelSource, Severity } from './types.js';

/** A model after a first look at its template: how it is built and what it reads. */
export interface Model extends ModelSource {
  readonly config: ModelConfig;
  /** Models it reads, each with the first place it is named. */
  readonly refs: ReadonlyMap<string, Position>;
  /** Loaded tables it reads; one that is not loaded (yet) keeps it from being built, no more. */
  readonly sources: ReadonlySet<string>;
}

/** What names in templates stand for. */
export interface Names {
  /** By {@link nameKey}. */
  readonly models: ReadonlyMap<string, ModelSource>;
  readonly tables: readonly LoadedTable[];
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly dialect: Dialect;
  /** Schema of the loaded tables. */
  readonly schema: string;
}

/** What a template was found to read, while it was rendered. */
export interface Reads {
  readonly refs: Map<string, Position>;
  readonly sources: Set<string>;
}

/** Helpers that look names up and note what is read. */
export function lookingUp(names: Names, reads: Reads): Pick<Bindings, 'ref' | 'source' | 'variable'> {
  const { models, tables, variables, dialect, schema } = names;
  return {
    ref: (name, place) => {
      const model = models.get(nameKey(name));
      if (model === undefined)
        throw unknown(
          'model',
          name,
          [...models.values()].map((each) => each.name),
        );
      if (!reads.refs.has(model.name)) reads.refs.set(model.name, place);
      return dialect.quoteTable(model.relation);
    },
    source: (name) => {
      const table = tables.find((each) => nameKey(each.name) === nameKey(name))?.name ?? name;
      reads.sources.add(table);
      return dialect.quoteTable({ schema, name: table });
    },
    variable: (name, fallback) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : fallback;
      if (value !== undefined) return String(value);
      throw unknown('variable', name, Object.keys(variables), ' under models.vars, and no default is given');
    },
  };
}

function unknown(what: string, name: string, known: readonly string[], more = ''): TemplateProblem {
  const close = nearest(name, known);
  const list = [...known].sort().slice(0, 8).join(', ');
  const rest = known.length > 8 ? `, and ${known.length - 8} more` : '';
  const meant =
    close === undefined ? `known: ${list === '' ? 'none' : list + rest}` : `did you mean ${close}?`;
  return new TemplateProblem(`there is no ${what} ${JSON.stringify(name)}${more}; ${meant}`);
}

export interface Analyzed<T> {
  readonly value: T | undefined;
  readonly problems: readonly ModelProblem[];
}

/** Renders a model once for a new table and once for an old one, so that what either reads is known. */
export function analyzeModel(source: ModelSource, names: Names, render: RenderTemplate): Analyzed<Model> {
  const reads: Reads = { refs: new Map(), sources: new Set() };
  let said: Partial<ModelConfig> = {};
  const problems = bothWays(
    source,
    names,
    reads,
    render,
    names.dialect.quoteTable(source.relation),
    (settings) => {
      said = { ...said, ...parseModelConfig(settings) };
    },
  );
  if (problems.length > 0) return { value: undefined, problems };
  const config = { ...DEFAULT_CONFIG, ...source.defaults, ...said };
  const wrong = configProblem(config);
  if (wrong !== undefined)
    return { value: undefined, problems: [{ file: source.file, line: 1, column: 1, message: wrong }] };
  return { value: { ...source, config, ...reads }, problems: [] };
}

function configProblem({ materialized, uniqueKey }: ModelConfig): string | undefined {
  if (materialized === 'incremental' && uniqueKey.length === 0)
    return 'an incremental model merges its rows by a key; expected unique_key="…" in its {{config}}';
  return undefined;
}

/** A data test of the user's own: one query, whose rows are failures. */
export interface OwnTest extends Reads {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
}

export function analyzeTest(
  test: Pick<OwnTest, 'name' | 'file' | 'text'>,
  names: Names,
  render: RenderTemplate,
): Analyzed<OwnTest> {
  const reads: Reads = { refs: new Map(), sources: new Set() };
  let said: ReturnType<typeof parseTestConfig> = {};
  const template = { ...test, context: {} };
  const problems = bothWays(template, names, reads, render, undefined, (settings) => {
    said = { ...said, ...parseTestConfig(settings) };
  });
  if (problems.length > 0) return { value: undefined, problems };
  return { value: { ...test, severity: 'error', tags: [], ...said, ...reads }, problems: [] };
}

function bothWays(
  template: Parameters<RenderTemplate>[0],
  names: Names,
  reads: Reads,
  render: RenderTemplate,
  self: string | undefined,
  config: Bindings['config'],
): readonly ModelProblem[] {
  const found = new Map<string, ModelProblem>();
  for (const incremental of [false, true]) {
    const result = render(template, { ...lookingUp(names, reads), config, self, incremental });
    for (const problem of result.ok ? [] : result.problems)
      found.set(`${problem.line}:${problem.column} ${problem.message}`, problem);
  }
  return [...found.values()];
}

/** The query of a model or test that was analysed before. */
export function compileTemplate(
  template: Parameters<RenderTemplate>[0],
  names: Names,
  render: RenderTemplate,
  at: Pick<Bindings, 'self' | 'incremental'>,
): string {
  const reads: Reads = { refs: new Map(), sources: new Set() };
  const result = render(template, { ...lookingUp(names, reads), config: () => undefined, ...at });
  if (!result.ok) throw new Error(`${template.file}: ${result.problems[0]?.message ?? 'cannot be rendered'}`);
  return result.sql;
}
