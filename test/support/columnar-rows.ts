import { Batch } from '../../src/avro/columnar/batch.js';
import { FileRows } from '../../src/avro/columnar/file-rows.js';
import { RowDecoder } from '../../src/avro/columnar/row-decoder.js';
import { openContainer } from '../../src/avro/container.js';
import type { RecordType } from '../../src/avro/avro-type.js';
import type { Block } from '../../src/avro/container.js';
import { columnsOf } from '../../src/avro/schema.js';
import type { ByteSource } from '../../src/avro/types.js';
import type { Value } from '../../src/schema/values.js';
import { valueAt } from './column-values.js';

export interface Choice {
  /** For errors. */
  readonly file: string;
  /** Fields that are wanted; default all. */
  readonly wanted?: (field: number) => boolean;
  /** Rows that are wanted, by their place in the load; default all. */
  readonly keep?: (place: number) => boolean;
  /** Place in the load of the first row, default 0. */
  readonly first?: number;
  /** Told the rows of each batch. */
  readonly batch?: (rows: number) => void;
}

/** The wanted fields of the wanted rows, read column by column; each row begins with its number in the file. */
export async function* columnarRows(
  source: ByteSource,
  choice: Choice,
): AsyncGenerator<readonly Value[], void, undefined> {
  const container = await openContainer(source, { file: choice.file });
  try {
    const reader = new ColumnarReader(container.header.schema, choice);
    for await (const block of container.blocks) yield* reader.rowsOf(block);
    yield* reader.rest();
  } finally {
    await container.close();
  }
}

const FILE_PLACE = 7;

/** Reads blocks by the way of the table scan: into batches, which reach over blocks. */
export class ColumnarReader {
  readonly #batch: Batch;
  readonly #rows: FileRows;
  readonly #choice: Choice;

  constructor(schema: RecordType, choice: Choice, before?: Uint8Array) {
    const wanted = schema.fields.flatMap((_, field) => (choice.wanted?.(field) === false ? [] : [field]));
    const columns = columnsOf(schema);
    this.#choice = choice;
    this.#batch = new Batch(wanted.map((field) => columns[field]?.type ?? { kind: 'string' }));
    const targets = schema.fields.map((_, field) => wanted.indexOf(field));
    const decoder = new RowDecoder(
      this.#batch,
      schema,
      targets.map((target) => this.#batch.columns[target]),
    );
    if (before !== undefined) decoder.start(before);
    const file = { index: FILE_PLACE, key: choice.file, schema, targets };
    this.#rows = new FileRows(file, this.#batch, decoder);
  }

  *rowsOf(block: Block): Generator<readonly Value[], void, undefined> {
    const { first = 0, keep } = this.#choice;
    this.#rows.start(block);
    while (!this.#rows.fill(first, keep)) yield* this.rest();
  }

  *rest(): Generator<readonly Value[], void, undefined> {
    const { rows, columns, file, row, place } = this.#batch;
    const { first = 0, batch } = this.#choice;
    if (rows > 0) batch?.(rows);
    for (let n = 0; n < rows; n += 1) {
      const number = valueAt(this.#batch, row, n);
      if (valueAt(this.#batch, file, n) !== BigInt(FILE_PLACE)) throw new Error('the file of a row is wrong');
      if (valueAt(this.#batch, place, n) !== BigInt(first) + BigInt(Number(number)))
        throw new Error(`the place of row ${String(number)} is wrong`);
      yield [number, ...columns.map((column) => valueAt(this.#batch, column, n))];
    }
    this.#batch.clear();
  }
}
