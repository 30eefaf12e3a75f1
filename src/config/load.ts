import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeaploadError } from '../errors.js';
import { checkColumnGlobs } from './check-columns.js';
import { checkKeys, checkRenames } from './check-names.js';
import { checkShape } from './check-shape.js';
import { checkSource } from './check-source.js';
import { type Registry, checkSchemas, checkWarehouse } from './check-warehouse.js';
import { readDocument } from './document.js';
import { ProblemList } from './problem-list.js';
import { ConfigError } from './problems.js';
import { type Written, startOfDay } from './shape.js';
import type { Environment } from './substitute.js';
import {
  type ColumnsConfig,
  type Config,
  type ModelsConfig,
  Secret,
  type ShippedConfig,
  type ShippedModelConfig,
  type SourceConfig,
  type TablesConfig,
} from './types.js';

export interface LoadConfigOptions {
  /** Where `${VAR}` is looked up. */
  readonly env: Environment;
  readonly warehouses: Registry;
}

/**
 * Reads and checks a configuration file. Throws `CONFIG_MISSING`, or a {@link ConfigError} (`CONFIG_INVALID`) with
 * all problems at once. No message holds a value from the environment.
 */
export function loadConfig(path: string, options: LoadConfigOptions): Config {
  const document = readDocument(readText(path), options.env);
  const problems = new ProblemList(document);
  if (document.value === undefined) throw new ConfigError(path, problems.all);
  const file = resolve(path);
  const baseDirectory = dirname(file);
  const written = checkShape(document, problems);
  checkSource(written.source, problems);
  const warehouse = checkWarehouse(written.warehouse, document, problems, {
    registry: options.warehouses,
    baseDirectory,
  });
  checkSchemas(written, document, problems);
  checkKeys(written, document, problems);
  checkRenames(written, document, problems);
  checkColumnGlobs(written, document, problems);
  const source = sourceConfig(written.source, baseDirectory);
  if (problems.all.length > 0 || warehouse === undefined || source === undefined) {
    throw new ConfigError(path, problems.all);
  }
  return {
    file,
    name: written.name,
    source,
    warehouse,
    tables: tablesConfig(written.tables),
    columns: columnsConfig(written.columns),
    onBadFile: written.on_bad_file,
    models: modelsConfig(written.models, baseDirectory),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const message = missing ? `There is no configuration file ${path}.` : `${path} cannot be read (${code}).`;
    throw new HeaploadError(missing ? 'CONFIG_MISSING' : 'CONFIG_INVALID', message, {
      hint: 'Give the path of your integration.yml; docs/configuration.md shows what belongs in it.',
      cause: error,
    });
  }
}

/** Undefined when a key without default is missing, which is a problem by then. */
function sourceConfig(source: Written['source'], baseDirectory: string): SourceConfig | undefined {
  const day = source.start_date;
  const micros = day === undefined ? undefined : startOfDay(day);
  const common = {
    prefix: normalPrefix(source.prefix),
    layout: source.layout,
    patterns: source.patterns,
    bucketAliases: source.bucket_aliases,
    startDate: day === undefined || micros === undefined ? undefined : { text: day, micros },
  };
  if (source.type === 'directory' && source.path !== undefined) {
    return { ...common, type: 'directory', path: resolve(baseDirectory, source.path), bucket: source.bucket };
  }
  if (source.type !== 's3' || source.bucket === undefined) return undefined;
  return {
    ...common,
    type: 's3',
    bucket: source.bucket,
    region: source.region,
    profile: source.profile,
    roleArn: source.role_arn,
    externalId: source.external_id === undefined ? undefined : new Secret(source.external_id),
    endpoint: source.endpoint,
    pathStyle: source.path_style ?? false,
  };
}

/** Empty, or without a slash in front and with one behind. */
function normalPrefix(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `${inner}/`;
}

function tablesConfig(tables: Written['tables']): TablesConfig {
  const { include, exclude, keys, rename, threads } = tables;
  return { include, exclude, newTables: tables.new_tables, keys, rename, threads };
}

function columnsConfig(columns: Written['columns']): ColumnsConfig {
  const { include, exclude, rename, timestamps } = columns;
  return {
    include,
    exclude,
    rename,
    newColumns: columns.new_columns,
    onTypeChange: columns.on_type_change,
    timestamps,
  };
}

function modelsConfig(models: Written['models'], baseDirectory: string): ModelsConfig {
  return {
    path: resolve(baseDirectory, models.path),
    testsPath: resolve(baseDirectory, models.tests_path),
    schema: models.schema,
    resolvedSchema: models.resolved_schema,
    vars: models.vars,
    threads: models.threads,
    shipped: shippedConfig(models.shipped),
    failingRows: models.failing_rows,
    redact: models.redact,
  };
}

function shippedConfig(shipped: Written['models']['shipped']): ShippedConfig {
  const one = ({ enabled, materialized }: Written['models']['shipped']['sessions']): ShippedModelConfig => ({
    enabled,
    materialized,
  });
  return {
    identityMap: one(shipped.identity_map),
    resolved: one(shipped.resolved),
    allEvents: { ...one(shipped.all_events), columns: shipped.all_events.columns },
    sessions: one(shipped.sessions),
    definedProperties: { enabled: shipped.defined_properties.enabled },
  };
}
