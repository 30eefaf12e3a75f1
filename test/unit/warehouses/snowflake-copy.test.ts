import type { Column } from 'snowflake-sdk';
import { describe, expect, it } from 'vitest';
import { copiedRows, expectRows } from '../../../warehouses/snowflake/copy-result.js';
import type { Answer } from '../../../warehouses/snowflake/send.js';

/** What COPY answers, one row for each file: name, status, rows parsed and rows loaded. */
function answer(...files: readonly (readonly [string, string, number, number])[]): Answer {
  const column = (name: string, isNumber: boolean): Partial<Column> => ({
    getName: () => name,
    isDate: () => false,
    isBinary: () => false,
    isNumber: () => isNumber,
    getType: () => (isNumber ? 'fixed' : 'text'),
    getScale: () => 0,
  });
  const columns = [
    column('file', false),
    column('status', false),
    column('rows_parsed', true),
    column('rows_loaded', true),
  ] as readonly Column[];
  const rows = files.map(([file, status, parsed, loaded]) => [file, status, `${parsed}`, `${loaded}`]);
  return { columns, rows, changed: 0, place: { warehouse: undefined, database: undefined } };
}

describe('what COPY says', () => {
  it('is believed when every file is loaded with all its rows', () => {
    expect(copiedRows(answer(['a', 'LOADED', 3, 3], ['b', 'LOADED', 0, 0]), 2)).toBe(3);
  });

  it.each([
    ['a file is missing', answer(['a', 'LOADED', 3, 3]), 2, 'COPY loaded 1 of 2 files.'],
    [
      'a file is there twice',
      answer(['a', 'LOADED', 3, 3], ['a', 'LOADED', 3, 3]),
      1,
      'COPY loaded 2 of 1 files.',
    ],
    [
      'a file is loaded in part',
      answer(['a', 'PARTIALLY_LOADED', 3, 2]),
      1,
      'COPY loaded 0 of 1 files. One says: PARTIALLY_LOADED',
    ],
    ['rows are missing', answer(['a', 'LOADED', 3, 2]), 1, 'COPY loaded 2 of 3 rows of a.'],
    [
      'nothing was loaded',
      answer(['', 'Copy executed with 0 files processed.', 0, 0]),
      1,
      'COPY loaded 0 of 1 files.',
    ],
  ])('is not when %s', (_, given, files, message) => {
    expect(() => copiedRows(given, files)).toThrow(message);
  });

  it('is not when a container of more rows was written', () => {
    expect(() => {
      expectRows(2, 3);
    }).toThrow('COPY loaded 2 rows of a container of 3.');
  });
});
