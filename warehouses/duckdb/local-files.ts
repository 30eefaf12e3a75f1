import { setImmediate } from 'node:timers/promises';
import type { ContainerHeader } from '../../src/avro/header.js';
import { type LocalBlock, localBlocks } from '../../src/avro/local-container.js';
import type { LocalFile } from '../../src/avro/types.js';
import { interrupted } from '../../src/errors.js';

/** Bytes of a file that are worked on before others have their turn. */
const STRIDE = 1024 * 1024;

/** A block of a file of a load. */
export interface LoadBlock extends LocalBlock {
  /** Place of its file among those of the transfer. */
  readonly file: number;
}

interface OpenedFile {
  readonly file: LocalFile;
  readonly key: string;
  /** So that the header is parsed once. */
  readonly header: Pick<ContainerHeader, 'length' | 'sync'>;
}

/** The files of a load, for as long as its statements read them. */
export class LocalFiles {
  readonly #files: OpenedFile[] = [];

  /** In the order of the transfer. */
  add(file: LocalFile, key: string, { length, sync }: ContainerHeader): void {
    this.#files.push({ file, key, header: { length, sync } });
  }

  /**
   * All blocks in file order, as often as wanted; one is in memory at a time. `isWanted` is asked once for each, in order,
   * whether its data is to be read. What is given up half-way leaves nothing open. Throws `SOURCE_CHANGED` for a file that
   * was rewritten since it was found.
   */
  *blocks(isWanted: (rows: number) => boolean): Generator<LoadBlock, void, undefined> {
    for (const [n, { file, key, header }] of this.#files.entries())
      for (const block of localBlocks(file, header, { file: key }, isWanted)) yield { file: n, ...block };
  }
}

/** The blocks, with a pause now and then in which other loads and signals have their turn. Throws `INTERRUPTED`. */
export async function* unhurried<B extends Pick<LocalBlock, 'offset'>>(
  blocks: Iterable<B>,
  signal: AbortSignal,
): AsyncGenerator<B, void, undefined> {
  let paused = 0;
  for (const block of blocks) {
    yield block;
    if (block.offset - paused < STRIDE) continue;
    paused = block.offset;
    await setImmediate();
    if (signal.aborted) throw interrupted();
  }
}
