import { HeaploadError } from '../../src/errors.js';
import type { AvroColumn } from '../../src/avro/types.js';
import type { TypeKind } from '../../src/schema/logical-types.js';
import type { ExecuteOptions, Transfer } from '../../src/warehouse/contract.js';
import { copiedRows } from './copy-result.js';
import type { SendPart } from './put.js';

/** Values that Snowflake's own reader of Avro is known to give as heapload's does. */
const SURE: readonly TypeKind[] = ['string', 'int64', 'float64', 'bool'];

/** Snowflake reads the files; gives the rows that it counted. Throws `TRANSFER_UNSUPPORTED` before it reads any. */
export async function externalTransfer(
  transfer: Transfer,
  options: ExecuteOptions,
  send: SendPart,
): Promise<number> {
  for (const { key, header, targets } of transfer.files) {
    const unsure = header.find((column, n) => (targets[n] ?? -1) >= 0 && !isSure(column));
    if (unsure !== undefined) throw unsupported(key, unsure);
  }
  const done = { files: 0, rows: 0, bytes: 0 };
  for (const { files, statements } of transfer.parts ?? []) {
    const [copy] = statements;
    if (copy === undefined) throw new Error('a part is a COPY');
    done.rows += copiedRows(await send(copy), files.length);
    done.files += files.length;
    done.bytes += files.reduce((sum, file) => sum + file.size, 0);
    options.progress?.({ ...done });
  }
  return done.rows;
}

function isSure(column: AvroColumn): boolean {
  return SURE.includes(column.type.kind) && column.isRespelled !== true;
}

function unsupported(file: string, { name, type, isRespelled }: AvroColumn): HeaploadError {
  const what = isRespelled === true ? 'values of several types' : type.kind;
  return new HeaploadError(
    'TRANSFER_UNSUPPORTED',
    `Column ${JSON.stringify(name)} holds ${what}, which Snowflake may read otherwise than heapload.`,
    {
      place: { file },
      hint: 'Set warehouse.transfer: put, or exclude the column.',
    },
  );
}
