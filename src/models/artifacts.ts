import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import type { DataTest } from './data-tests.js';
import type { Model } from './analyze.js';
import type { ModelPlan } from './plan.js';

/** How a node of a build went, as `run_results.json` has it. */
export interface ArtifactResult {
  readonly kind: 'model' | 'test';
  readonly name: string;
  readonly status: string;
  readonly seconds: number;
  readonly message: string | undefined;
  readonly failures: bigint | undefined;
}

export interface ArtifactStamp {
  readonly version: string;
  readonly runId: string;
  /** Of when they are written. */
  readonly now: Date;
}

/** The folder of what commands on models leave for other programs. */
export function targetFolder(config: Config): string {
  return path.join(path.dirname(config.file), 'target');
}

/**
 * Writes `manifest.json`, the compiled queries and, after a build, `run_results.json`. Each file is replaced whole.
 * Throws `ARTIFACTS_UNWRITABLE` when the folder cannot be written; gives the paths of the compiled queries by name.
 */
export function writeArtifacts(
  config: Config,
  plan: ModelPlan,
  results: readonly ArtifactResult[] | undefined,
  stamp: ArtifactStamp,
): ReadonlyMap<string, string> {
  const folder = targetFolder(config);
  try {
    const compiled = writeCompiled(folder, plan);
    replaceFile(path.join(folder, 'manifest.json'), json(manifest(config, plan, stamp)));
    if (results !== undefined)
      replaceFile(path.join(folder, 'run_results.json'), json(runResults(config, results, stamp)));
    return compiled;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new HeaploadError('ARTIFACTS_UNWRITABLE', `${folder} cannot be written (${String(error.code)}).`, {
      hint: 'Make the folder beside integration.yml writable. What was built in the warehouse stays.',
      place: { file: folder },
      cause: error,
    });
  }
}

/** Old queries go, so that what is there is what was compiled. */
function writeCompiled(folder: string, plan: ModelPlan): ReadonlyMap<string, string> {
  const compiled = path.join(folder, 'compiled');
  rmSync(compiled, { recursive: true, force: true });
  const queries = [
    ...plan.models.map(({ model, query }) => ({ name: model.name, folder: 'models', query })),
    ...plan.tests.map(({ test, query }) => ({ name: test.name, folder: 'tests', query })),
  ];
  return new Map(
    queries.map(({ name, folder: kind, query }) => {
      const file = path.join(compiled, kind, `${name}.sql`);
      replaceFile(file, `${query}\n`);
      return [name, file];
    }),
  );
}

function replaceFile(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function json(content: object): string {
  const text = JSON.stringify(
    content,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );
  return `${text}\n`;
}

function metadata({ version, runId, now }: ArtifactStamp, config: Config): object {
  return {
    generated_by: 'heapload',
    heapload_version: version,
    generated_at: now.toISOString(),
    invocation_id: runId,
    project_name: config.name,
    adapter_type: config.warehouse.type,
  };
}

/** Every model, test and loaded table of the project, selected or not, in the shape of dbt's manifest. */
function manifest(config: Config, plan: ModelPlan, stamp: ArtifactStamp): object {
  const { graph, tests, names } = plan.loaded;
  const queries = new Map([
    ...plan.models.map(({ model, query }): [string, string] => [modelId(config, model.name), query]),
    ...plan.tests.map(({ test, query }): [string, string] => [testId(config, test.name), query]),
  ]);
  const nodes = [
    ...graph.models.map((model) => modelNode(config, model)),
    ...tests.map((test) => testNode(config, test)),
  ].map((node) => ({ ...node, compiled_code: queries.get(node.unique_id) ?? null }));
  const sources = names.tables.map((table) => ({
    unique_id: sourceId(config, table.name),
    resource_type: 'source',
    name: table.name,
    schema: config.warehouse.schema,
    columns: Object.fromEntries(table.columns.map(({ name }) => [name, { name }])),
  }));
  const parents = nodes.map((node): [string, readonly string[]] => [node.unique_id, node.depends_on.nodes]);
  const all = [...nodes, ...sources].map((node) => node.unique_id);
  return {
    metadata: metadata(stamp, config),
    nodes: byId(nodes),
    sources: byId(sources),
    parent_map: Object.fromEntries([...all.map((id): [string, readonly string[]] => [id, []]), ...parents]),
    child_map: Object.fromEntries(
      all.map((id) => [id, parents.filter(([, reads]) => reads.includes(id)).map(([child]) => child)]),
    ),
  };
}

interface ArtifactNode extends Readonly<Record<string, unknown>> {
  readonly unique_id: string;
  readonly depends_on: { readonly nodes: readonly string[] };
}

function byId<T extends { readonly unique_id: string }>(nodes: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(nodes.map((node) => [node.unique_id, node]));
}

function modelNode(config: Config, model: Model): ArtifactNode {
  const { materialized, uniqueKey, onSchemaChange, tags } = model.config;
  return {
    unique_id: modelId(config, model.name),
    resource_type: 'model',
    name: model.name,
    schema: model.relation.schema,
    alias: model.relation.name,
    original_file_path: model.file,
    shipped: model.origin === 'shipped',
    config: { materialized, unique_key: uniqueKey, on_schema_change: onSchemaChange, tags },
    tags,
    description: model.properties.description,
    columns: Object.fromEntries(model.properties.columns.map((column) => [column.name, column])),
    raw_code: model.text,
    depends_on: { nodes: dependencies(config, [...model.refs.keys()], [...model.sources]) },
  };
}

function testNode(config: Config, test: DataTest): ArtifactNode {
  const spec = 'spec' in test.what ? test.what.spec : undefined;
  return {
    unique_id: testId(config, test.name),
    resource_type: 'test',
    name: test.name,
    original_file_path: test.file,
    config: { severity: test.severity, tags: test.tags, where: spec?.where ?? null },
    tags: test.tags,
    test_metadata: spec === undefined ? null : { name: spec.kind },
    depends_on: { nodes: dependencies(config, test.refs, test.sources) },
  };
}

function dependencies(
  config: Config,
  models: readonly string[],
  tables: readonly string[],
): readonly string[] {
  return [
    ...models.map((name) => modelId(config, name)),
    ...tables.map((name) => sourceId(config, name)),
  ].sort();
}

function runResults(config: Config, results: readonly ArtifactResult[], stamp: ArtifactStamp): object {
  return {
    metadata: metadata(stamp, config),
    results: results.map(({ kind, name, status, seconds, message, failures }) => ({
      unique_id: kind === 'model' ? modelId(config, name) : testId(config, name),
      status,
      execution_time: seconds,
      message: message ?? null,
      failures: failures ?? null,
    })),
  };
}

const modelId = (config: Config, name: string): string => `model.${config.name}.${name}`;
const testId = (config: Config, name: string): string => `test.${config.name}.${name}`;
const sourceId = (config: Config, name: string): string =>
  `source.${config.name}.${config.warehouse.schema}.${name}`;
