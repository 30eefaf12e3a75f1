import { type DuckDBConnection, DuckDBTableFunction } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { BatchFiles } from '../../src/avro/columnar/batch-files.js';
import { Batch } from '../../src/avro/columnar/batch.js';
import type { FileRows, RowsOf } from '../../src/avro/columnar/file-rows.js';
import { STAGED_FILE_COLUMN, STAGED_PLACE_COLUMN, STAGED_ROW_COLUMN } from '../../src/schema/identifiers.js';
import { INT64 } from '../../src/schema/logical-types.js';
import type { StagedColumn } from '../../src/warehouse/contract.js';
import type { ScannedLoads } from './database.js';
import { logicalType } from './logical-type.js';
import { type Places, readPlaces } from './places.js';
import { type PackedFile, UnpackedBlocks } from './unpacked-blocks.js';
import { fillVector } from './vectors.js';

/** File, row and place of a row come before the staged columns. */
const OWN_COLUMNS = 3;

/** Memory that a thread which writes rows holds for each of their columns: three blocks, of values and validity. */
const COLUMN_BYTES = 3 * 256 * 1024;

/** Name of the table function; the templates use it. */
export const SCAN_FUNCTION = '_heapload_scan';

export interface ScannedFile extends RowsOf, PackedFile {
  readonly rows: number;
}

/** The files of a load, for as long as its statements read them. */
export interface ScannedLoad {
  /** See `scanName`. */
  readonly name: string;
  readonly columns: readonly StagedColumn[];
  /** Whether its blocks were unpacked once already. */
  readonly isChecked: boolean;
  readonly files: readonly ScannedFile[];
  /** The files are not read any more. */
  readonly close: () => void;
  /** What stopped a scan; DuckDB passes on its text alone. */
  error: unknown;
  /** Its files are not to be read any more. */
  isOver: boolean;
}

/**
 * Makes `_heapload_scan(name, places)` known to a database: the rows of a load's files at those places of the load, as
 * a list of bit strings with a bit for each row (see `places.ts`); NULL: all rows. `memory`: bytes the database may use.
 */
export function registerScan(connection: DuckDBConnection, loads: ScannedLoads, memory: number): void {
  const made = DuckDBTableFunction.create({
    name: SCAN_FUNCTION,
    bindFunction: () => undefined,
    initFunction: () => undefined,
    mainFunction: () => undefined,
    supportsProjectionPushdown: true,
  });
  const scan = made.table_function;
  duckdb.table_function_add_parameter(scan, logicalType({ kind: 'string' }));
  duckdb.table_function_add_parameter(
    scan,
    duckdb.create_list_type(duckdb.create_logical_type(duckdb.Type.BIT)),
  );
  duckdb.table_function_set_bind(scan, (info) => {
    bind(info, loads);
  });
  duckdb.table_function_set_init(scan, (info) => {
    const bound = duckdb.init_get_bind_data(info) as Bound;
    const count = duckdb.init_get_column_count(info);
    const wanted = Array.from({ length: count }, (_, n) => duckdb.init_get_column_index(info, n));
    // Rows carry their place, so that it does not matter which thread takes which.
    duckdb.init_set_max_threads(info, threadsFor(count, memory / Math.max(1, loads.size)));
    duckdb.init_set_init_data(info, new Scan(bound, wanted));
  });
  duckdb.table_function_set_function(scan, (info, chunk) => {
    const running = duckdb.function_get_init_data(info) as Scan;
    try {
      running.next(chunk);
    } catch (error) {
      running.load.error = error;
      duckdb.function_set_error(info, (error as Error).message);
    }
  });
  connection.registerTableFunction(made);
}

/**
 * How many threads of DuckDB may take rows of so many columns, in so many bytes of memory. Each that writes holds blocks
 * of every column; two more such sets are needed in the end, when the rows of row groups that are not full are moved. With
 * too many threads DuckDB runs out of memory as soon as a table is wide.
 */
export function threadsFor(columns: number, memory: number): number {
  return Math.max(1, Math.floor(memory / (columns * COLUMN_BYTES)) - 2);
}

interface Bound {
  readonly load: ScannedLoad;
  readonly places: Places | undefined;
}

