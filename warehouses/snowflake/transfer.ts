import type { Transfer } from '../../src/warehouse/contract.js';
import { quoteIdentifier } from './quoting.js';
import { columnType } from './types.js';

/** Files, PUT and COPY of a transfer, as a preview shows them. */
export function describeTransfer(transfer: Omit<Transfer, 'preview'>): string {
  const table = `${quoteIdentifier(transfer.into.schema)}.${quoteIdentifier(transfer.into.name)}`;
  const bytes = transfer.files.reduce((sum, file) => sum + file.size, 0);
  return [
    `load ${transfer.files.length} Avro files (${bytes} bytes) into ${table}:`,
    'PUT to the stage with auto_compress = false, every row with its file and place in it; then',
    'COPY INTO with file_format = (type = avro), on_error = abort_statement, force = true, purge = true, columns',
    ...transfer.columns.map((column) => `    ${quoteIdentifier(column.name)} ${columnType(column.type)}`),
    'files:',
    ...transfer.files.map(
      (file) => `  ${file.index}: ${JSON.stringify(file.key).slice(1, -1)} (${file.size} bytes)`,
    ),
  ].join('\n');
}
