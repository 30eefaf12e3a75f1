import { repack } from '../../src/avro/repack/index.js';
import { HeaploadError } from '../../src/errors.js';
import type { ExecuteOptions, Statement, Transfer, TransferPart } from '../../src/warehouse/contract.js';
import { CONTAINER_ENCODING } from './container.js';
import { copiedRows, expectRows } from './copy-result.js';
import type { Answer } from './send.js';
import { type Spool, openSpool } from './spool.js';
import { containerName } from './transfer.js';

/** Sends a statement of a transfer; a PUT finds its file in `directory`. */
export type SendPart = (statement: Statement, directory?: string) => Promise<Answer>;

/**
 * Part by part: the files as one container on disk, from there into the stage, from there into the staging table. Gives
 * the rows that the Avro reader counted.
 */
export async function putTransfer(
  transfer: Transfer,
  options: ExecuteOptions,
  send: SendPart,
  spoolDirectory: string | undefined,
): Promise<number> {
  const spool = await openSpool(spoolDirectory);
  const done = { files: 0, rows: 0, bytes: 0 };
  try {
    for (const [n, part] of (transfer.parts ?? []).entries()) {
      done.rows += await putPart(transfer, part, containerName(n), { options, send, spool });
      done.files += part.files.length;
      done.bytes += part.files.reduce((sum, file) => sum + file.size, 0);
      options.progress?.({ ...done });
    }
  } finally {
    await spool.close();
  }
  return done.rows;
}

interface Means {
  readonly options: ExecuteOptions;
  readonly send: SendPart;
  readonly spool: Spool;
}

async function putPart(
  transfer: Transfer,
  part: TransferPart,
  name: string,
  { options, send, spool }: Means,
): Promise<number> {
  const { open, signal } = options;
  // Every reader of Avro knows this codec, by the specification.
  const how = { open, signal, codec: 'deflate', encoding: CONTAINER_ENCODING } as const;
  const container = repack(part.files, transfer.columns, how);
  await spool.write(name, container.bytes, signal);
  const rows = container.rows();
  const [put, copy] = part.statements;
  if (put === undefined || copy === undefined) throw new Error('a part is a PUT and a COPY');
  // Files without rows are seen in full here, and nothing is left for Snowflake to do.
  if (rows > 0) {
    expectUploaded(await send(put, spool.directory));
    await spool.remove(name);
    expectRows(copiedRows(await send(copy), 1), rows);
  }
  await spool.remove(name);
  return rows;
}

function expectUploaded({ columns, rows }: Answer): void {
  const place = columns.findIndex((column) => column.getName().toLowerCase() === 'status');
  const status = rows[0]?.[place];
  if (rows.length === 1 && status === 'UPLOADED') return;
  throw new HeaploadError('WAREHOUSE_UNAVAILABLE', `A container was not put: ${String(status)}.`, {
    hint: 'Nothing of this load was committed. Check the network between this machine and the storage of Snowflake, and run again.',
  });
}
