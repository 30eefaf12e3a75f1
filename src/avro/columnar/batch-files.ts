import { PerSchema } from '../per-schema.js';
import type { Batch } from './batch.js';
import { FileRows, type RowsOf } from './file-rows.js';
import { RowDecoder } from './row-decoder.js';

/** Opens files of a load, one after another, whose rows go into the same batch. */
export class BatchFiles {
  readonly #batch: Batch;
  readonly #places: ReadonlyMap<number, number>;
  readonly #decoders = new PerSchema<RowDecoder>();

  /** `places`: the column of the batch for each staged column that is wanted. */
  constructor(batch: Batch, places: ReadonlyMap<number, number>) {
    this.#batch = batch;
    this.#places = places;
  }

  open(file: RowsOf): FileRows {
    const decoder = this.#decoders.of(file, () => this.#decoderOf(file));
    return new FileRows(file, this.#batch, decoder);
  }

  #decoderOf({ schema, targets }: RowsOf): RowDecoder {
    const columns = targets.map((target) => this.#batch.columns[this.#places.get(target) ?? -1]);
    return new RowDecoder(this.#batch, schema, columns);
  }
}
