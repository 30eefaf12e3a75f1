import type { AvroColumn, ByteSource, LocalFile } from '../avro/types.js';
import type { ErrorCode, HeaploadError } from '../errors.js';
import type { LogicalType, TypeKind } from '../schema/logical-types.js';

/** The seam between the core and the warehouses: types only. An adapter is one {@link Warehouse}. */

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

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * Values known only while running, bound by the session and shown by name in a preview:
 * - `run_id` string, `holder` string (the process), `lease_token` int64
 * - `rows_read` int64: rows the Avro reader counted in the transfer before
 * - `run_status`, `run_message` string; `loads_done`, `loads_failed` int64
 */
export type ParameterName =
  | 'run_id'
  | 'holder'
  | 'lease_token'
  | 'rows_read'
  | 'run_status'
  | 'run_message'
  | 'loads_done'
  | 'loads_failed';

export type Parameters = Readonly<Partial<Record<ParameterName, string | bigint>>>;

export type Operation = Statement | Transfer;

export interface Statement {
  readonly kind: 'statement';
  /** One statement, no trailing semicolon. */
  readonly sql: string;
  readonly parameters: readonly ParameterName[];
  /** What must hold after it; otherwise it fails with that code and an open transaction is rolled back. */
  readonly expect?: Expectation;
  /** True: a declaration of variables, which stands before a transaction's begin. For dialects with scripts. */
  readonly declares?: boolean;
  /**
   * A query: the statement is carried out once for each of its rows, which it calls `_heapload_part`. For dialects with
   * scripts.
   */
  readonly forEach?: string;
  /** Set on statements between `begin` and `commit`: the session rolls back when one of them fails. */
  readonly transaction?: 'begin' | 'within' | 'commit';
}

export interface Expectation {
  /** `changed`: rows inserted, updated or deleted; `returned`: rows of the result. */
  readonly count: 'changed' | 'returned';
  readonly rows: number;
  readonly otherwise: ErrorCode;
  /** What it means for the user when it does not hold. */
  readonly message: string;
}

/** Rows of files into a staging table that exists and is empty. */
export interface Transfer {
  readonly kind: 'transfer';
  readonly into: TableName;
  readonly files: readonly TransferFile[];
  /** Data columns of the staging table in order; `_heapload_file` and `_heapload_row` come before them. */
  readonly columns: readonly StagedColumn[];
  /**
   * Places in `columns` of those the staging table has, behind a third column of its own, `_heapload_place`; the
   * session keeps the files' rows for statements that read them again. None: such statements fill the staging table,
   * the transfer leaves it empty. Undefined: it has all of them.
   */
  readonly narrow: readonly number[] | undefined;
  /** Together all files; absent where the session moves the rows itself. */
  readonly parts?: readonly TransferPart[];
  readonly preview: string;
}

/** Files of a transfer that are brought in together, by these statements in order. */
export interface TransferPart {
  readonly files: readonly TransferFile[];
  readonly statements: readonly Statement[];
}

export interface StagedColumn {
  /** Name in the staging table. */
  readonly name: string;
  readonly type: LogicalType;
}

export interface TransferFile {
  /** Value of `_heapload_file`: place of the file in the load, from 0. */
  readonly index: number;
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** The header's columns, as seen at planning; a file whose header differs then fails the transfer. */
  readonly header: readonly AvroColumn[];
  /** For each header column its place in {@link Transfer.columns}, or -1 when it is not loaded. */
  readonly targets: readonly number[];
}

/** What an operation is done for: what query tags, job labels and job ids are made of. */
export interface Purpose {
  readonly runId: string;
  /** Undefined for what a run does around its loads. */
  readonly load?: { readonly loadId: string; readonly dumpId: bigint; readonly table: string };
}

export interface ExecuteOptions {
  readonly parameters: Parameters;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
  /** Opens a file of a transfer at its first byte, bound to the etag seen at planning. */
  readonly open: (file: TransferFile) => ByteSource;
  /** Finds a file of a transfer, with that etag, on this machine; absent where the source is elsewhere. */
  readonly local?: (file: TransferFile) => Promise<LocalFile>;
  /** Told now and then while a transfer works. */
  readonly progress?: (done: {
    readonly files: number;
    readonly rows: number;
    readonly bytes: number;
  }) => void;
}

export interface OperationResult {
  /** Rows changed or returned, when the engine says; for a transfer the rows counted by the Avro reader. */
  readonly rows: number;
  /** Bytes the warehouse charges for it; undefined where it does not charge by bytes. */
  readonly bytesBilled?: bigint;
}

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
