import type { TableName } from '../warehouse/contract.js';
import type { LogicalType } from '../schema/logical-types.js';

/** The words of this room; no logic. What a model file looks like stands in docs/models.md. */

export type Materialization = 'view' | 'table' | 'incremental';

/** What `{{config …}}` says of a model. */
export interface ModelConfig {
  readonly materialized: Materialization;
  /** Columns that together name a row; needed for, and only used by, `incremental`. */
  readonly uniqueKey: readonly string[];
  /** What an incremental model does when its query gives a column that its table lacks. */
  readonly onSchemaChange: 'append_new_columns' | 'fail';
  readonly tags: readonly string[];
}

export type Severity = 'warn' | 'error';

interface TestCommon {
  readonly severity: Severity;
  /** SQL condition; only rows for which it holds are tested. */
  readonly where?: string;
}

/** A data test of a relation: rows that break it are failures. */
export type TestSpec = TestCommon &
  (
    | { readonly kind: 'unique'; readonly columns: readonly string[] }
    | { readonly kind: 'not_null'; readonly column: string }
    | {
        readonly kind: 'accepted_values';
        readonly column: string;
        readonly values: readonly (string | number | bigint | boolean)[];
      }
    | {
        readonly kind: 'relationships';
        readonly column: string;
        /** A model, or a loaded table. */
        readonly to: { readonly kind: 'ref' | 'source'; readonly name: string };
        readonly field: string;
      }
  );

/** What the properties of a model say: documentation and tests. */
export interface ModelProperties {
  readonly description: string;
  readonly columns: readonly { readonly name: string; readonly description: string }[];
  readonly tests: readonly TestSpec[];
}

/**
 * A model before its template is read. A model of the user that has the name of a shipped one takes its place, with
 * its relation and its context, and its properties unless it has properties of its own.
 */
export interface ModelSource {
  readonly name: string;
  readonly origin: 'user' | 'shipped';
  /** For messages and artifacts: the path from the project's folder, or the template's from heapload's. */
  readonly file: string;
  /** The Handlebars template. */
  readonly text: string;
  /** What the template can name besides helpers. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly relation: TableName;
  /** What holds unless `{{config}}` says otherwise. */
  readonly defaults: Partial<ModelConfig>;
  readonly properties: ModelProperties;
}

/** A final table that heapload has loaded, or will have loaded once the plan at hand is carried out. */
export interface LoadedTable {
  /** In the warehouse, below `warehouse.schema`. */
  readonly name: string;
  /** Names in the source. A table that was renamed is still known by them (`users`, `user_migrations`, …). */
  readonly sourceTables: readonly string[];
  /** In table order, heapload's own (`_heapload_…`) left out. */
  readonly columns: readonly LoadedColumn[];
  /** Key columns; never empty. */
  readonly keys: readonly string[];
}

export interface LoadedColumn {
  readonly name: string;
  /** Undefined: a native type that heapload does not make. */
  readonly type: LogicalType | undefined;
}
