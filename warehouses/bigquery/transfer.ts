import { chunksOf } from '../../src/avro/repack/index.js';
import type { Transfer } from '../../src/warehouse/contract.js';
import { quoteIdentifier } from './quoting.js';
import type { BigQuerySettings } from './settings.js';
import { columnType } from './types.js';

type Described = Pick<BigQuerySettings, 'transfer' | 'loadChunk'>;

/** Files and load jobs of a transfer, as a preview shows them. */
export function describeTransfer(transfer: Omit<Transfer, 'preview'>, settings: Described): string {
  const table = `${quoteIdentifier(transfer.into.schema)}.${quoteIdentifier(transfer.into.name)}`;
  const chunks = chunksOf(transfer.files, Number(settings.loadChunk)).length;
  const bytes = transfer.files.reduce((sum, file) => sum + file.size, 0);
  return [
    `load ${transfer.files.length} Avro files (${bytes} bytes) into ${table}:`,
    `re-packed into ${chunks} Avro containers of one schema, every row with its file and place in it;`,
    ...jobs(chunks, settings),
    'source_format AVRO, use_avro_logical_types true, create_disposition CREATE_NEVER, write_disposition',
    'WRITE_TRUNCATE, schema',
    ...transfer.columns.map((column) => `    ${quoteIdentifier(column.name)} ${columnType(column.type)}`),
    'files:',
    ...transfer.files.map(
      (file) => `  ${file.index}: ${JSON.stringify(file.key).slice(1, -1)} (${file.size} bytes)`,
    ),
  ].join('\n');
}

function jobs(chunks: number, { transfer }: Described): readonly string[] {
  if (transfer.kind === 'gcs') {
    return [
      `written as objects below gs://${transfer.bucket}/${transfer.prefix}, then one load job for all of them:`,
    ];
  }
  if (chunks <= 1) return ['a load job that it is uploaded with:'];
  return [
    'each uploaded with a load job of its own into a table of its own, and one copy job that puts those tables',
    'into the staging table; the load jobs:',
  ];
}
