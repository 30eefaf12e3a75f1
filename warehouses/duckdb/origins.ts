import type { RecordType } from '../../src/avro/avro-type.js';
import { openContainer } from '../../src/avro/container.js';
import type { ContainerHeader } from '../../src/avro/header.js';
import { openLocalContainer } from '../../src/avro/local-container.js';
import { checkColumns } from '../../src/avro/planned-columns.js';
import type { ExecuteOptions, TransferFile } from '../../src/warehouse/contract.js';
import type { KeptBlock, KeptBlocks } from './kept-blocks.js';
import { LocalFiles } from './local-files.js';
import type { ScannedFile } from './scan.js';
import { Spool } from './spool.js';
import { workAhead } from './work-ahead.js';

/** Files of a load copied at the same time: one connection to a bucket brings less than the network could. */
const COPIED_AT_ONCE = 4;

/** Where the files of a load are found. */
export interface Origin {
  readonly kept: KeptBlocks;
  /** The files in their order, each once. */
  find(file: TransferFile, n: number): Promise<FoundFile>;
  /** All were found: from now on they can be read as often as wanted. */
  finish(): Promise<void>;
  /** Nothing is under way any more. */
  stop(): Promise<void>;
}

export interface FoundFile {
  readonly source: Omit<ScannedFile, 'rows'>;
  /** Those that are still to be looked at. */
  readonly blocks: Iterable<Omit<KeptBlock, 'file'>>;
  /** Undefined: as many as its blocks say. */
  readonly rows: number | undefined;
}

interface Purpose {
  /** For copies. */
  readonly folder: string;
  readonly options: ExecuteOptions;
  /** Whether rows are decoded as soon as their file was found. */
  readonly isDecoded: boolean;
}

/** Files of this machine are read in place; those that are elsewhere are copied. */
export function originOf(files: readonly TransferFile[], purpose: Purpose): Origin {
  const { local } = purpose.options;
  return local === undefined ? copiesOf(files, purpose) : filesInPlace(local, purpose);
}

function filesInPlace(local: NonNullable<ExecuteOptions['local']>, { isDecoded }: Purpose): Origin {
  const kept = new LocalFiles();
  const schemas: Schemas = new Map();
  return {
    kept,
    async find(file) {
      const found = await local(file);
      const container = openLocalContainer(found, { file: file.key });
      const source = sourceOf(file, container.header, schemas);
      kept.add(found, file.key, container.header);
      // Where a scan decodes all rows later the blocks are only walked over, so that damage shows before anything is written.
      return { source, blocks: container.blocks(() => isDecoded), rows: undefined };
    },
    finish: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}

function copiesOf(files: readonly TransferFile[], { folder, options, isDecoded }: Purpose): Origin {
  const spool = new Spool(folder);
  const reader = spool.reader();
  const schemas: Schemas = new Map();
  const limits = { width: COPIED_AT_ONCE, signal: options.signal };
  const copies = workAhead(files, limits, async (file, n, signal) => {
    const writer = spool.open(n);
    const container = await openContainer(options.open(file), { file: file.key, signal });
    try {
      const source = sourceOf(file, container.header, schemas);
      let rows = 0;
      for await (const block of container.packed) {
        await writer.add(block);
        rows += block.rows;
      }
      await writer.end(isDecoded);
      return { source, rows };
    } finally {
      await container.close();
    }
  });
  return {
    kept: spool,
    async find(_, n) {
      const copy = await copies.next();
      return { ...copy, blocks: isDecoded ? reader.file(n, () => true) : [] };
    },
    finish: () => spool.finish(),
    stop: () => copies.stop(),
  };
}

/** Thousands of files share few. */
type Schemas = Map<string, RecordType>;

/** Throws when the file's columns are not those that were planned. */
function sourceOf(
  { index, key, targets, header: planned }: TransferFile,
  { codec, columns, schema: own, schemaText }: ContainerHeader,
  schemas: Schemas,
): Omit<ScannedFile, 'rows'> {
  checkColumns(columns, planned, key);
  const schema = schemas.get(schemaText) ?? own;
  schemas.set(schemaText, schema);
  return { index, key, schema, targets, codec };
}
