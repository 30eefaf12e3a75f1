import { fewestBytes } from './avro-type.js';
import type { Block } from './container.js';
import type { Cursor } from './cursor.js';
import type { ContainerHeader } from './header.js';
import { Malformed, avroInvalid } from './problem.js';

/** Rows that take no bytes cannot be held against the size of their block. */
const MAX_ROWS_WITHOUT_BYTES = 1_000_000;

/** The rows of the blocks of one file: what must hold for them, and the errors where it does not. */
export class BlockRows {
  /** Rows of the file read so far: the number of the next one. */
  row = 0;
  readonly #file: string;
  readonly #header: ContainerHeader;
  readonly #fewestBytes: number;

  constructor(header: ContainerHeader, file: string) {
    this.#file = file;
    this.#header = header;
    this.#fewestBytes = fewestBytes(header.schema);
  }

  /** Throws `AVRO_INVALID` when a block declares more rows than its bytes can hold. */
  checkCount({ rows, offset, bytes }: Block): void {
    const most = this.#fewestBytes === 0 ? MAX_ROWS_WITHOUT_BYTES : bytes.length / this.#fewestBytes;
    if (rows <= most) return;
    const message = `The block at byte ${offset} declares ${rows} rows, more than its ${bytes.length} bytes can hold.`;
    throw avroInvalid(this.#file, offset, message);
  }

  /** Throws `AVRO_INVALID` when bytes are left behind the rows of a block. */
  checkEnd(cursor: Cursor, { rows, offset }: Block): void {
    if (cursor.remaining === 0) return;
    const message = `The block at byte ${offset} has ${cursor.remaining} bytes after its ${rows} rows.`;
    throw avroInvalid(this.#file, offset, message);
  }

  /** `AVRO_INVALID` for what stopped the present row at a column of the header; errors of other kinds as they are. */
  error(error: unknown, column: number, cursor: Cursor, { offset }: Block): unknown {
    if (!(error instanceof Malformed) && !isLimitOfNode(error)) return error;
    const name = JSON.stringify(this.#header.columns[column]?.name);
    const where = `row ${this.row} of the file (counted from 0), column ${name}`;
    const message = `The block at byte ${offset} cannot be decoded at ${where}: ${error.message} (byte ${cursor.position} of the block's data).`;
    return avroInvalid(this.#file, offset, message, { cause: error });
  }
}

/** A text longer than Node's strings can be. */
function isLimitOfNode(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STRING_TOO_LONG';
}
