import { throwIfInterrupted } from '../byte-reader.js';
import { openContainer } from '../container.js';
import { KnownSchemas } from '../known-schemas.js';
import { checkColumns } from '../planned-columns.js';
import { ContainerWriter } from './container-writer.js';
import { containerSchema } from './container-schema.js';
import { RepackedFiles } from './file-rows.js';
import { Output } from './output.js';
import type { RepackColumn, RepackFile, RepackOptions, Repacked } from './types.js';

export { chunksOf } from './chunks.js';
export { type ContainerField, type ContainerSchema, containerSchema } from './container-schema.js';
export type {
  ContainerEncoding,
  RepackCodec,
  RepackColumn,
  RepackFile,
  RepackOptions,
  Repacked,
} from './types.js';

/** Bytes before compression after which a block is closed. */
const BLOCK_BYTES = 256 * 1024;

/**
 * The rows of part files, in order, as one Avro object container of the schema `containerSchema(columns, encoding)`. The same
 * files give the same bytes every time. One block of a file is in memory at a time; nothing is read before it is
 * asked for; leaving the loop early closes the source. While iterating it throws what `readRows` would:
 * `AVRO_INVALID`, `SOURCE_CHANGED`, `INTERRUPTED`, and what the source throws.
 */
export function repack<File extends RepackFile>(
  files: readonly File[],
  columns: readonly RepackColumn[],
  options: RepackOptions<File>,
): Repacked {
  const work = new Repacking(files, columns, options);
  let taken = false;
  return {
    bytes: {
      [Symbol.asyncIterator]: () => {
        if (taken) throw new Error('the bytes of a container can be iterated once');
        taken = true;
        return work.container();
      },
    },
    rows: () => work.rows,
  };
}

class Repacking<File extends RepackFile> {
  /** In blocks that were handed out. */
  rows = 0;
  readonly #files: readonly File[];
  readonly #options: RepackOptions<File>;
  readonly #writer: ContainerWriter;
  readonly #schemas = new KnownSchemas();
  readonly #rowsOf: RepackedFiles;
  readonly #out = new Output(BLOCK_BYTES + BLOCK_BYTES / 4);
  /** Of the block in the making. */
  #blockRows = 0;

  constructor(files: readonly File[], columns: readonly RepackColumn[], options: RepackOptions<File>) {
    this.#files = files;
    this.#options = options;
    this.#rowsOf = new RepackedFiles(columns, options.encoding ?? 'logical');
    this.#writer = new ContainerWriter(
      containerSchema(columns, options.encoding).json,
      options.codec ?? 'snappy',
      files,
    );
  }

  async *container(): AsyncGenerator<Uint8Array, void, undefined> {
    yield this.#writer.header();
    for (const file of this.#files) yield* this.#blocksOf(file);
    if (this.#blockRows > 0) yield this.#closeBlock();
  }

  async *#blocksOf(file: File): AsyncGenerator<Uint8Array, void, undefined> {
    const { open, signal } = this.#options;
    throwIfInterrupted(signal);
    const container = await openContainer(open(file), {
      file: file.key,
      schemas: this.#schemas,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      checkColumns(container.header.columns, file.header, file.key);
      const rows = this.#rowsOf.open(file, container.header);
      for await (const block of container.blocks) {
        for (const _row of rows.copy(block, this.#out)) {
          this.#blockRows += 1;
          if (this.#out.length < BLOCK_BYTES) continue;
          yield this.#closeBlock();
          throwIfInterrupted(signal);
        }
      }
    } finally {
      await container.close();
    }
  }

  #closeBlock(): Uint8Array {
    const block = this.#writer.block(this.#blockRows, this.#out.written());
    this.rows += this.#blockRows;
    this.#blockRows = 0;
    this.#out.clear();
    return block;
  }
}
