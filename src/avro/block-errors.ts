import type { HeaploadError } from '../errors.js';
import type { Block } from './container.js';
import { avroInvalid } from './problem.js';

/** Rows that take no bytes cannot be held against the size of their block. */
const MAX_ROWS_WITHOUT_BYTES = 1_000_000;

/** Throws `AVRO_INVALID` when a block declares more rows than its bytes can hold; `fewest`: the bytes of the smallest row. */
export function checkRowCount(block: Block, fewest: number, file: string): void {
  const { rows, offset, bytes } = block;
  const most = fewest === 0 ? MAX_ROWS_WITHOUT_BYTES : bytes.length / fewest;
  if (rows <= most) return;
  const message = `The block at byte ${offset} declares ${rows} rows, more than its ${bytes.length} bytes can hold.`;
  throw avroInvalid(file, offset, message);
}

/** Throws `AVRO_INVALID` when bytes are left behind the last row of a block. */
export function checkBlockEnd(block: Block, remaining: number, file: string): void {
  if (remaining === 0) return;
  const message = `The block at byte ${block.offset} has ${remaining} bytes after its ${block.rows} rows.`;
  throw avroInvalid(file, block.offset, message);
}

/** A value that cannot be read. `row` counts the rows of the file, `position` the bytes of the block's data. */
export function valueError(
  cause: Error,
  block: Block,
  place: {
    readonly file: string;
    readonly row: number;
    readonly column: string | undefined;
    readonly position: number;
  },
): HeaploadError {
  const where = `row ${place.row} of the file (counted from 0), column ${JSON.stringify(place.column)}`;
  const message = `The block at byte ${block.offset} cannot be decoded at ${where}: ${cause.message} (byte ${place.position} of the block's data).`;
  return avroInvalid(place.file, block.offset, message, { cause });
}

/** A text longer than Node's strings can be. */
export function isLimitOfNode(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STRING_TOO_LONG';
}
