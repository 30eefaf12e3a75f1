import type { HeaploadError } from '../errors.js';
import type { LogicalType, TypeKind } from '../schema/logical-types.js';
import type {
  ExecuteOptions,
  Operation,
  OperationResult,
  ParameterName,
  Statement,
  TableName,
  Transfer,
  TransferFile,
} from './operations.js';

/** The seam between the core and the warehouses: types only. An adapter is one {@link Warehouse}. */

export type * from './operations.js';

export type DialectName = 'duckdb' | 'bigquery' | 'snowflake';

/** Keys, texts and places of an adapter's settings in integration.yml, for error messages. */
export interface SettingProblem {
  /** Path below `warehouse:`, e.g. `['memory_limit']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type ParsedSettings<C> =
  | { readonly ok: true; readonly settings: C }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

export interface Warehouse<C> {
  readonly name: DialectName;
  /**
   * Checks the `warehouse:` block less `type` and `schema`, environment variables already put in.
   * Relative paths are resolved against `baseDirectory`. Unknown keys are problems. Pure.
   */
  parseSettings(input: Readonly<Record<string, unknown>>, baseDirectory: string): ParsedSettings<C>;
  /** Names of all settings, for suggestions and the configuration reference. */
  readonly settingNames: readonly string[];
  /** Without settings: as their defaults say. Some settings show in the SQL, such as the way of a transfer. */
  dialect(settings?: C): Dialect;
  connect(settings: C, options: ConnectOptions): Promise<Session>;
}

export interface ConnectOptions {
  /**
   * - `read` must not create or change anything; a warehouse that does not exist yet is then empty
   * - `probe` does not either, but fails where `write` would: for lack of a permission, or because another process
   *   holds the warehouse
   */
  readonly mode: 'read' | 'write' | 'probe';
  readonly signal: AbortSignal;
}

/** What a warehouse can and cannot do, so that the core never asks for its name. */
export interface Capabilities {
  /** Longest table name, in characters. Longer ones stop the table with `NAME_INVALID`. */
  readonly maxTableName: number;
  /** Longest column name, in characters. */
  readonly maxColumnName: number;
  /** Most columns a table can have. */
  readonly maxColumns: number;
  /** Lower-case prefixes a column name may not start with. */
  readonly reservedColumnPrefixes: readonly string[];
  /**
   * `upper`: names are stored in upper case so that unquoted queries find them. Two names that differ
   * in case only collide everywhere, whatever this says.
   */
  readonly storedCase: 'as-is' | 'upper';
  /**
   * True when the engine itself keeps other processes out while a session is open, so that a lease held by
   * another process is known to be stale. False: a stale lease is waited for until it expires.
   */
  readonly singleProcess: boolean;
  /**
   * True when the files of a load can be read again while it is published. Its staging table then holds only what
   * decides about rows, and each wide row is written once. False: the staging table holds all columns.
   */
  readonly rereadsFiles: boolean;
  /** Largest number of value rows put into one INSERT of literals. */
  readonly maxInsertRows: number;
  /**
   * Largest number of value rows in one transaction; undefined: no limit. Where a transaction is one text of limited
   * length, longer lists of files go through a staging table and dumps are recorded in several transactions.
   */
  readonly maxTransactionRows: number | undefined;
  /**
   * True: tables of events are partitioned by day of their time, and a merge first looks up in which partitions the
   * staged keys live, so that it reads no others.
   */
  readonly dayPartitions: boolean;
  /** What new tables are clustered by; undefined: by nothing. Tables that are there stay as they are. */
  readonly clustering: Clustering | undefined;
  /** Hours after which the warehouse itself removes a staging table; undefined: it never does. */
  readonly stagingExpiryHours: number | undefined;
}

/** `never`: what a table cannot be clustered by. */
export type Clustering =
  /** By so many of its key columns at most. */
  | { readonly by: 'keys'; readonly most: number; readonly never: readonly TypeKind[] }
  /** As `warehouse.cluster_by` asks: final table name → columns in order. Tables it does not name are not clustered. */
  | {
      readonly by: 'request';
      readonly tables: Readonly<Record<string, readonly string[]>>;
      readonly never: readonly TypeKind[];
    };

