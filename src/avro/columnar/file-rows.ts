import { type RecordType, fewestBytes } from '../avro-type.js';
import { checkBlockEnd, checkRowCount, valueError } from '../block-errors.js';
import type { Block } from '../container.js';
import { giveBack } from '../give-back.js';
import { BATCH_ROWS, type Batch } from './batch.js';
import type { RowDecoder } from './row-decoder.js';
import { RowError } from './row-error.js';

/** A file of a load, as far as its rows are concerned. */
export interface RowsOf {
  /** Place in the load. */
  readonly index: number;
  /** For errors. */
  readonly key: string;
  readonly schema: RecordType;
  /** For each field of the record the staged column it goes to, or -1. */
  readonly targets: readonly number[];
}

/** Moves the rows of a file's blocks, in order, into batches. */
export class FileRows {
  readonly #file: RowsOf;
  readonly #decoder: RowDecoder;
  readonly #batch: Batch;
  readonly #fewest: number;
  #block: Block | undefined;
  /** Rows of the block that were read. */
  #rowOfBlock = 0;
  /** Rows of the file that were read. */
  #row = 0;

  /** `decoder`: of the file's schema, into the columns of the batch; it may serve several files, one after another. */
  constructor(file: RowsOf, batch: Batch, decoder: RowDecoder) {
    this.#file = file;
    this.#batch = batch;
    this.#fewest = fewestBytes(file.schema);
    this.#decoder = decoder;
  }

  /**
   * When its last row was read the memory of its decompressed bytes is given back. Throws `AVRO_INVALID` when the block
   * cannot hold its rows.
   */
  start(block: Block): void {
    checkRowCount(block, this.#fewest, this.#file.key);
    this.#block = block;
    this.#rowOfBlock = 0;
    this.#decoder.start(block.bytes);
  }

  /** Passes over the rows of a block without looking at them. */
  pass(rows: number): void {
    this.#row += rows;
  }

  /**
   * Goes on until the batch is full (then false) or the block is at its end (true). `first`: the place in the load of
   * the file's first row. `keep`: which places of the load are wanted; undefined: all. Throws `AVRO_INVALID`, naming
   * row and column.
   */
  fill(first: number, keep?: (place: number) => boolean): boolean {
    const block = this.#block;
    if (block === undefined) return true;
    const batch = this.#batch;
    while (!batch.full && this.#rowOfBlock < block.rows) this.#read(block, first, keep);
    if (this.#rowOfBlock < block.rows) return false;
    checkBlockEnd(block, this.#decoder.remaining, this.#file.key);
    this.#block = undefined;
    if (block.bytes !== block.packed) giveBack(block.bytes);
    return true;
  }

  /** Reads rows that are all wanted, or reads over rows that are not. */
  #read(block: Block, first: number, keep?: (place: number) => boolean): void {
    const batch = this.#batch;
    const place = first + this.#row;
    const most = Math.min(BATCH_ROWS - batch.rows, block.rows - this.#rowOfBlock);
    const isWanted = keep?.(place) ?? true;
    let run = keep === undefined ? most : 1;
    while (run < most && keep?.(place + run) === isWanted) run += 1;
    const rows = this.#decode(block, isWanted, run);
    if (isWanted) {
      batch.locate(batch.rows, rows, { file: this.#file.index, row: this.#row, place });
      batch.rows += rows;
    }
    this.#rowOfBlock += rows;
    this.#row += rows;
  }

  #decode(block: Block, isWanted: boolean, most: number): number {
    try {
      return isWanted ? this.#decoder.read(this.#batch.rows, most) : this.#decoder.pass(most);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      const { key, schema } = this.#file;
      throw valueError(error.reason, block, {
        file: key,
        row: this.#row - this.#rowOfBlock + error.row,
        column: schema.fields[error.field]?.name,
        position: error.position,
      });
    }
  }
}
