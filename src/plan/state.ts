import type { LogicalType } from '../schema/logical-types.js';
import { nameKey } from '../schema/identifiers.js';
import type { LedgerTable, LoadStatus } from './ledger.js';

/** What planning knows of the warehouse: observed once, then folded forward step by step by `evolve`. */
export interface WarehouseState {
  readonly schemaExists: boolean;
  /** Final tables and leftover staging tables by {@link nameKey}; ledger tables are not among them. */
  readonly tables: ReadonlyMap<string, TableState>;
  readonly ledgerTables: ReadonlySet<LedgerTable>;
  readonly ledger: LedgerState;
}

export interface TableState {
  readonly name: string;
  /** In table order. */
  readonly columns: readonly ColumnState[];
  /** The timestamp column it is partitioned by day of; undefined: it is not partitioned, or heapload did not make it so. */
  readonly partitionedBy?: string | undefined;
}

export interface ColumnState {
  readonly name: string;
  /** Undefined when the native type is none that heapload makes. */
  readonly type: LogicalType | undefined;
  /** As the catalog spells it, for messages. */
  readonly nativeType: string;
  /** The source column it takes values from, as the schema history says; undefined when it says nothing. */
  readonly origin: string | undefined;
}

export interface LedgerState {
  /** Undefined before the first run. */
  readonly layout: string | undefined;
  readonly version: bigint | undefined;
  /** Grows with every run that takes the lease; 0 before the first. */
  readonly leaseToken: bigint;
  /** Dumps whose manifest was read and whose loads are recorded. */
  readonly dumps: ReadonlySet<bigint>;
  /** Loads with status `pending` or `excluded`. */
  readonly openLoads: readonly OpenLoad[];
  /** By final table name. */
  readonly tables: ReadonlyMap<string, LedgerTableState>;
  /** The schema history: by final table name, {@link nameKey} of each known column → its origin. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Layout `files`: see {@link fileIdentity}. */
  readonly files: ReadonlySet<string>;
  readonly skippedFiles: readonly SkippedFile[];
}

export interface OpenLoad {
  readonly loadId: string;
  readonly dumpId: bigint;
  readonly table: string;
  readonly sourceTable: string;
  readonly status: LoadStatus;
}

export interface LedgerTableState {
  /** Names in the source that rows of the table came from; a second one is a collision. */
  readonly sourceTables: readonly string[];
  /** Greatest dump committed with status `loaded`. */
  readonly newestLoaded: bigint | undefined;
}

export interface SkippedFile {
  readonly table: string;
  readonly dumpId: bigint;
  readonly key: string;
  readonly reason: string;
}

/** One file of layout `files` at one moment. */
export function fileIdentity(key: string, etag: string): string {
  return `${key}\n${etag}`;
}

/** A warehouse nobody has loaded into; what `plan --offline` starts from. */
export const EMPTY_STATE: WarehouseState = {
  schemaExists: false,
  tables: new Map(),
  ledgerTables: new Set(),
  ledger: {
    layout: undefined,
    version: undefined,
    leaseToken: 0n,
    dumps: new Set(),
    openLoads: [],
    tables: new Map(),
    columns: new Map(),
    files: new Set(),
    skippedFiles: [],
  },
};

export function findTable(state: WarehouseState, name: string): TableState | undefined {
  return state.tables.get(nameKey(name));
}

export function findColumn(table: TableState | undefined, name: string): ColumnState | undefined {
  return table?.columns.find((column) => nameKey(column.name) === nameKey(name));
}
