import type { DuckDBConnection } from '@duckdb/node-api';
import { unpackBlock } from '../../src/avro/container.js';
import { asHeaploadError, interrupted } from '../../src/errors.js';
import { scanName } from '../../src/schema/identifiers.js';
import type { ExecuteOptions, Transfer } from '../../src/warehouse/contract.js';
import type { ScannedLoads } from './database.js';
import { unhurried } from './local-files.js';
import { type FoundFile, type Origin, originOf } from './origins.js';
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
 * Makes the blocks of the files known to `_heapload_scan`, those of a source that is elsewhere by copying them, still
 * compressed, and fills the staging table with what decides about rows, decoded in the order of the files, unless
 * statements that come after do. Gives the rows counted on the way. `keep` gets the load as soon as it takes room, and has
 * to {@link forget} it.
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
  const origin = originOf(transfer.files, { folder: workshop.folder, options, isDecoded });
  const files: ScannedFile[] = [];
  const load: ScannedLoad = {
    name,
    columns: transfer.columns,
    isChecked: isDecoded,
    files,
    kept: origin.kept,
    error: undefined,
    isOver: false,
  };
  keep(load);
  workshop.loads.set(name, load);
  const table = isDecoded ? await openStaging(transfer, narrow, workshop.connection) : undefined;
  try {
    const rows = await takeFiles(transfer.files, { origin, files, table }, options);
    table?.close();
    await origin.finish();
    return rows;
  } finally {
    await origin.stop();
  }
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
  transferred: Transfer['files'],
  { origin, files, table }: Taking,
  options: ExecuteOptions,
): Promise<number> {
  let rows = 0;
  let bytes = 0;
  for (const [n, file] of transferred.entries()) {
    try {
      if (isAborted(options)) throw interrupted();
      const found = await origin.find(file, n);
      const taken = await takeRows(found, { table, first: rows }, options);
      files.push({ ...found.source, rows: taken });
      rows += taken;
    } catch (error) {
      table?.abandon();
      throw isAborted(options) ? interrupted() : asHeaploadError(error).at({ file: file.key });
    }
    bytes += file.size;
    options.progress?.({ files: n + 1, rows, bytes });
  }
  return rows;
}

/** A call, since the signal may change while a file is awaited. */
function isAborted({ signal }: ExecuteOptions): boolean {
  return signal.aborted;
}

/** The files of a load are not needed any more. */
export async function forget(load: ScannedLoad, loads: ScannedLoads): Promise<void> {
  load.isOver = true;
  if (loads.get(load.name) === load) loads.delete(load.name);
  await load.kept.close();
}

interface Into extends Pick<Taking, 'table'> {
  /** Place in the load of the file's first row. */
  readonly first: number;
}

/** Brings the blocks of a file, one after another, into the staging table. Gives the rows of the file. */
async function takeRows(
  { source, blocks, rows }: FoundFile,
  { table, first }: Into,
  { signal }: ExecuteOptions,
): Promise<number> {
  const into = table?.rowsOf(source);
  let counted = 0;
  for await (const { packed, ...block } of unhurried(blocks, signal)) {
    counted += block.rows;
    if (packed === undefined) continue;
    const bytes = unpackBlock({ rows: block.rows, packed }, source.codec, {
      file: source.key,
      offset: block.offset,
    });
    into?.start({ ...block, packed, bytes });
    while (into?.fill(first) === false) table?.flush();
  }
  return rows ?? counted;
}
