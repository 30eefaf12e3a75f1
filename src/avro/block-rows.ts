import { fewestBytes } from './avro-type.js';
import { checkBlockEnd, checkRowCount, isLimitOfNode, valueError } from './block-errors.js';
import type { Block } from './container.js';
import type { Cursor } from './cursor.js';
import type { ContainerHeader } from './header.js';
import { Malformed } from './problem.js';

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
  checkCount(block: Block): void {
    checkRowCount(block, this.#fewestBytes, this.#file);
  }

  /** Throws `AVRO_INVALID` when bytes are left behind the rows of a block. */
  checkEnd(cursor: Cursor, block: Block): void {
    checkBlockEnd(block, cursor.remaining, this.#file);
  }

  /** `AVRO_INVALID` for what stopped the present row at a column of the header; errors of other kinds as they are. */
  error(error: unknown, column: number, cursor: Cursor, block: Block): unknown {
    if (!(error instanceof Malformed) && !isLimitOfNode(error)) return error;
    const { name } = this.#header.columns[column] ?? {};
    const place = { file: this.#file, row: this.row, column: name, position: cursor.position };
    return valueError(error, block, place);
  }
}
