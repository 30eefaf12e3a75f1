import type { DuckDBConnection } from '@duckdb/node-api';
import type { RecordType } from '../../src/avro/avro-type.js';
import { type Block, type PackedBlock, openContainer, unpackBlock } from '../../src/avro/container.js';
import type { ContainerHeader } from '../../src/avro/header.js';
import { openLocalContainer } from '../../src/avro/local-container.js';
import { checkColumns } from '../../src/avro/planned-columns.js';
import type { LocalFile } from '../../src/avro/types.js';
import { asHeaploadError, interrupted } from '../../src/errors.js';
import { scanName } from '../../src/schema/identifiers.js';
import type { ExecuteOptions, Transfer, TransferFile } from '../../src/warehouse/contract.js';
import type { ScannedLoads } from './database.js';
import { LocalFiles, unhurried } from './local-files.js';
import type { ScannedFile, ScannedLoad } from './scan.js';
import { Spool } from './spool.js';
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
 * compressed, and fills the staging table with what decides about rows, decoded on the way, unless statements that come
 * after do. Gives the rows counted on the way. `keep` gets the load as soon as it takes room, and has to {@link forget}
 * it.
 */
export async function stage(
  transfer: Transfer,
  workshop: Workshop,
  options: ExecuteOptions,
  keep: (load: ScannedLoad) => void,
): Promise<number> {
  const name = scanName(transfer.into.schema, transfer.into.name);
  const files: ScannedFile[] = [];
  const spool = options.local === undefined ? new Spool(workshop.folder) : undefined;
  const inPlace = new LocalFiles();
  const load: ScannedLoad = {
    name,
    columns: transfer.columns,
    isChecked: decodes(transfer),
    files,
    kept: spool ?? inPlace,
    error: undefined,
    isOver: false,
  };
  keep(load);
  workshop.loads.set(name, load);
  const table = decodes(transfer)
    ? await openStaging(transfer, transfer.narrow, workshop.connection)
    : undefined;
  const schemas = new Map<string, RecordType>();
  let rows = 0;
  let bytes = 0;
  for (const [n, file] of transfer.files.entries()) {
    try {
      if (isAborted(options)) throw interrupted();
      const taken = await takeFile(file, n, { spool, inPlace, schemas, table, first: rows }, options);
      files.push(taken);
      rows += taken.rows;
    } catch (error) {
      table?.abandon();
      throw isAborted(options) ? interrupted() : asHeaploadError(error).at({ file: file.key });
    }
    bytes += file.size;
    options.progress?.({ files: n + 1, rows, bytes });
  }
  table?.close();
  await spool?.finish();
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
  load.isOver = true;
  if (loads.get(load.name) === load) loads.delete(load.name);
  await load.kept.close();
}

interface Taking {
  /** For a source that is elsewhere. */
  readonly spool: Spool | undefined;
  /** For files of this machine. */
  readonly inPlace: LocalFiles;
  /** Thousands of files share few schemas. */
  readonly schemas: Map<string, RecordType>;
  readonly table: StagingTable | undefined;
  /** Place in the load of the file's first row. */
  readonly first: number;
}

async function takeFile(
  file: TransferFile,
  number: number,
  taking: Taking,
  options: ExecuteOptions,
): Promise<ScannedFile> {
  const local = await options.local?.(file);
  if (local !== undefined) return await lookThrough(file, local, taking, options);
  const container = await openContainer(options.open(file), { file: file.key, signal: options.signal });
  try {
    const source = sourceOf(file, container.header, taking);
    const decode = decoderInto(taking, source);
    let rows = 0;
    const copy = async ({ rows: more, offset, packed }: PackedBlock): Promise<void> => {
      await taking.spool?.add({ file: number, rows: more, offset, packed });
      rows += more;
    };
    if (decode === undefined) {
      for await (const block of container.packed) await copy(block);
    } else {
      for await (const block of container.blocks) {
        await copy(block);
        decode(block);
      }
    }
    return { ...source, rows };
  } finally {
    await container.close();
  }
}

/** Where a scan decodes all rows later the blocks are only walked over, so that damage shows before anything is written. */
async function lookThrough(
  file: TransferFile,
  local: LocalFile,
  taking: Taking,
  { signal }: ExecuteOptions,
): Promise<ScannedFile> {
  const { key } = file;
  const container = openLocalContainer(local, { file: key });
  const source = sourceOf(file, container.header, taking);
  taking.inPlace.add(local, key, container.header);
  const decode = decoderInto(taking, source);
  const isWanted = (): boolean => decode !== undefined;
  let rows = 0;
  for await (const { packed, ...block } of unhurried(container.blocks(isWanted), signal)) {
    rows += block.rows;
    if (packed === undefined) continue;
    const bytes = unpackBlock({ rows: block.rows, packed }, source.codec, {
      file: key,
      offset: block.offset,
    });
    decode?.({ ...block, packed, bytes });
  }
  return { ...source, rows };
}

/** Brings the blocks of a file, one after another, into the staging table; undefined where later statements do. */
function decoderInto(
  { table, first }: Taking,
  source: Omit<ScannedFile, 'rows'>,
): ((block: Block) => void) | undefined {
  if (table === undefined) return undefined;
  const rows = table.rowsOf(source);
  return (block) => {
    rows.start(block);
    while (!rows.fill(first)) table.flush();
  };
}

/** Throws when the file's columns are not those that were planned. */
function sourceOf(
  { index, key, targets, header: planned }: TransferFile,
  { codec, columns, schema: own, schemaText }: ContainerHeader,
  { schemas }: Taking,
): Omit<ScannedFile, 'rows'> {
  checkColumns(columns, planned, key);
  const schema = schemas.get(schemaText) ?? own;
  schemas.set(schemaText, schema);
  return { index, key, schema, targets, codec };
}
