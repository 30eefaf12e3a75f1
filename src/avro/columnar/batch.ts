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

  /** Writes down where a stored row comes from. */
  locate(at: number, file: number, row: number, place: number): void {
    setCount(this.file, at, file);
    setCount(this.row, at, row);
    setCount(this.place, at, place);
  }
}

function setCount(column: ColumnBuffer, at: number, count: number): void {
  column.words[at * 2] = count;
  column.words[at * 2 + 1] = Math.floor(count / 2 ** 32);
  column.validity[at >> 3] = (column.validity[at >> 3] ?? 0) | (1 << (at & 7));
}
