import type { LogicalType } from '../schema/logical-types.js';
import type { Value } from '../schema/values.js';

/** A column of an Avro file, from its header. */
export interface AvroColumn {
  /** As spelled in the file. */
  readonly name: string;
  readonly type: LogicalType;
  /** True when the reader turns values of other types into the text of a `string`. */
  readonly isRespelled?: boolean;
}

/** What the header of an Avro object container file says; nothing of its rows is read. */
export interface AvroHeader {
  readonly codec: string;
  /** In field order of the top-level record. */
  readonly columns: readonly AvroColumn[];
}

/** Rows that were decoded together, column by column: `columns[i][row]`, `i` as in {@link AvroHeader.columns}. */
export interface RowBatch {
  readonly rows: number;
  readonly columns: readonly (readonly Value[])[];
}

/** The bytes of a file, from its first byte, in order. */
export type ByteSource = AsyncIterable<Uint8Array>;

/** A file of this machine, for readers that cannot wait. It may be read as often as one likes; nothing stays open. */
export interface LocalFile {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `into` with the bytes from `position` on, all of which have to lie in the file. Throws `SOURCE_CHANGED` when
   * the file is not what it was when it was found, `SOURCE_MISSING` when it is gone.
   */
  read(into: Uint8Array, position: number): void;
}
