import type { Value } from '../../schema/values.js';
import type { RecordType } from '../avro-type.js';
import { BlockRows } from '../block-rows.js';
import type { Block } from '../container.js';
import { Cursor } from '../cursor.js';
import { fieldReaders } from '../decode.js';
import type { ContainerHeader } from '../header.js';
import { PerSchema } from '../per-schema.js';
import type { Read } from '../scalars.js';
import { BlockCopy } from './block-copy.js';
import { type CopyRow, copyRow, movesOf } from './copy-row.js';
import type { Output } from './output.js';
import { isRewritten } from './plain-field.js';
import type { ContainerEncoding, RepackColumn, RepackFile } from './types.js';

/** How rows of a schema are read and copied. */
interface Copying {
  readonly readers: readonly Read<Value>[];
  readonly copyRow: CopyRow;
  /** See {@link BlockCopy.start}. */
  readonly isRewritten: boolean;
}

/** Opens files of a load, one after another. */
export class RepackedFiles {
  readonly #columns: readonly RepackColumn[];
  readonly #encoding: ContainerEncoding;
  /** One for all, since it grows with the largest block. */
  readonly #block = new BlockCopy();
  readonly #copyings = new PerSchema<Copying>();

  constructor(columns: readonly RepackColumn[], encoding: ContainerEncoding) {
    this.#columns = columns;
    this.#encoding = encoding;
  }

  open(file: RepackFile, header: ContainerHeader): FileRows {
    const { schema } = header;
    const copying = this.#copyings.of({ schema, targets: file.targets }, () => this.#copyingOf(file, schema));
    return new FileRows(file, header, copying, this.#block);
  }

  #copyingOf(file: RepackFile, schema: RecordType): Copying {
    const readers = fieldReaders(schema);
    const moves = movesOf(schema, readers, file, this.#columns, this.#encoding);
    return {
      readers,
      copyRow: copyRow(moves, this.#columns.length),
      isRewritten: moves.some(({ plain }) => plain !== undefined && isRewritten(plain)),
    };
  }
}

/** Copies the rows of one file's blocks, with the order columns behind each. */
class FileRows {
  readonly #index: number;
  readonly #rows: BlockRows;
  readonly #copying: Copying;
  readonly #block: BlockCopy;

  constructor(file: RepackFile, header: ContainerHeader, copying: Copying, block: BlockCopy) {
    this.#index = file.index;
    this.#rows = new BlockRows(header, file.key);
    this.#copying = copying;
    this.#block = block;
  }

  /** Stops behind each row. Throws `AVRO_INVALID`, for text that is not UTF-8 at the end of its block. */
  *copy(block: Block, out: Output): Generator<void, void, undefined> {
    this.#rows.checkCount(block);
    this.#block.start(block.bytes, this.#copying.isRewritten);
    const first = this.#rows.row;
    for (let n = 0; n < block.rows; n += 1) {
      this.#copy(block, out, first);
      yield;
    }
    if (!this.#block.textIsValid()) this.#explain(block, first);
    this.#rows.checkEnd(this.#block.cursor, block);
  }

  #copy(block: Block, out: Output, first: number): void {
    try {
      this.#copying.copyRow(this.#block, out);
    } catch (error) {
      this.#explain(block, first);
      throw error;
    }
    out.count(this.#index);
    out.count(this.#rows.row);
    this.#rows.row += 1;
  }

  /** Reads a block that is damaged again, value by value, and throws what is wrong with it first. */
  #explain(block: Block, first: number): void {
    const cursor = new Cursor(block.bytes);
    this.#rows.row = first;
    for (let n = 0; n < block.rows; n += 1) {
      let column = 0;
      try {
        for (const read of this.#copying.readers) {
          read(cursor);
          column += 1;
        }
      } catch (error) {
        throw this.#rows.error(error, column, cursor, block);
      }
      this.#rows.row += 1;
    }
  }
}
