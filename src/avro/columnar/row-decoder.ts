import { isUtf8 } from 'node:buffer';
import type { RecordType } from '../avro-type.js';
import { isLimitOfNode } from '../block-errors.js';
import { Cursor } from '../cursor.js';
import { fieldReaders } from '../decode.js';
import { Malformed } from '../problem.js';
import type { Read } from '../scalars.js';
import type { Value } from '../../schema/values.js';
import type { ColumnBuffer } from './column-buffer.js';
import { type Part, type Runtime, generate } from './generate.js';
import { NumberReader } from './numbers.js';
import { type Field, fieldsOf } from './program.js';
import { RowError } from './row-error.js';
import { TextWriter } from './texts.js';

/** No field of a plain type reads further than this before its length is checked. */
const PADDING = 32;

export interface RowsRead {
  readonly read: number;
  /** Those of them that were wanted. */
  readonly stored: number;
  /** Bytes of their texts that stand in heaps. */
  readonly text: number;
}

/**
 * Decodes the rows of blocks straight into column buffers. Plain fields are read by code generated for the schema,
 * without an object a value; whatever is unusual, wrong or nested is left to the readers of `decode.ts`, which read the
 * same bytes again: they decide what is an error and what a value is.
 *
 * The decoder works on a copy of a block's bytes with some room behind it, in which it overwrites with zeros all that
 * is no text and above 0x7f. What is left is valid UTF-8 exactly when every text of it is, which one call per batch
 * finds out.
 */
export class RowDecoder {
  readonly #fields: readonly Field[];
  readonly #readers: readonly Read<Value>[];
  readonly #targets: readonly (ColumnBuffer | undefined)[];
  readonly #texts = new TextWriter();
  readonly #runtime: Runtime;
  readonly #wanted: readonly Part[];
  #unwanted: readonly Part[] | undefined;
  #original = new Uint8Array(0);
  #window = new Uint8Array(PADDING);
  #view = new DataView(this.#window.buffer);
  #length = 0;
  #position = 0;
  /** Rows of the block that were read. */
  #row = 0;

  /** `targets`: for each field the column it goes to; undefined: it is read over. */
  constructor(record: RecordType, targets: readonly (ColumnBuffer | undefined)[]) {
    this.#fields = fieldsOf(record);
    this.#readers = fieldReaders(record);
    this.#targets = targets;
    this.#runtime = {
      numbers: new NumberReader(),
      texts: this.#texts,
      other: (field, at, row) => this.#readOther(field, at, row),
      pass: (field, at) => this.#readByReader(field, at).position,
    };
    this.#wanted = generate(this.#fields, targets, this.#runtime);
  }

  /** Bytes of the block behind the rows read so far. */
  get remaining(): number {
    return this.#length - this.#position;
  }

  /** Goes to the first row of a block. */
  start(bytes: Uint8Array): void {
    this.#original = bytes as Uint8Array<ArrayBuffer>;
    this.#length = bytes.length;
    this.#position = 0;
    this.#row = 0;
    if (this.#window.length < bytes.length + PADDING) {
      this.#window = new Uint8Array(bytes.length + PADDING + (bytes.length >> 2));
      this.#view = new DataView(this.#window.buffer);
    }
    this.#window.set(bytes);
    this.#window.fill(0, bytes.length, bytes.length + PADDING);
  }

  /**
   * Reads up to `most` rows into the buffers from `at` on, fewer when their texts become longer than `mostText` bytes.
   * `keep`: whether a row of the block, asked in order, is wanted; others are read over. Undefined: all are. Throws
   * {@link RowError}.
   */
  read(at: number, most: number, mostText: number, keep?: (row: number) => boolean): RowsRead {
    const from = this.#position;
    const first = this.#row;
    let rows: RowsRead;
    try {
      rows = this.#readRows(at, most, mostText, keep);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      // A text before it, not looked at yet, may be wrong as well: then that is the first error.
      return this.#findError(from, first, error.row - first + 1);
    }
    if (!isUtf8(this.#window.subarray(from, this.#position))) this.#findError(from, first, rows.read);
    return rows;
  }

  #readRows(at: number, most: number, mostText: number, keep?: (row: number) => boolean): RowsRead {
    const before = this.#texts.bytes;
    const wanted = this.#wanted;
    let stored = 0;
    let read = 0;
    while (read < most && this.#texts.bytes - before < mostText) {
      if (keep?.(this.#row) ?? true) {
        this.#readRow(wanted, at + stored);
        stored += 1;
      } else {
        this.#readRow(this.#passing(), at + stored);
      }
      read += 1;
      this.#row += 1;
    }
    return { read, stored, text: this.#texts.bytes - before };
  }

  #readRow(parts: readonly Part[], row: number): void {
    const end = this.#length;
    let position = this.#position;
    for (const part of parts) position = part(this.#window, this.#view, position, end, row);
    // Some field has said it is longer than what is left; which one, the readers find out.
    if (position > end) throw new RowError(new Malformed('the row'), { field: 0, row: this.#row, position });
    this.#position = position;
  }

  /** Made when first needed: most decoders keep all rows. */
  #passing(): readonly Part[] {
    this.#unwanted ??= generate(
      this.#fields,
      this.#fields.map(() => undefined),
      this.#runtime,
    );
    return this.#unwanted;
  }

  /** A value that is no plain one of its type, by its reader. */
  #readOther(field: number, begin: number, row: number): number {
    const { value, position } = this.#readByReader(field, begin);
    this.#texts.bytes += this.#targets[field]?.set(row, value) ?? 0;
    return position;
  }

  #readByReader(field: number, begin: number): { readonly value: Value; readonly position: number } {
    const cursor = new Cursor(this.#original, begin);
    const value = this.#valueAt(field, cursor, this.#row);
    // The reader has looked at the texts in it.
    this.#window.fill(0, begin, cursor.position);
    return { value, position: cursor.position };
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
