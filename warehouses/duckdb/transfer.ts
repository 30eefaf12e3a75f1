import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { RecordType } from '../../src/avro/avro-type.js';
import { Batch } from '../../src/avro/columnar/batch.js';
import { FileRows } from '../../src/avro/columnar/file-rows.js';
import { RowDecoder } from '../../src/avro/columnar/row-decoder.js';
import { type PackedBlock, openContainer } from '../../src/avro/container.js';
import { checkColumns } from '../../src/avro/planned-columns.js';
import { asHeaploadError, interrupted } from '../../src/errors.js';
import { scanName } from '../../src/schema/identifiers.js';
import { INT64 } from '../../src/schema/logical-types.js';
import type { ExecuteOptions, Transfer, TransferFile } from '../../src/warehouse/contract.js';
import { CATALOG, type ScannedLoads } from './database.js';
import { logicalType } from './logical-type.js';
import type { ScannedFile, ScannedLoad } from './scan.js';
import { Spool } from './spool.js';
import { fillVector } from './vectors.js';

/** Where a transfer works. */
export interface Workshop {
  readonly connection: DuckDBConnection;
  readonly loads: ScannedLoads;
  /** For copies of files. */
  readonly folder: string;
}

/**
 * Copies the blocks of the files, still compressed, to where `_heapload_scan` finds them, and fills the staging table
 * with what decides about rows, decoded on the way, unless statements that come after do. Gives the rows counted on the
 * way. `keep` gets the load as soon as it takes room, and has to {@link forget} it.
 */
export async function stage(
  transfer: Transfer,
  workshop: Workshop,
  options: ExecuteOptions,
  keep: (load: ScannedLoad) => void,
): Promise<number> {
  const name = scanName(transfer.into.schema, transfer.into.name);
  const files: ScannedFile[] = [];
  const load: ScannedLoad = {
    name,
    columns: transfer.columns,
    isChecked: decodes(transfer),
    files,
    spool: new Spool(workshop.folder),
    error: undefined,
  };
  keep(load);
  workshop.loads.set(name, load);
  const table = decodes(transfer) ? await openStaging(transfer, transfer.narrow, workshop) : undefined;
  const schemas = new Map<string, RecordType>();
  let rows = 0;
  let bytes = 0;
  for (const [n, file] of transfer.files.entries()) {
    try {
      if (isAborted(options)) throw interrupted();
      const copied = await copyFile(file, n, { load, schemas, table, first: rows }, options);
      files.push(copied);
      rows += copied.rows;
    } catch (error) {
      table?.abandon();
      throw isAborted(options) ? interrupted() : asHeaploadError(error).at({ file: file.key });
    }
    bytes += file.size;
    options.progress?.({ files: n + 1, rows, bytes });
  }
  table?.close();
  await load.spool.finish();
  return rows;
}

/** Whether rows are decoded on the way. */
function decodes(transfer: Transfer): transfer is Transfer & { readonly narrow: readonly number[] } {
  return transfer.narrow !== undefined && transfer.narrow.length > 0;
}

/** A call, since the signal may change while a file is awaited. */
function isAborted({ signal }: ExecuteOptions): boolean {
  return signal.aborted;
}

/** The files of a load are not needed any more. */
export async function forget(load: ScannedLoad, loads: ScannedLoads): Promise<void> {
  if (loads.get(load.name) === load) loads.delete(load.name);
  await load.spool.close();
}

interface Copying {
  readonly load: ScannedLoad;
  /** Thousands of files share few schemas. */
  readonly schemas: Map<string, RecordType>;
  readonly table: StagingTable | undefined;
  /** Place in the load of the file's first row. */
  readonly first: number;
}

async function copyFile(
  file: TransferFile,
  number: number,
  { load, schemas, table, first }: Copying,
  options: ExecuteOptions,
): Promise<ScannedFile> {
  const { signal } = options;
  const container = await openContainer(options.open(file), { file: file.key, signal });
  try {
    const { header } = container;
    checkColumns(header.columns, file.header, file.key);
    const schema = schemas.get(header.schemaText) ?? header.schema;
    schemas.set(header.schemaText, schema);
    const { index, key, targets } = file;
    const source = { index, key, schema, targets };
    let rows = 0;
    const spool = async (block: PackedBlock): Promise<void> => {
      await load.spool.add({ file: number, rows: block.rows, offset: block.offset, packed: block.packed });
      rows += block.rows;
    };
    if (table === undefined) {
      for await (const block of container.packed) await spool(block);
    } else {
      const decoded = table.rowsOf(source);
      for await (const block of container.blocks) {
        await spool(block);
        decoded.start(block);
        while (!decoded.fill(first)) table.flush();
      }
    }
    return { ...source, codec: header.codec, rows };
  } finally {
    await container.close();
  }
}

async function openStaging(
  transfer: Transfer,
  narrow: readonly number[],
  { connection }: Workshop,
): Promise<StagingTable> {
  const { name, schema } = transfer.into;
  const appender = await connection.createAppender(name, schema, CATALOG);
  return new StagingTable(appender, transfer, narrow);
}

/** The narrow staging table while it is filled. */
class StagingTable {
  readonly #appender: DuckDBAppender;
  readonly #batch: Batch;
  readonly #chunk: DuckDBDataChunk;
  /** Place among the narrow columns of a staged column. */
  readonly #narrow: ReadonlyMap<number, number>;
  readonly #decoders = new WeakMap<RecordType, RowDecoder>();

  constructor(appender: DuckDBAppender, transfer: Transfer, narrow: readonly number[]) {
    const types = narrow.map((place) => transfer.columns[place]?.type ?? INT64);
    this.#appender = appender;
    this.#batch = new Batch(types);
    this.#narrow = new Map(narrow.map((place, n) => [place, n]));
    const own = [INT64, INT64, INT64];
    this.#chunk = new DuckDBDataChunk(duckdb.create_data_chunk([...own, ...types].map(logicalType)));
  }

  rowsOf(source: Pick<ScannedFile, 'index' | 'key' | 'schema' | 'targets'>): FileRows {
    const batch = this.#batch;
    const targets = source.targets.map((target) => this.#narrow.get(target) ?? -1);
    // What a field goes to depends on the file's schema alone.
    const decoder =
      this.#decoders.get(source.schema) ??
      new RowDecoder(
        batch,
        source.schema,
        targets.map((target) => batch.columns[target]),
      );
    this.#decoders.set(source.schema, decoder);
    return new FileRows(source, batch, decoder);
  }

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
