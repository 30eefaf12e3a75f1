import type { LogicalType } from '../../schema/logical-types.js';
import type { AvroColumn, ByteSource } from '../types.js';

/** A data column of the staging table. */
export interface RepackColumn {
  readonly name: string;
  readonly type: LogicalType;
}

/** A part file of a load. */
export interface RepackFile {
  /** Value of `_heapload_file`: place of the file in the load, from 0. */
  readonly index: number;
  readonly key: string;
  readonly etag: string;
  /** Bytes, as it lies in the source. */
  readonly size: number;
  /** The header's columns, as seen at planning. */
  readonly header: readonly AvroColumn[];
  /** For each header column its place among the staged columns, or -1 when it is not loaded. */
  readonly targets: readonly number[];
}

/** How the blocks of a container are compressed. */
export type RepackCodec = 'null' | 'deflate' | 'snappy';

export interface RepackOptions<File extends RepackFile> {
  /** Opens a file at its first byte, bound to the etag seen at planning. */
  readonly open: (file: File) => ByteSource;
  readonly signal?: AbortSignal;
  /** Default `snappy`. */
  readonly codec?: RepackCodec;
}

export interface Repacked {
  /** The container from its first byte; can be iterated once. */
  readonly bytes: ByteSource;
  /** Rows written so far; all of them when `bytes` has ended. */
  readonly rows: () => number;
}
