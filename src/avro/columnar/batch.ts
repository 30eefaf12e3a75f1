import type { LogicalType } from '../../schema/logical-types.js';
import { INT64 } from '../../schema/logical-types.js';
import { ColumnBuffer } from './column-buffer.js';
import { Engine } from './engine.js';
import { Window } from './window.js';

/** Rows on their way into a vector of DuckDB: never more than one holds. */
export const BATCH_ROWS = 2048;
/** Bytes of long texts after which no further row is begun, so that long rows make small batches. */
export const BATCH_TEXT = 8 * 1024 * 1024;
/** Bytes of blocks that a batch keeps in memory for its texts, beside the block it is reading. */
const BATCH_WINDOW = 16 * 1024 * 1024;

/** Rows of a load, column by column, each with its place. Filled by {@link FileRows}, emptied by whoever takes it. */
export class Batch {
  readonly engine = new Engine();
  readonly columns: readonly ColumnBuffer[];
  /** Place of the row's file in the load. */
  readonly file = this.#column(INT64);
  /** Place of the row in its file. */
  readonly row = this.#column(INT64);
  /** Place of the row in the load. */
  readonly place = this.#column(INT64);
  readonly window: Window;
  rows = 0;

  constructor(types: readonly LogicalType[]) {
    this.columns = types.map((type) => this.#column(type));
    this.window = new Window(this.engine);
  }

  get full(): boolean {
    if (this.rows === 0) return false;
    return this.rows >= BATCH_ROWS || this.text >= BATCH_TEXT || this.window.held >= BATCH_WINDOW;
  }

  /** Bytes of its long texts. */
  get text(): number {
    return this.engine.assembly.textBytes();
  }

  clear(): void {
    this.rows = 0;
    this.engine.assembly.resetText();
    this.window.release();
    for (const column of [...this.columns, this.file, this.row, this.place]) column.clear();
  }

  /** Writes down where stored rows come from: they follow one another in their file. */
  locate(at: number, rows: number, from: { file: number; row: number; place: number }): void {
    this.file.count(at, rows, from.file, 0);
    this.row.count(at, rows, from.row, 1);
    this.place.count(at, rows, from.place, 1);
  }

  #column(type: LogicalType): ColumnBuffer {
    return new ColumnBuffer(this.engine, type, BATCH_ROWS);
  }
}
