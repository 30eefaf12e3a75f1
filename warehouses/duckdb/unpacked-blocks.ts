import { type Block, unpackBlock } from '../../src/avro/container.js';
import { type BlockOf, type OpenedFile, blocksOf } from './local-files.js';

/** Bytes of unpacked blocks that may wait. A processor's cache has to hold them, or they cost more than they bring. */
export const MOST_WAITING = 8 * 1024 * 1024;
/** Blocks that may wait, however small. */
export const MOST_BLOCKS = 1000;

const NOTHING = new Uint8Array(0);

/** A file whose header was read, and how its blocks are compressed. */
export interface PackedFile extends OpenedFile {
  readonly codec: string;
}

export interface UnpackedBlock<F> {
  readonly source: F;
  readonly rows: number;
  /** Place in the load of its first row. */
  readonly place: number;
  /** Undefined: none of its rows is wanted. */
  readonly data: Block | undefined;
}

interface BlocksOptions {
  /** Whether a row is wanted of those at the places from `from` up to `to` in the load. */
  readonly isWanted: (from: number, to: number) => boolean;
  /** The blocks were unpacked before. */
  readonly isChecked: boolean;
}

/**
 * The blocks of a load, decompressed, one after another. Whoever has time may unpack some before they are asked for, as long
 * as few bytes wait.
 */
export class UnpackedBlocks<F extends PackedFile> {
  readonly #packed: Generator<BlockOf<F>, void, undefined>;
  readonly #isChecked: boolean;
  readonly #waiting: UnpackedBlock<F>[] = [];
  /** Of those that wait. */
  #bytes = 0;
  /** Of the one that was read last. */
  #lastBytes = 0;
  /** Place in the load of the first row of the next one to read. */
  #place = 0;
  /** What the next one to read failed with. */
  #failure: { readonly error: unknown } | undefined;

  constructor(files: readonly F[], { isWanted, isChecked }: BlocksOptions) {
    this.#isChecked = isChecked;
    this.#packed = blocksOf(files, (rows) => isWanted(this.#place, this.#place + rows));
  }

  /** The next block, undefined after the last. Throws `AVRO_INVALID` and what the files throw. */
  next(): UnpackedBlock<F> | undefined {
    const first = this.#waiting.shift();
    if (first === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return this.#read();
    }
    this.#bytes -= sizeOf(first);
    return first;
  }

  /** Unpacks one more; false: enough of them wait. What is wrong with it shows when it is asked for. */
  unpackAhead(): boolean {
    if (this.#failure !== undefined || !this.#hasRoom) return false;
    try {
      const block = this.#read();
      if (block === undefined) return false;
      this.#waiting.push(kept(block));
      this.#bytes += sizeOf(block);
      return true;
    } catch (error) {
      this.#failure = { error };
      return false;
    }
  }

  /** Blocks of a file are about as large as one another. */
  get #hasRoom(): boolean {
    return this.#waiting.length < MOST_BLOCKS && this.#bytes + this.#lastBytes <= MOST_WAITING;
  }

  #read(): UnpackedBlock<F> | undefined {
    const next = this.#packed.next();
    if (next.done === true) return undefined;
    const { source, rows, offset, packed } = next.value;
    const place = this.#place;
    this.#place += rows;
    if (packed === undefined) return { source, rows, place, data: undefined };
    const data = unpackBlock({ rows, offset, packed }, source.codec, {
      file: source.key,
      isChecked: this.#isChecked,
    });
    this.#lastBytes = data.bytes.length;
    return { source, rows, place, data };
  }
}

function sizeOf({ data }: UnpackedBlock<unknown>): number {
  return data?.bytes.length ?? 0;
}

/** What was read of the file is a view, gone when the next block is read: it is not kept, nor what it stands in. */
function kept<F>(block: UnpackedBlock<F>): UnpackedBlock<F> {
  const { data } = block;
  if (data === undefined) return block;
  // Bytes that were not compressed are that view.
  const bytes = data.bytes === data.packed ? new Uint8Array(data.bytes) : data.bytes;
  return { ...block, data: { ...data, bytes, packed: NOTHING } };
}
