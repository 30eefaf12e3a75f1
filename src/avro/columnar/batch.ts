import type { LogicalType } from '../../schema/logical-types.js';
import { ColumnBuffer } from './column-buffer.js';

/** Rows on their way into a vector of DuckDB: never more than one holds. */
export const BATCH_ROWS = 2048;
/** Bytes of texts after which no further row is begun, so that long rows make small batches. */
export const BATCH_TEXT = 8 * 1024 * 1024;

/** Rows of a load, column by column, each with its place. Filled by {@link FileRows}, emptied by whoever takes it. */
export class Batch {
  readonly columns: readonly ColumnBuffer[];
  /** Place of the row's file in the load. */
  readonly file = new ColumnBuffer({ kind: 'int64' }, BATCH_ROWS);
  /** Place of the row in its file. */
  readonly row = new ColumnBuffer({ kind: 'int64' }, BATCH_ROWS);
  /** Place of the row in the load. */
  readonly place = new ColumnBuffer({ kind: 'int64' }, BATCH_ROWS);
  rows = 0;
  /** Bytes of its texts that stand in heaps. */
  text = 0;

  constructor(types: readonly LogicalType[]) {
    this.columns = types.map((type) => new ColumnBuffer(type, BATCH_ROWS));
  }

  get full(): boolean {
    return this.rows >= BATCH_ROWS || this.text >= BATCH_TEXT;
  }

  clear(): void {
    this.rows = 0;
    this.text = 0;
    for (const column of [...this.columns, this.file, this.row, this.place]) column.clear();
  }

  /** Writes down where stored rows come from: they follow one another in their file. */
  locate(at: number, rows: number, from: { file: number; row: number; place: number }): void {
    setCounts(this.file, at, rows, from.file, 0);
    setCounts(this.row, at, rows, from.row, 1);
    setCounts(this.place, at, rows, from.place, 1);
  }
}

function setCounts(
  { words, validity }: ColumnBuffer,
  at: number,
  rows: number,
  first: number,
  step: number,
): void {
  for (let n = 0; n < rows; n += 1) {
    const count = first + n * step;
    const row = at + n;
    words[row * 2] = count;
    words[row * 2 + 1] = count / 2 ** 32;
    validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  }
}
