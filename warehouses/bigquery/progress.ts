import type { ByteSource } from '../../src/avro/types.js';
import type { ExecuteOptions } from '../../src/warehouse/contract.js';

interface Counts {
  files: number;
  bytes: number;
  rows: () => number;
}

/** How far a transfer is, chunk by chunk: one that is sent again starts again at nothing. */
export class Progress {
  readonly #chunks = new Map<number, Counts>();
  readonly #tell: ExecuteOptions['progress'];

  constructor(tell: ExecuteOptions['progress']) {
    this.#tell = tell;
  }

  /** `rows` tells those of the chunk so far. Gives what every file of the chunk has to be read through. */
  restart(chunk: number, rows: () => number): (file: ByteSource) => ByteSource {
    const counts: Counts = { files: 0, bytes: 0, rows };
    this.#chunks.set(chunk, counts);
    return (file) => this.#watch(counts, file);
  }

  async *#watch(counts: Counts, file: ByteSource): ByteSource {
    for await (const bytes of file) {
      counts.bytes += bytes.length;
      yield bytes;
    }
    counts.files += 1;
    this.#report();
  }

  #report(): void {
    const sum = { files: 0, rows: 0, bytes: 0 };
    for (const { files, bytes, rows } of this.#chunks.values()) {
      sum.files += files;
      sum.bytes += bytes;
      sum.rows += rows();
    }
    this.#tell?.(sum);
  }
}
