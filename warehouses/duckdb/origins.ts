import type { LocalFile } from '../../src/avro/types.js';
import type { ExecuteOptions, TransferFile } from '../../src/warehouse/contract.js';
import { Spool } from './spool.js';
import { workAhead } from './work-ahead.js';

/** Files of a load copied at the same time: one connection to a bucket brings less than the network could. */
const COPIED_AT_ONCE = 4;

/** Where the bytes of a load's files are found. */
export interface Origin {
  /** A file that can be read from then on. To be called for the files in their order, once for each. */
  find(file: TransferFile): Promise<LocalFile>;
  /** Nothing is under way any more. */
  stop(): Promise<void>;
  /** Nothing that was found is read any more. */
  close(): void;
}

/** Files of this machine are read where they lie; those that are elsewhere are copied into `folder`. */
export function originOf(files: readonly TransferFile[], folder: string, options: ExecuteOptions): Origin {
  const { local } = options;
  if (local !== undefined)
    return { find: (file) => local(file), stop: () => Promise.resolve(), close: () => undefined };
  const spool = new Spool(folder);
  const limits = { width: COPIED_AT_ONCE, signal: options.signal };
  const copies = workAhead(
    files,
    limits,
    async (file, signal) => await spool.copy(options.open(file), signal),
  );
  return {
    find: () => copies.next(),
    stop: () => copies.stop(),
    close: () => {
      spool.close();
    },
  };
}
