import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerSchema, repack } from '../../../../src/avro/repack/index.js';
import type { AvroColumn } from '../../../../src/avro/types.js';
import type { Value } from '../../../../src/schema/values.js';
import { rowsOf } from '../support.js';
import { avscRows } from './avsc.js';
import { type Part, open, part, stagedRows } from './support.js';

const FOLDER = path.join(import.meta.dirname, '../../../fixtures/avro');
const FIXTURES = ['types-snappy', 'raw-logical', 'unions', 'nested', 'no-rows', 'empty-blocks'];

async function plainBytes(file: Part): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const { bytes } = repack([file], file.header, { open, codec: 'deflate', encoding: 'plain' });
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What the encoding has to make of a value, by other means than its own. */
function expected(value: Value, column: AvroColumn | undefined): Value {
  if (value === null || column === undefined) return value;
  const { type } = column;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (type.kind === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
  if (type.kind !== 'decimal') return value;
  const digits = String(value)
    .replace('-', '')
    .padStart(type.scale + 1, '0');
  const point = type.scale === 0 ? digits : `${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`;
  return String(value).startsWith('-') ? `-${point}` : point;
}

describe('containers of plain values', () => {
  it.each(FIXTURES)('%s: hold strings, longs, doubles and booleans alone, with every value', async (name) => {
    const file = part(await readFile(path.join(FOLDER, `${name}.avro`)), 7);
    const columns = file.header;
    const bytes = await plainBytes(file);
    const { fields } = JSON.parse(containerSchema(columns, 'plain').json) as { fields: { type: unknown }[] };
    for (const { type } of fields.slice(0, -2))
      expect([
        ['null', 'string'],
        ['null', 'long'],
        ['null', 'double'],
        ['null', 'boolean'],
      ]).toContainEqual(type);
    const rows = (await stagedRows([file], columns)).map((row) =>
      row.map((value, n) => expected(value, columns[n])),
    );
    expect(await rowsOf(bytes)).toStrictEqual(rows);
    expect(await avscRows(bytes, [])).toStrictEqual(rows);
  });
});
