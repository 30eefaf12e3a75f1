import type { DuckDBConnection } from '@duckdb/node-api';
import { unpackBlock } from '../../src/avro/container.js';
import { KnownSchemas } from '../../src/avro/known-schemas.js';
import { type LocalContainer, openLocalContainer } from '../../src/avro/local-container.js';
import { checkColumns } from '../../src/avro/planned-columns.js';
import { asHeaploadError, interrupted } from '../../src/errors.js';
import { scanName } from '../../src/schema/identifiers.js';
import type { ExecuteOptions, Transfer, TransferFile } from '../../src/warehouse/contract.js';
import type { ScannedLoads } from './database.js';
import { unhurried } from './local-files.js';
import { type Origin, originOf } from './origins.js';
import type { ScannedFile, ScannedLoad } from './scan.js';
import { type StagingTable, openStaging } from './staging-table.js';

/** Where a transfer works. */
export interface Workshop {
  readonly connection: DuckDBConnection;
  readonly loads: ScannedLoads;
  /** For copies of files. */
  readonly folder: string;
}

/**
 * Makes the files known to `_heapload_scan`, those of a source that is elsewhere by copying them, and fills the staging table
 * with what decides about rows, decoded in the order of the files, unless statements that come after do. Gives the rows
 * counted on the way. `keep` gets the load as soon as it takes room, and has to {@link forget} it.
 */
export async function stage(
  transfer: Transfer,
  workshop: Workshop,
  options: ExecuteOptions,
  keep: (load: ScannedLoad) => void,
): Promise<number> {
  const name = scanName(transfer.into.schema, transfer.into.name);
  const { narrow } = transfer;
  // Else later statements decode.
  const isDecoded = narrow !== undefined && narrow.length > 0;
  const origin = originOf(transfer.files, workshop.folder, options);
  const files: ScannedFile[] = [];
  const load: ScannedLoad = {
    name,
    columns: transfer.columns,
    isChecked: isDecoded,
    files,
    close: () => {
      origin.close();
    },
    error: undefined,
    isOver: false,
  };
  keep(load);
  workshop.loads.set(name, load);
  const table = isDecoded ? await openStaging(transfer, narrow, workshop.connection) : undefined;
  try {
    const rows = await takeFiles(transfer.files, { origin, files, table }, options);
    table?.close();
    return rows;
  } finally {
    await origin.stop();
  }
}

/** The files of a load are not needed any more. */
export function forget(load: ScannedLoad, loads: ScannedLoads): void {
  load.isOver = true;
  if (loads.get(load.name) === load) loads.delete(load.name);
  load.close();
}

interface Taking {
  readonly origin: Origin;
  /** Gets the files as they are found. */
  readonly files: ScannedFile[];
  /** Undefined: later statements decode. */
  readonly table: StagingTable | undefined;
}

/** Takes files one after another. Gives their rows. */
async function takeFiles(
  transferred: readonly TransferFile[],
  { origin, files, table }: Taking,
  options: ExecuteOptions,
): Promise<number> {
  const schemas = new KnownSchemas();
  let rows = 0;
  let bytes = 0;
  for (const file of transferred) {
    try {
      if (isAborted(options)) throw interrupted();
      const local = await origin.next();
      const container = openLocalContainer(local, { file: file.key, schemas });
      const source = { ...sourceOf(file, container), local };
      const taken = await takeRows(source, container, { table, first: rows }, options);
      files.push({ ...source, rows: taken });
      rows += taken;
    } catch (error) {
      table?.abandon();
      throw isAborted(options) ? interrupted() : asHeaploadError(error).at({ file: file.key });
    }
    bytes += file.size;
    options.progress?.({ files: files.length, rows, bytes });
  }
  return rows;
}

/** A call, since the signal may change while a file is awaited. */
function isAborted({ signal }: ExecuteOptions): boolean {
  return signal.aborted;
}

type Source = Omit<ScannedFile, 'rows'>;

/** Throws when the file's columns are not those that were planned. */
function sourceOf(
  { index, key, targets, header: planned }: TransferFile,
  { header: { codec, columns, length, schema, sync } }: LocalContainer,
): Omit<Source, 'local'> {
  checkColumns(columns, planned, key);
  return { index, key, schema, targets, codec, frame: { length, sync } };
}

interface Into extends Pick<Taking, 'table'> {
  /** Place in the load of the file's first row. */
  readonly first: number;
}

/** Brings the blocks of a file, one after another, into the staging table. Gives the rows of the file. */
async function takeRows(
  source: Source,
  container: LocalContainer,
  { table, first }: Into,
  { signal }: ExecuteOptions,
): Promise<number> {
  const into = table?.rowsOf(source);
  let rows = 0;
  // Where a scan decodes all rows later the blocks are only walked over, so that damage shows before anything is written.
  const blocks = container.blocks(() => table !== undefined);
  await unhurried(blocks, signal, (block) => {
    rows += block.rows;
    const { packed } = block;
    if (packed === undefined) return;
    into?.start(unpackBlock({ ...block, packed }, source.codec, { file: source.key }));
    while (into?.fill(first) === false) table?.flush();
  });
  return rows;
}
