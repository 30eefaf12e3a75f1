/** A block of a file of a load, still compressed. */
export interface KeptBlock {
  /** Place of its file among those of the transfer. */
  readonly file: number;
  readonly rows: number;
  /** Byte of its file where it starts, for errors. */
  readonly offset: number;
  /** A view, gone when the next block is asked for; undefined where it was not wanted. */
  readonly packed: Uint8Array | undefined;
}

/** Where the scans of a load find its blocks, for as long as its statements read them. */
export interface KeptBlocks {
  /**
   * All blocks in file order, as often as wanted; one is in memory at a time. `isWanted` is asked once for each, in order,
   * whether its data is to be read. What is given up half-way leaves nothing open.
   */
  blocks(isWanted: (rows: number) => boolean): Generator<KeptBlock, void, undefined>;
  /** They are not needed any more. */
  close(): Promise<void>;
}
