import type { DialectName } from '../warehouse/contract.js';

/** A validated integration.yml, defaults filled in. Paths are absolute, resolved against the file's folder. */
export interface Config {
  /** The file it was read from, absolute. */
  readonly file: string;
  /** Labels runs, jobs and query tags. */
  readonly name: string;
  readonly source: SourceConfig;
  readonly warehouse: WarehouseConfig;
  readonly tables: TablesConfig;
  readonly columns: ColumnsConfig;
  readonly onBadFile: 'fail' | 'skip';
  readonly models: ModelsConfig;
}

export type SourceConfig = DirectorySource | S3Source;

interface SourceCommon {
  /** Key prefix in front of `manifests/` and `sync_<id>/`; empty or ending in `/`. */
  readonly prefix: string;
  readonly layout: 'manifests' | 'files';
  /**
   * Layout `files` only: key patterns below the prefix with one `{table}` each and glob stars elsewhere.
   * Default: all `.avro` objects under `sync_<n>/<table>/`.
   */
  readonly patterns: readonly string[];
  /** Other names the bucket goes by in file URIs. */
  readonly bucketAliases: readonly string[];
  /** Microseconds since 1970 UTC; event rows with an earlier time stay out. */
  readonly startDate: { readonly text: string; readonly micros: bigint } | undefined;
}

export interface DirectorySource extends SourceCommon {
  readonly type: 'directory';
  /** Absolute. */
  readonly path: string;
  /** The bucket this directory mirrors; undefined: URIs of any bucket name are taken as paths below `path`. */
  readonly bucket: string | undefined;
}

export interface S3Source extends SourceCommon {
  readonly type: 's3';
  readonly bucket: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly externalId: Secret | undefined;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
}

/** The part every warehouse shares; the rest is checked by the adapter of that type. */
export interface WarehouseConfig {
  readonly type: DialectName;
  /** Where the tables and the ledger live; a BigQuery dataset. */
  readonly schema: string;
  /** The adapter's own settings, already parsed by {@link import('../warehouse/contract.js').Warehouse.parseSettings}. */
  readonly settings: unknown;
}

export interface TablesConfig {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly newTables: 'load' | 'ignore' | 'fail';
  /** Final table name → key columns. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** Name in the source → final name. */
  readonly rename: Readonly<Record<string, string>>;
  /** Most tables that are loaded at the same time. */
  readonly threads: number;
}

export interface ColumnsConfig {
  /** Final table name, or `*` for every table → globs on column names. */
  readonly include: Readonly<Record<string, readonly string[]>>;
  readonly exclude: Readonly<Record<string, readonly string[]>>;
  /** Final table name, or `*` → name in the file → final name. */
  readonly rename: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly newColumns: 'add' | 'ignore' | 'fail';
  readonly onTypeChange: 'variant' | 'fail';
  readonly timestamps: { readonly columns: readonly string[]; readonly as: 'timestamp' | 'raw' };
}

export interface ModelsConfig {
  /** Absolute folder of the user's models and their properties. */
  readonly path: string;
  /** Absolute folder of the user's own data tests. */
  readonly testsPath: string;
  readonly schema: string;
  readonly resolvedSchema: string;
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  /** Most models that are built at the same time. */
  readonly threads: number;
  readonly shipped: ShippedConfig;
  /** Rows of a failing data test that the report shows. */
  readonly failingRows: number;
  /** Globs on columns whose values such rows do not show. */
  readonly redact: readonly string[];
}

/** Switches of the models that heapload ships. `materialized` undefined: as the model itself says. */
export interface ShippedConfig {
  readonly identityMap: ShippedModelConfig;
  readonly resolved: ShippedModelConfig;
  /** `columns`: those it has besides the ones all event tables share. */
  readonly allEvents: ShippedModelConfig & { readonly columns: readonly string[] };
  readonly sessions: ShippedModelConfig;
  readonly definedProperties: { readonly enabled: boolean };
}

export interface ShippedModelConfig {
  readonly enabled: boolean;
  readonly materialized: 'view' | 'table' | undefined;
}

/** A value that must not be shown: every way of turning it into text gives `***`. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The value itself; only for the call that needs it. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}
