import type { Transfer } from '../../src/warehouse/contract.js';
import { quoteIdentifier } from './quoting.js';
import { columnType } from './types.js';

/** Files and load job of a transfer, as a preview shows them. */
export function describeTransfer(transfer: Omit<Transfer, 'preview'>): string {
  const table = `${quoteIdentifier(transfer.into.schema)}.${quoteIdentifier(transfer.into.name)}`;
  const schemas = new Set(transfer.files.map((file) => JSON.stringify([file.header, file.targets]))).size;
  const bytes = transfer.files.reduce((sum, file) => sum + file.size, 0);
  return [
    `load ${transfer.files.length} Avro files (${bytes} bytes) into ${table}:`,
    `re-packed into ${schemas} Avro containers, one for each schema, every row with its file and place in it;`,
    `a load job for each: source_format AVRO, use_avro_logical_types true, create_disposition CREATE_NEVER,`,
    `write_disposition WRITE_APPEND, schema`,
    ...transfer.columns.map((column) => `    ${quoteIdentifier(column.name)} ${columnType(column.type)}`),
    'files:',
    ...transfer.files.map(
      (file) => `  ${file.index}: ${JSON.stringify(file.key).slice(1, -1)} (${file.size} bytes)`,
    ),
  ].join('\n');
}
