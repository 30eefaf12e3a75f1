import type { LocalFile } from '../../src/avro/types.js';
import type { ExecuteOptions, TransferFile } from '../../src/warehouse/contract.js';
import { Spool } from './spool.js';
import { type Ahead, workAhead } from './work-ahead.js';

/**
 * Files of a load that are fetched at the same time: one connection to a bucket brings less than the network could, and
 * looking for a file on a disk is waiting, too.
 */
const AT_ONCE = 4;

/** Where the bytes of a load's files are found: in the order of the load, files that can be read from then on. */
export interface Origin extends Ahead<LocalFile> {
  /** Nothing that was found is read any more. */
  close(): void;
}

/** Files of this machine are read where they lie; those that are elsewhere are copied into `folder`. */
export function originOf(files: readonly TransferFile[], folder: string, options: ExecuteOptions): Origin {
  const { local, signal } = options;
  const limits = { width: AT_ONCE, signal };
  if (local !== undefined) return { ...workAhead(files, limits, local), close: () => undefined };
  const spool = new Spool(folder);
  const copies = workAhead(
    files,
    limits,
    async (file, stopped) => await spool.copy(options.open(file), stopped),
  );
  return {
    ...copies,
    close: () => {
      spool.close();
    },
  };
}
