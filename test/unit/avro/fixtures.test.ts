import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../src/avro/header.js';
import type { Value } from '../../../src/schema/values.js';
import { FILE, columnNames, errorOf, rowsOf } from './support.js';

const FOLDER = path.join(import.meta.dirname, '../../fixtures/avro');

type Cell = string | boolean | null;

interface Expected {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Cell[])[];
}

const DOUBLES: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function valueOf(cell: Cell, type: string): Value {
  if (typeof cell !== 'string') return cell;
  if (type === 'string' || type === 'json') return cell;
  if (type === 'float64') return DOUBLES[cell] ?? Number(cell);
  if (type === 'bytes') return new Uint8Array(Buffer.from(cell, 'base64'));
  return BigInt(cell);
}

const FIXTURES: readonly (readonly [file: string, expected: string])[] = [
  ['types-null', 'types'],
  ['types-deflate', 'types'],
  ['types-snappy', 'types'],
  ['types-zstandard', 'types'],
  ['raw-logical', 'raw-logical'],
  ['unions', 'unions'],
  ['nested', 'nested'],
  ['no-rows', 'no-rows'],
  ['empty-blocks', 'empty-blocks'],
];

describe('files written by Apache Avro for Python', () => {
  it.each(FIXTURES)('%s', async (file, expectedName) => {
    const { columns, rows } = JSON.parse(
      await readFile(path.join(FOLDER, `${expectedName}.json`), 'utf8'),
    ) as Expected;
    const name = path.join(FOLDER, `${file}.avro`);
    const header = parseHeader(await readFile(name), { complete: true, file: FILE });
    expect(columnNames(header?.columns ?? [])).toEqual(
      columns.map((column) => `${column.name} ${column.type}`),
    );
    const found = await rowsOf(createReadStream(name, { highWaterMark: 1000 }));
    expect(found).toHaveLength(rows.length);
    found.forEach((row, n) => {
      const wanted = rows[n]?.map((cell, place) => valueOf(cell, columns[place]?.type ?? ''));
      expect(row, `row ${n}`).toStrictEqual(wanted);
    });
  });

  it('zstandard frames without their size', async () => {
    const found = await rowsOf(createReadStream(path.join(FOLDER, 'zstandard-unsized.avro')));
    expect(found).toEqual(Array.from({ length: 60 }, (_, n) => ['ab'.repeat(5000), BigInt(n)]));
  });

  it('refuses bzip2 by its name, at the byte where the header names it', async () => {
    const bytes = await readFile(path.join(FOLDER, 'types-bzip2.avro'));
    const error = await errorOf(rowsOf(bytes));
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.message).toContain('compressed with bzip2, which heapload does not support');
    expect(error.place.offset).toBe(bytes.indexOf('bzip2'));
    expect(error.hint).toContain('null, deflate, snappy, zstandard');
  });
});