function bind(info: duckdb.TableFunctionBindInfo, loads: ScannedLoads): void {
  const name = duckdb.get_varchar(duckdb.bind_get_parameter(info, 0));
  const load = loads.get(name);
  if (load === undefined) {
    duckdb.bind_set_error(info, `no load ${name} is being staged`);
    return;
  }
  duckdb.bind_add_result_column(info, STAGED_FILE_COLUMN, logicalType(INT64));
  duckdb.bind_add_result_column(info, STAGED_ROW_COLUMN, logicalType(INT64));
  duckdb.bind_add_result_column(info, STAGED_PLACE_COLUMN, logicalType(INT64));
  for (const column of load.columns)
    duckdb.bind_add_result_column(info, column.name, logicalType(column.type));
  const places = readPlaces(duckdb.bind_get_parameter(info, 1));
  duckdb.bind_set_cardinality(
    info,
    places?.count ?? load.files.reduce((sum, { rows }) => sum + rows, 0),
    true,
  );
  duckdb.bind_set_bind_data(info, { load, places } satisfies Bound);
}

/** One pass over the blocks. DuckDB's threads take chunks from it in turn. */
class Scan {
  readonly load: ScannedLoad;
  readonly #places: Places | undefined;
  /** For each vector of a chunk its column among file, row, place and the staged columns. */
  readonly #wanted: readonly number[];
  readonly #batch: Batch;
  readonly #targets: ReadonlyMap<number, number>;
  readonly #blocks: UnpackedBlocks<ScannedFile>;
  readonly #files: BatchFiles;
  #file: ScannedFile | undefined;
  #rows: FileRows | undefined;
  /** Place in the load of the first row of the file. */
  #first = 0;
  #ended: boolean;
  /** The batch holds rows that no chunk has got yet. */
  #isAhead = false;
  /** Work ahead was put off until nothing more urgent is to be done. */
  #isWaiting = false;
  #failure: Error | undefined;

  constructor({ load, places }: Bound, wanted: readonly number[]) {
    this.load = load;
    this.#places = places;
    this.#wanted = wanted;
    const staged = wanted.filter((column) => column >= OWN_COLUMNS).map((column) => column - OWN_COLUMNS);
    this.#targets = new Map(staged.map((column, place) => [column, place]));
    this.#batch = new Batch(staged.map((column) => load.columns[column]?.type ?? INT64));
    this.#files = new BatchFiles(this.#batch, this.#targets);
    this.#blocks = new UnpackedBlocks(load.files, {
      isWanted: (from, to) => places?.hasAny(from, to) ?? true,
      isChecked: load.isChecked,
    });
    // Mostly no row is rejected: then there is no need to read the files once more.
    this.#ended = places?.count === 0;
  }

  /** Fills a chunk; an empty one ends the scan. Threads that ask again after an error get the same one. */
  next(chunk: duckdb.DataChunk): void {
    if (!this.#isAhead) this.#decode();
    this.#isAhead = false;
    if (this.#failure !== undefined) throw this.#failure;
    this.#fill(chunk);
    this.#workAhead();
  }

  /**
   * While DuckDB works on these rows the next ones can be decoded, and while it compresses what it has, for which it needs
   * none, blocks can be unpacked: one at a time, since rows may be asked for, or the statement be over, at any moment.
   */
  #workAhead(): void {
    if (this.#ended || this.#isWaiting) return;
    this.#isWaiting = true;
    setImmediate(() => {
      this.#isWaiting = false;
      if (this.load.isOver) return;
      if (!this.#isAhead) {
        this.#decode();
        this.#isAhead = true;
      } else if (!this.#blocks.unpackAhead()) return;
      this.#workAhead();
    });
  }

  #decode(): void {
    if (this.#failure !== undefined) return;
    try {
      this.#batch.clear();
      while (!this.#batch.full && !this.#ended) {
        if (this.#rows?.fill(this.#first, this.#places?.has) ?? true) this.#nextBlock();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #fill(chunk: duckdb.DataChunk): void {
    const batch = this.#batch;
    duckdb.data_chunk_set_size(chunk, batch.rows);
    const own = [batch.file, batch.row, batch.place];
    this.#wanted.forEach((column, place) => {
      const values = own[column] ?? batch.columns[this.#targets.get(column - OWN_COLUMNS) ?? -1];
      if (values === undefined) throw new Error(`the scan has no column ${column}`);
      fillVector(duckdb.data_chunk_get_vector(chunk, place), values, batch);
    });
  }

  #nextBlock(): void {
    const block = this.#blocks.next();
    if (block === undefined) {
      this.#ended = true;
      return;
    }
    const { source, rows, place, data } = block;
    if (source !== this.#file || this.#rows === undefined) {
      this.#file = source;
      this.#first = place;
      this.#rows = this.#files.open(source);
    }
    if (data === undefined) this.#rows.pass(rows);
    else this.#rows.start(data);
  }
}
