import { isUtf8 } from 'node:buffer';
import type { Value } from '../../schema/values.js';
import type { RecordType } from '../avro-type.js';
import { isLimitOfNode } from '../block-errors.js';
import { Cursor } from '../cursor.js';
import { fieldReaders } from '../decode.js';
import { Malformed } from '../problem.js';
import type { Read } from '../scalars.js';
import { BATCH_TEXT, type Batch } from './batch.js';
import type { ColumnBuffer } from './column-buffer.js';
import { Program } from './program.js';
import { RowError } from './row-error.js';

const ANY_LENGTH = 0xffff_ffff;

/**
 * Decodes the rows of blocks straight into the columns of a batch. Plain fields are read by the assembly, without an object
 * a value; whatever is unusual, wrong or nested is left to the readers of `decode.ts`, which read the same bytes again:
 * they decide what is an error and what a value is.
 *
 * In the window the assembly overwrites with zeros all that is no text and above 0x7f. What is left is valid UTF-8
 * exactly when every text of it is, which one call per batch finds out.
 */
export class RowDecoder {
  readonly #batch: Batch;
  readonly #readers: readonly Read<Value>[];
  readonly #targets: readonly (ColumnBuffer | undefined)[];
  readonly #wanted: Program;
  readonly #unwanted: Program;
  /** The open block as it came. */
  #original: Uint8Array = new Uint8Array(0);
  /** Rows of the block that were read. */
  #row = 0;

  /** `targets`: for each field the column of the batch it goes to; undefined: it is read over. */
  constructor(batch: Batch, record: RecordType, targets: readonly (ColumnBuffer | undefined)[]) {
    this.#batch = batch;
    this.#readers = fieldReaders(record);
    this.#targets = targets;
    this.#wanted = new Program(batch.engine, record, targets);
    this.#unwanted = new Program(batch.engine, record, []);
  }

  /** Bytes of the block behind the rows read so far. */
  get remaining(): number {
    return this.#original.length - this.#batch.window.position;
  }

  /** Goes to the first row of a block. */
  start(bytes: Uint8Array): void {
    this.#original = bytes;
    this.#row = 0;
    this.#batch.window.open(bytes, this.#batch.rows === 0);
  }

  /**
   * Reads up to `most` rows into the batch, from its row `to` on, fewer when its texts become too long for one. Gives
   * their number. Throws {@link RowError}.
   */
  read(to: number, most: number): number {
    return this.#advance(this.#wanted, to, most, (field, value, row) =>
      this.#targets[field]?.set(row, value),
    );
  }

  /** Reads over up to `most` rows. Gives their number. Throws {@link RowError}, as `read` would. */
  pass(most: number): number {
    return this.#advance(this.#unwanted, 0, most, () => undefined);
  }

  #advance(
    program: Program,
    to: number,
    most: number,
    store: (field: number, value: Value, row: number) => void,
  ): number {
    const { engine, window } = this.#batch;
    const first = this.#row;
    const from = window.position;
    const place = program.place(window);
    const { origin, end } = window;
    engine.other = (field, at, row) => {
      const cursor = new Cursor(this.#original, at - origin);
      store(field, this.#valueAt(field, cursor, first + row - to), row);
      // The reader has looked at the texts in it.
      engine.bytes.fill(0, at, origin + cursor.position);
      return origin + cursor.position;
    };
    let rows: number;
    try {
      rows = engine.assembly.readRows(
        place,
        program.fields,
        origin + from,
        end,
        to,
        most,
        program === this.#unwanted ? ANY_LENGTH : BATCH_TEXT,
      );
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      // A text before it, not looked at yet, may be wrong as well: then that is the first error.
      return this.#findError(from, first, error.row - first + 1);
    }
    const position = engine.assembly.rowPosition() - origin;
    // Some field has said it is longer than what is left; which one, the readers find out.
    if (origin + position > end) this.#findError(from, first, rows + 1);
    if (!isUtf8(engine.bytes.subarray(origin + from, origin + position))) this.#findError(from, first, rows);
    window.position = position;
    this.#row = first + rows;
    return rows;
  }

  #valueAt(field: number, cursor: Cursor, row: number): Value {
    try {
      return this.#readers[field]?.(cursor) ?? null;
    } catch (error) {
      if (!(error instanceof Malformed) && !isLimitOfNode(error)) throw error;
      throw new RowError(error, { field, row, position: cursor.position });
    }
  }

  /** Something in these rows is wrong: reads them again, value by value, up to the first that is. */
  #findError(from: number, first: number, rows: number): never {
    const cursor = new Cursor(this.#original, from);
    for (let n = 0; n < rows; n += 1)
      for (let field = 0; field < this.#readers.length; field += 1) this.#valueAt(field, cursor, first + n);
    throw new Error('the decoder of rows and the readers of values disagree');
  }
}
