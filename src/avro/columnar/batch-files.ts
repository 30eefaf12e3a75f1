import type { RecordType } from '../avro-type.js';
import type { Batch } from './batch.js';
import { FileRows, type RowsOf } from './file-rows.js';
import { RowDecoder } from './row-decoder.js';

interface Decoding {
  /** Of the files. */
  readonly targets: readonly number[];
  readonly decoder: RowDecoder;
}

/** Opens files of a load, one after another, whose rows go into the same batch. */
export class BatchFiles {
  readonly #batch: Batch;
  readonly #places: ReadonlyMap<number, number>;
  /** Thousands of files share few schemas. */
  readonly #known = new WeakMap<RecordType, Decoding>();

  /** `places`: the column of the batch for each staged column that is wanted. */
  constructor(batch: Batch, places: ReadonlyMap<number, number>) {
    this.#batch = batch;
    this.#places = places;
  }

  open(file: RowsOf): FileRows {
    return new FileRows(file, this.#batch, this.#decoderOf(file));
  }

  #decoderOf({ schema, targets }: RowsOf): RowDecoder {
    const known = this.#known.get(schema);
    if (known?.targets === targets) return known.decoder;
    const columns = targets.map((target) => this.#batch.columns[this.#places.get(target) ?? -1]);
    const decoder = new RowDecoder(this.#batch, schema, columns);
    this.#known.set(schema, { targets, decoder });
    return decoder;
  }
}
