import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { BatchFiles } from '../../src/avro/columnar/batch-files.js';
import { Batch } from '../../src/avro/columnar/batch.js';
import type { FileRows, RowsOf } from '../../src/avro/columnar/file-rows.js';
import { INT64 } from '../../src/schema/logical-types.js';
import type { Transfer } from '../../src/warehouse/contract.js';
import { CATALOG } from './database.js';
import { logicalType } from './logical-type.js';
import { fillVector } from './vectors.js';

/** Opens the table a transfer goes into; `narrow`: the places of its columns among those of the files. */
export async function openStaging(
  transfer: Transfer,
  narrow: readonly number[],
  connection: DuckDBConnection,
): Promise<StagingTable> {
  const { name, schema } = transfer.into;
  const appender = await connection.createAppender(name, schema, CATALOG);
  return new StagingTable(appender, transfer, narrow);
}

/** The narrow staging table while it is filled. One way or the other it has to be closed. */
export class StagingTable {
  readonly #appender: DuckDBAppender;
  readonly #batch: Batch;
  readonly #chunk: DuckDBDataChunk;
  readonly #files: BatchFiles;

  constructor(appender: DuckDBAppender, transfer: Transfer, narrow: readonly number[]) {
    const types = narrow.map((place) => transfer.columns[place]?.type ?? INT64);
    this.#appender = appender;
    this.#batch = new Batch(types);
    this.#files = new BatchFiles(this.#batch, new Map(narrow.map((place, n) => [place, n])));
    const own = [INT64, INT64, INT64];
    this.#chunk = new DuckDBDataChunk(duckdb.create_data_chunk([...own, ...types].map(logicalType)));
  }

  /** The rows of a file, into the batch that {@link flush} empties. */
  rowsOf(source: RowsOf): FileRows {
    return this.#files.open(source);
  }

  /** Hands the rows of the batch over. */
  flush(): void {
    const { file, row, place, columns, rows } = this.#batch;
    this.#chunk.reset();
    this.#chunk.rowCount = rows;
    [file, row, place, ...columns].forEach((values, n) => {
      fillVector(duckdb.data_chunk_get_vector(this.#chunk.chunk, n), values, this.#batch);
    });
    this.#appender.appendDataChunk(this.#chunk);
    this.#batch.clear();
  }

  /** Rows the appender still holds must not reach a table that a later try has made anew under the same name. */
  abandon(): void {
    this.#appender.clear();
    this.#appender.closeSync();
  }

  close(): void {
    if (this.#batch.rows > 0) this.flush();
    this.#appender.closeSync();
  }
}
