import type { KeptBlock, KeptBlocks } from './kept-blocks.js';
import { type Lane, type LaneReader, newLane } from './spool-lane.js';

/** A block that is to be kept. */
export type SpooledBlock = Omit<KeptBlock, 'file'> & { readonly packed: Uint8Array };

interface SpooledFile {
  readonly lane: Lane;
  /** Byte of the lane behind its last block. */
  readonly end: number;
}

/** Takes the blocks of one file, in order. */
export interface SpoolWriter {
  /** The bytes of the block are free again when it is done. */
  add(block: SpooledBlock): Promise<void>;
  /** The file has no more blocks. Waits until it can be read when `now`; else {@link Spool.finish} does. */
  end(now: boolean): Promise<void>;
}

/**
 * The blocks of a load whose source is elsewhere, on their way through the disk: read once from the source, and as often
 * as the warehouse asks from here. Several files may be written at the same time, each into a lane of its own; a lane takes
 * one file after another, so that reading them in their order goes once through each lane.
 */
export class Spool implements KeptBlocks {
  readonly #folder: string;
  readonly #lanes: Lane[] = [];
  readonly #free: Lane[] = [];
  readonly #files: (SpooledFile | undefined)[] = [];

  /** `folder`: is made with the first file, if it is not there. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Files have to be opened in their order. Throws `WAREHOUSE_UNAVAILABLE`, here and when the disk is full. */
  open(file: number): SpoolWriter {
    const lane = this.#free.pop() ?? this.#addLane();
    return {
      add: (block) => lane.add(block),
      end: async (now) => {
        this.#files[file] = { lane, end: lane.length };
        if (now) await lane.flush();
        this.#free.push(lane);
      },
    };
  }

  /** Waits until all blocks are written. To be called before they are read. */
  async finish(): Promise<void> {
    for (const lane of this.#lanes) await lane.flush();
  }

  *blocks(isWanted: (rows: number) => boolean): Generator<KeptBlock, void, undefined> {
    const reader = this.reader();
    for (let file = 0; file < this.#files.length; file += 1) yield* reader.file(file, isWanted);
  }

  /** Reads files that are written, in their order, while others still come in. */
  reader(): SpoolReader {
    const lanes = new Map<Lane, LaneReader>();
    return {
      file: (n, isWanted) => {
        const found = this.#files[n];
        if (found === undefined) throw new Error(`file ${n} is not in the spool`);
        const { lane, end } = found;
        const reader = lanes.get(lane) ?? lane.reader();
        lanes.set(lane, reader);
        return blocksUntil(end, n, reader, isWanted);
      },
    };
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) await lane.close();
  }

  #addLane(): Lane {
    const lane = newLane(this.#folder);
    this.#lanes.push(lane);
    return lane;
  }
}

export interface SpoolReader {
  /** The blocks of a file; see {@link KeptBlocks.blocks}. Each file once, from the first to the last. */
  file(n: number, isWanted: (rows: number) => boolean): Generator<KeptBlock, void, undefined>;
}

function* blocksUntil(
  end: number,
  file: number,
  reader: LaneReader,
  isWanted: (rows: number) => boolean,
): Generator<KeptBlock, void, undefined> {
  while (reader.position < end) {
    const { rows, offset, length } = reader.head();
    const wanted = isWanted(rows);
    yield { file, rows, offset, packed: wanted ? reader.take(length) : undefined };
    if (!wanted) reader.skip(length);
  }
}
