import type { ErrorCode } from '../errors.js';
import type { AvroColumn } from '../avro/types.js';
import type { Conversion } from '../schema/conversions.js';
import type { LogicalType } from '../schema/logical-types.js';
import type { LedgerTable } from './ledger.js';
import type { LoadRef, NewDump, SettledLoad } from './schedule-types.js';

/** One thing a run does, in the terms of the contract; the renderer turns it into operations. */
export type Step =
  | { readonly kind: 'create-schema' }
  | { readonly kind: 'create-ledger-table'; readonly table: LedgerTable }
  /** Puts the one row into the lease table, if it is not there. */
  | { readonly kind: 'seed-lease'; readonly layout: string }
  | { readonly kind: 'acquire-lease' }
  | { readonly kind: 'start-run' }
  | { readonly kind: 'record-dumps'; readonly dumps: readonly NewDump[] }
  | {
      readonly kind: 'settle-loads';
      readonly status: SettledLoad['status'];
      readonly loads: readonly LoadRef[];
    }
  /** A staging table that a run which died has left behind and that no load of this run replaces. */
  | { readonly kind: 'drop-staging'; readonly staging: string }
  | { readonly kind: 'create-table'; readonly table: NewTable }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: FinalColumn }
  | {
      readonly kind: 'create-staging';
      readonly staging: string;
      readonly columns: readonly ColumnDefinition[];
      /** Rows carry their place in the load, by which the files are read again. */
      readonly places: boolean;
    }
  | {
      readonly kind: 'transfer';
      readonly staging: string;
      readonly columns: readonly ColumnDefinition[];
      /** See `Transfer.narrow`. */
      readonly narrow: readonly number[] | undefined;
      readonly files: readonly PlannedFile[];
    }
  /** What will be the table, in its place, with columns for what decides about its rows. */
  | { readonly kind: 'create-candidate'; readonly candidate: Candidate; readonly table: NewTable }
  /** All rows into the candidate, what decides about them into staging, and then those that lose out of it again. */
  | { readonly kind: 'fill-candidate'; readonly candidate: Candidate; readonly publish: Publish }
  /** Rows of the ledger's files, more than one transaction can hold, into a staging table of their own. */
  | { readonly kind: 'stage-files'; readonly list: string; readonly publish: Publish }
  | { readonly kind: 'publish'; readonly publish: Publish }
  | { readonly kind: 'finish-run' }
  | { readonly kind: 'release-lease' };

export interface NewTable {
  readonly name: string;
  readonly columns: readonly FinalColumn[];
  /** In order; empty: it is not clustered. */
  readonly clusterColumns: readonly string[];
  /** The timestamp column of an event table, where a warehouse can partition by it. */
  readonly timeColumn: string | undefined;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: LogicalType;
}

/** A column of a final table. */
export interface FinalColumn extends ColumnDefinition {
  /** The source column it takes values from; differs from `name` for variant columns only. */
  readonly origin: string;
}

/** A file of a load whose header was read. */
export interface PlannedFile {
  /** Place in the load, from 0, counting skipped files. */
  readonly index: number;
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: number;
  readonly sortKey: string | undefined;
  readonly header: readonly AvroColumn[];
  /** For each header column its place among the staged columns, or -1: not loaded. */
  readonly targets: readonly number[];
}

/** A file left out under `on_bad_file: skip`. */
export interface SkippedLoadFile {
  readonly index: number;
  readonly key: string;
  readonly sortKey: string | undefined;
  readonly etag: string | undefined;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Makes a load's staged rows visible: everything in here commits together or not at all. */
export interface Publish {
  readonly load: LoadRef;
  readonly mode: 'merge' | 'replace';
  readonly write: WriteWay;
  /** True: the staging table holds what decides about rows; the rows that win are read again from the files. */
  readonly rereads: boolean;
  /** Undefined: the load has no files, so nothing was staged. */
  readonly staging: string | undefined;
  /** With `write: 'adopt'` only. */
  readonly candidate: Candidate | undefined;
  /** False: the table was never created because no file ever described it. */
  readonly tableExists: boolean;
  readonly keys: readonly string[];
  /** Columns of the final table that this load writes, keys included, in table order. */
  readonly columns: readonly AssignedColumn[];
  /** What decides between two versions of a row: the dump, or in layout `files` the file. */
  readonly orderBy: 'dump' | 'file';
  /** Rows whose time lies before it are filtered; undefined: none are. */
  readonly startFilter: { readonly sources: readonly Source[]; readonly micros: bigint } | undefined;
  /** Sources that can hold values their column cannot take. */
  readonly rejectable: readonly { readonly column: string; readonly source: Source }[];
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly SkippedLoadFile[];
  /** Staging table that holds the rows for the ledger's files; undefined: the transaction holds them itself. */
  readonly fileList: string | undefined;
  /** The column whose days are the partitions of the table; undefined: it has none. */
  readonly partitionedBy: string | undefined;
  /** Keys of files skipped before that this load makes good or void. */
  readonly resolved: readonly string[];
  /** Columns that enter the schema history with this load. */
  readonly newColumns: readonly FinalColumn[];
}

/**
 * How rows get into their table:
 * - `merge`: rows that exist are updated column by column, others inserted
 * - `exchange`: rows of which there is a newer version are deleted, and the newer versions inserted
 * - `insert`: all are new
 * - `replace`: all that was there is deleted first
 * - `adopt`: they are in a staging table already, the candidate, which becomes the table
 */
export type WriteWay = 'merge' | 'exchange' | 'insert' | 'replace' | 'adopt';

/** A staging table that becomes the final table of the load that creates it, so that its rows are written once. */
export interface Candidate {
  readonly name: string;
  /** Staged columns that decide about rows, under names of their own: the candidate has the final ones beside them. */
  readonly deciding: readonly DecidingColumn[];
}

export interface DecidingColumn extends ColumnDefinition {
  /** Column of the staging table. */
  readonly staged: string;
  /**
   * The final column that takes its values, where they decide about nothing but whether it refuses them: then they are
   * only kept in rows that have no value there.
   */
  readonly refusedBy: string | undefined;
}

export interface AssignedColumn extends FinalColumn {
  /** Staged columns it comes from; in one row at most one of them is not NULL. */
  readonly sources: readonly Source[];
  /** Files (as ranges of indexes, ends included) whose rows leave the column as it is on update. */
  readonly keptFor: readonly FileRange[];
}

export interface Source {
  /** Column of the staging table. */
  readonly staged: string;
  readonly from: LogicalType;
  readonly conversion: Conversion;
}

export interface FileRange {
  readonly first: number;
  readonly last: number;
}
