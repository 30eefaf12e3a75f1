import { setImmediate } from 'node:timers/promises';
import type { ContainerHeader } from '../../src/avro/header.js';
import { type LocalBlock, localBlocks } from '../../src/avro/local-container.js';
import type { LocalFile } from '../../src/avro/types.js';
import { interrupted } from '../../src/errors.js';

/** Bytes of a file that are worked on before others have their turn. */
const STRIDE = 1024 * 1024;

/** A file whose header was read. */
export interface OpenedFile {
  readonly key: string;
  readonly local: LocalFile;
  /** All of the header that its blocks need. */
  readonly frame: Pick<ContainerHeader, 'length' | 'sync'>;
}

/** A block, and the file it is of. */
export interface BlockOf<F> extends LocalBlock {
  readonly source: F;
}

/**
 * The blocks of files, one after another; one is in memory at a time. `isWanted` is asked once for each, in order, whether
 * its data is to be read. What is given up half-way leaves nothing open. Throws `SOURCE_CHANGED` for a file that was
 * rewritten since it was found.
 */
export function* blocksOf<F extends OpenedFile>(
  files: readonly F[],
  isWanted: (rows: number) => boolean,
): Generator<BlockOf<F>, void, undefined> {
  for (const source of files)
    for (const block of localBlocks(source.local, source.frame, { file: source.key }, isWanted))
      yield { source, ...block };
}

/** Visits the blocks, with a pause now and then in which other loads and signals have their turn. Throws `INTERRUPTED`. */
export async function unhurried<B extends Pick<LocalBlock, 'offset'>>(
  blocks: Iterable<B>,
  signal: AbortSignal,
  visit: (block: B) => void,
): Promise<void> {
  let paused = 0;
  for (const block of blocks) {
    visit(block);
    if (block.offset - paused < STRIDE) continue;
    paused = block.offset;
    await setImmediate();
    if (signal.aborted) throw interrupted();
  }
}
