import type { PackedBlock } from './container.js';
import {
  type FrameOptions,
  type Step,
  Wanted,
  type Window,
  readData,
  readHead,
  readHeader,
  skipData,
} from './frames.js';
import type { ContainerHeader } from './header.js';
import type { LocalFile } from './types.js';

/** A block that was passed over has no data. */
export type LocalBlock = Omit<PackedBlock, 'packed'> & {
  /** A view, gone when the next block is asked for. */
  readonly packed: Uint8Array | undefined;
};

export interface LocalContainer {
  readonly header: ContainerHeader;
  /** See {@link localBlocks}; once. */
  blocks(isWanted: (rows: number) => boolean): Generator<LocalBlock, void, undefined>;
}

/** So much is read at once; more only for a larger block. */
const WINDOW = 256 * 1024;

/** As `openContainer`, without waiting. There is nothing to close. */
export function openLocalContainer(file: LocalFile, options: FrameOptions): LocalContainer {
  const window = new LocalWindow(file, 0);
  const header = atHand(readHeader(window, options));
  return { header, blocks: (isWanted) => blocksOf(window, header.sync, options, isWanted) };
}

/**
 * The blocks of a file whose header is known, in file order. `isWanted` is asked once for each, in order; of the others
 * head and sync marker are checked, and data beyond what is read at once is not read.
 */
export function localBlocks(
  file: LocalFile,
  { length, sync }: Pick<ContainerHeader, 'length' | 'sync'>,
  options: FrameOptions,
  isWanted: (rows: number) => boolean,
): Generator<LocalBlock, void, undefined> {
  return blocksOf(new LocalWindow(file, length), sync, options, isWanted);
}

function* blocksOf(
  window: LocalWindow,
  sync: Uint8Array,
  options: FrameOptions,
  isWanted: (rows: number) => boolean,
): Generator<LocalBlock, void, undefined> {
  for (;;) {
    const head = atHand(readHead(window, options));
    if (head === undefined) return;
    const { rows, offset } = head;
    const read = isWanted(rows) ? readData : skipData;
    yield { rows, offset, packed: atHand(read(window, head, sync, options)) };
  }
}

/** Nothing has to be waited for. */
function atHand<T>(step: Step<T>): T {
  if (step instanceof Wanted) throw new Error('more is wanted than the file has');
  return step;
}

/** All of a file is at hand; a piece of it is in memory. */
class LocalWindow implements Window {
  readonly ended = true;
  position: number;
  readonly #file: LocalFile;
  #buffer: Buffer;
  /** Byte of the file where the buffer starts. */
  #start = 0;
  /** Bytes in the buffer. */
  #loaded = 0;

  constructor(file: LocalFile, position: number) {
    this.#file = file;
    this.position = position;
    this.#buffer = Buffer.allocUnsafe(Math.min(WINDOW, file.size));
  }

  get available(): number {
    return this.#file.size - this.position;
  }

  peek(length: number): Uint8Array {
    const wanted = Math.min(length, this.available);
    if (this.position + wanted > this.#start + this.#loaded) this.#load(wanted);
    const from = this.position - this.#start;
    return this.#buffer.subarray(from, from + wanted);
  }

  advance(length: number): void {
    this.position += length;
  }

  #load(wanted: number): void {
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wanted);
    const length = Math.min(this.#buffer.length, this.available);
    this.#file.read(this.#buffer.subarray(0, length), this.position);
    this.#start = this.position;
    this.#loaded = length;
  }
}
