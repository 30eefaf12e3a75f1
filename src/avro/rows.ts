import type { Value } from '../schema/values.js';
import { BlockRows } from './block-rows.js';
import { throwIfInterrupted } from './byte-reader.js';
import { type Block, openContainer } from './container.js';
import { Cursor } from './cursor.js';
import { fieldReaders } from './decode.js';
import type { ContainerHeader } from './header.js';
import { checkColumns } from './planned-columns.js';
import type { Read } from './scalars.js';
import type { AvroColumn, ByteSource, RowBatch } from './types.js';

export interface ReadRowsOptions {
  /** For errors. */
  readonly file: string;
  /** The columns seen when the load was planned; a file that has others fails with `SOURCE_CHANGED`. */
  readonly expected?: readonly AvroColumn[];
  /** Most rows of a batch, default 2048; long rows make smaller batches. */
  readonly batchRows?: number;
  readonly signal?: AbortSignal;
}

const BATCH_ROWS = 2048;
/** Bytes read or characters made, after which a batch is not filled further. */
const BATCH_WEIGHT = 8 * 1024 * 1024;

/**
 * The rows of an Avro object container file, in file order, as values of the types in its header (`columnsOf`).
 * Throws `AVRO_INVALID` with the offset of the block, naming row and column; `SOURCE_CHANGED`; `INTERRUPTED`; and
 * what the source throws. Leaving the loop early closes the source.
 */
export async function* readRows(
  bytes: ByteSource,
  options: ReadRowsOptions,
): AsyncGenerator<RowBatch, void, undefined> {
  const container = await openContainer(bytes, options);
  try {
    if (options.expected !== undefined)
      checkColumns(container.header.columns, options.expected, options.file);
    const decoder = new Decoder(container.header, options);
    for await (const block of container.blocks) {
      for (const batch of decoder.decode(block)) {
        throwIfInterrupted(options.signal);
        yield batch;
      }
    }
    const last = decoder.rest();
    if (last !== undefined) yield last;
  } finally {
    await container.close();
  }
}

/** Fills batches from blocks; a batch may take rows of several. */
class Decoder {
  readonly #place: BlockRows;
  readonly #batchRows: number;
  readonly #readers: readonly Read<Value>[];
  #values: Value[][];
  #rows = 0;
  #weight = 0;

  constructor(header: ContainerHeader, options: ReadRowsOptions) {
    this.#place = new BlockRows(header, options.file);
    this.#batchRows = options.batchRows ?? BATCH_ROWS;
    this.#readers = fieldReaders(header.schema);
    this.#values = this.#readers.map(() => []);
  }

  /** The batches that became full. */
  *decode(block: Block): Generator<RowBatch, void, undefined> {
    this.#place.checkCount(block);
    const cursor = new Cursor(block.bytes);
    for (let n = 0; n < block.rows; n += 1) {
      const before = cursor.position + cursor.expanded;
      this.#decodeRow(cursor, block);
      this.#weight += cursor.position + cursor.expanded - before;
      if (this.#rows >= this.#batchRows || this.#weight >= BATCH_WEIGHT) yield this.#flush();
    }
    this.#place.checkEnd(cursor, block);
  }

  /** The batch that did not become full. */
  rest(): RowBatch | undefined {
    return this.#rows === 0 ? undefined : this.#flush();
  }

  #decodeRow(cursor: Cursor, block: Block): void {
    let column = 0;
    try {
      for (const read of this.#readers) {
        const value = read(cursor);
        this.#values[column]?.push(value);
        column += 1;
      }
    } catch (error) {
      throw this.#place.error(error, column, cursor, block);
    }
    this.#rows += 1;
    this.#place.row += 1;
  }

  #flush(): RowBatch {
    const batch = { rows: this.#rows, columns: this.#values };
    this.#values = this.#readers.map(() => []);
    this.#rows = 0;
    this.#weight = 0;
    return batch;
  }
}