/** Pure text: how this warehouse spells things. Needs no SDK and no connection. */
export interface Dialect {
  readonly name: DialectName;
  readonly capabilities: Capabilities;
  /** One identifier, quoted; any text is safe. Never folds case by itself except as `storedCase` says. */
  quoteIdentifier(name: string): string;
  /** A schema-qualified table. */
  quoteTable(table: TableName): string;
  literal(value: LiteralValue): string;
  /** A run-time value bound by the session, e.g. `$run_id`. */
  parameter(name: ParameterName): string;
  /** The native type of a value or of a staged column. */
  columnType(type: LogicalType): string;
  /**
   * How the type of a column that lasts is declared: the native type, and what else the catalog needs so that
   * {@link Dialect.parseColumnType} finds the same type again.
   */
  storedType(type: LogicalType): string;
  /** The logical type behind a type as the query `columns` spells it; undefined when heapload never makes it. */
  parseColumnType(native: string): LogicalType | undefined;
  /** Wraps statements so that all or none of them take effect. */
  atomically(statements: readonly Statement[]): readonly Statement[];
  /** The comment that shows a transfer in a preview: what moves, from where, how. No secrets. */
  describeTransfer(transfer: Omit<Transfer, 'preview'>): string;
  /**
   * For a warehouse that takes files in by SQL: the parts of a transfer, and the templates of the statements that bring
   * each of them in. Absent: the session moves the rows itself.
   */
  readonly splitTransfer?: (transfer: Omit<Transfer, 'preview' | 'parts'>) => readonly TransferPartPlan[];
  /** Where the statements of {@link Dialect.splitTransfer} find the files. */
  readonly fileStage?: FileStage;
}

/** A part of a transfer before its statements are rendered. */
export interface TransferPartPlan {
  readonly files: readonly TransferFile[];
  readonly statements: readonly { readonly template: string; readonly context: object }[];
}

/** A place of the warehouse's own for files on their way in. */
export interface FileStage {
  /** True: it is made in the schema before the first transfer. */
  readonly isMade: boolean;
  /** True: what a load put there is removed behind it. */
  readonly isEmptied: boolean;
  /** Its name, quoted. */
  name(schema: string): string;
  /** One of its folders as a string constant; `''` is its root. */
  location(schema: string, folder: string): string;
  /** The folder of what is staged in a table. */
  folder(staging: string): string;
}

export type LiteralValue = string | bigint | number | boolean | null;

/** What a statement would cost, as the warehouse itself sees it. */
export interface Estimate {
  /** Bytes the warehouse would read; undefined when it cannot say. */
  readonly bytes: bigint | undefined;
  /** US dollars for them; undefined when the warehouse cannot say or does not charge by bytes. */
  readonly usd?: number;
  /** Of the tables it reads, where the warehouse counts them. */
  readonly partitions?: { readonly read: number; readonly of: number };
  /** For people: what the figure is, or why there is none. */
  readonly note: string;
}

/** One permission a run needs; it is there unless there is an error, which names what has to be granted. */
export interface Permission {
  readonly what: string;
  readonly error?: HeaploadError;
}

export type Row = Readonly<Record<string, RowValue>>;
/**
 * int64 comes as bigint, timestamps as bigint microseconds since 1970 UTC, bytes as base64, dates as `YYYY-MM-DD`,
 * decimals and JSON as text.
 */
export type RowValue = string | bigint | number | boolean | null;

/** A live connection. Not for concurrent use: a run opens one for each load that is under way. */
export interface Session {
  /**
   * Throws `HeaploadError`; a failed statement inside a transaction has been rolled back when it throws. An operation
   * that is not `within` or `commit` while a transaction is open rolls that one back first: its run gave it up.
   */
  execute(operation: Operation, options: ExecuteOptions): Promise<OperationResult>;
  /** Read-only. */
  query(sql: string): Promise<readonly Row[]>;
  /** Asks the warehouse what a statement would cost, without carrying it out. Not every warehouse can say. */
  estimate?(statement: Statement): Promise<Estimate>;
  /**
   * Tries each permission that a run needs, and leaves nothing behind. `models`: the schemas it builds models in. Not
   * every warehouse has permissions.
   */
  permissions?(schema: string, models: readonly string[]): Promise<readonly Permission[]>;
  close(): Promise<void>;
}
