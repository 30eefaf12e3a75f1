import type { AvroColumn, ByteSource, LocalFile } from '../avro/types.js';
import type { ErrorCode } from '../errors.js';
import type { LogicalType } from '../schema/logical-types.js';

/** What a session carries out, one after another: the part of the seam that plans and previews are made of. */

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
