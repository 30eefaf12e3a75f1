import { HeaploadError } from '../../src/errors.js';
import type { Answer } from './send.js';
import { plainRow } from './values.js';

/** Checks what COPY says about each file, and gives the rows it loaded. Throws `COUNTS_MISMATCH`. */
export function copiedRows(answer: Answer, files: number): number {
  const results = answer.rows.map((values) => lowerCased(plainRow(answer.columns, values)));
  const loaded = results.filter((row) => String(row['status']).toUpperCase() === 'LOADED');
  if (loaded.length !== files || results.length !== files) {
    const other = results.find((row) => !loaded.includes(row));
    const said = other === undefined ? '' : ` One says: ${String(other['first_error'] ?? other['status'])}`;
    throw mismatch(`COPY loaded ${loaded.length} of ${files} files.${said}`);
  }
  let rows = 0;
  for (const row of loaded) {
    if (row['rows_parsed'] !== row['rows_loaded'])
      throw mismatch(
        `COPY loaded ${String(row['rows_loaded'])} of ${String(row['rows_parsed'])} rows of ${String(row['file'])}.`,
      );
    rows += Number(row['rows_loaded']);
  }
  return rows;
}

/** All rows that were written into a container have to come out of it. */
export function expectRows(copied: number, written: number): void {
  if (copied !== written) throw mismatch(`COPY loaded ${copied} rows of a container of ${written}.`);
}

function lowerCased(row: ReturnType<typeof plainRow>): ReturnType<typeof plainRow> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}

function mismatch(message: string): HeaploadError {
  return new HeaploadError('COUNTS_MISMATCH', message, {
    hint: 'Nothing of this load was committed. Run again; if it happens again, please report it.',
  });
}
