import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';

/** A column of a file or of a final table. */
export interface ModelColumn {
  readonly name: string;
  readonly type: LogicalType;
}

/** A file after Avro was mapped to logical types: its header and its rows, values in column order. */
export interface ModelFile {
  readonly columns: readonly ModelColumn[];
  readonly rows: readonly (readonly Value[])[];
}

export interface ModelTable {
  readonly name: string;
  readonly incremental: boolean;
  readonly files: readonly ModelFile[];
}

export interface ModelDump {
  readonly id: bigint;
  readonly tables: readonly ModelTable[];
}

/** The settings that change what tables hold; everything left out is as heapload defaults it. */
export interface ModelConfig {
  /** Final table name → key columns. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** Microseconds since 1970 UTC. */
  readonly startDate?: bigint;
  readonly timestamps?: { readonly columns: readonly string[]; readonly as: 'timestamp' | 'raw' };
  readonly onTypeChange?: 'variant' | 'fail';
  readonly newColumns?: 'add' | 'ignore' | 'fail';
  /** Exact names of tables that are not loaded. Default: `_event_metadata`. */
  readonly excludeTables?: readonly string[];
  /** Final table name, or `*` → exact names of columns that are not loaded. */
  readonly excludeColumns?: Readonly<Record<string, readonly string[]>>;
}

export type LoadFailure = 'KEY_MISSING' | 'KEY_TYPE' | 'TYPE_CHANGED' | 'NEW_COLUMN' | 'NAME_COLLISION';

export interface LoadCounts {
  readonly rowsRead: number;
  readonly inserted: number;
  readonly updated: number;
  /** Older duplicates within the load, and rows older than what the table has. */
  readonly unchanged: number;
  readonly filtered: number;
  readonly rejectedRows: number;
  /** Values, of all rows read, that could not be parsed and became NULL. */
  readonly rejectedValues: number;
}

/** One table of one dump, as it was settled. */
export interface ModelLoad extends LoadCounts {
  /** From 1: the run that settled it. */
  readonly run: number;
  readonly dump: bigint;
  readonly incremental: boolean;
  readonly files: number;
  readonly status: 'loaded' | 'nothing' | 'superseded';
}

export interface ModelReject {
  readonly dump: bigint;
  /** Place of the file in the load and of the row in the file, from 0. */
  readonly file: number;
  readonly row: number;
  readonly kind: 'row' | 'value';
  /** The final column; undefined for a row. */
  readonly column: string | undefined;
  /** The value as the file has it; undefined for a row. */
  readonly raw: Value | undefined;
}

export interface ModelTableState {
  readonly name: string;
  readonly key: readonly string[];
  /** In order of first appearance; empty while no load made the table. */
  readonly columns: readonly ModelColumn[];
  /** {@link rowKey} of the key's values → values in the order of {@link columns}, and the dump that wrote them. */
  readonly rows: ReadonlyMap<string, ModelRow>;
  readonly rejects: readonly ModelReject[];
  /** In the order in which they were settled. */
  readonly loads: readonly ModelLoad[];
  /** Loads that failed, once for every run that tried; they stay pending. */
  readonly failures: readonly { readonly run: number; readonly dump: bigint; readonly code: LoadFailure }[];
}

export interface ModelRow {
  readonly values: readonly Value[];
  readonly dump: bigint;
}

/** A load that cannot be carried out; nothing of it is published. */
export class ModelFailure extends Error {
  readonly code: LoadFailure;
  constructor(code: LoadFailure) {
    super(code);
    this.code = code;
  }
}
