import { setImmediate } from 'node:timers/promises';
import { type LocalBlock, localBlocks } from '../../src/avro/local-container.js';
import type { ContainerHeader } from '../../src/avro/header.js';
import type { LocalFile } from '../../src/avro/types.js';
import { interrupted } from '../../src/errors.js';
import type { KeptBlock, KeptBlocks } from './kept-blocks.js';

/** Bytes of a file that are worked on before others have their turn. */
const STRIDE = 1024 * 1024;

interface FileInPlace {
  readonly file: LocalFile;
  readonly key: string;
  /** So that the header is parsed once. */
  readonly header: Pick<ContainerHeader, 'length' | 'sync'>;
}

/** The files of a load, read where they lie. Throws `SOURCE_CHANGED` for one that was rewritten since it was found. */
export class LocalFiles implements KeptBlocks {
  readonly #files: FileInPlace[] = [];

  /** In the order of the transfer. */
  add(file: LocalFile, key: string, { length, sync }: ContainerHeader): void {
    this.#files.push({ file, key, header: { length, sync } });
  }

  *blocks(isWanted: (rows: number) => boolean): Generator<KeptBlock, void, undefined> {
    for (const [n, { file, key, header }] of this.#files.entries())
      for (const { rows, offset, packed } of localBlocks(file, header, { file: key }, isWanted))
        yield { file: n, rows, offset, packed };
  }

  close(): Promise<void> {
    this.#files.length = 0;
    return Promise.resolve();
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
