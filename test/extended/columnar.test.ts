import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Value } from '../../src/schema/values.js';
import type { Cell } from '../stand-ins/avro/apache.js';
import { columnarRows } from '../support/columnar-rows.js';
import {
  Random,
  SCALARS,
  type WrittenType,
  rowBytes,
  schemaOf,
  unionOf,
} from '../support/generate/avro-bytes.js';
import { FILE, container, inChunks } from '../unit/avro/support.js';
import { neededApache } from './apache.js';

/** Types that Apache's library gives as they are written; it wants enum symbols to be names. */
const KINDS = ['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes', 'fixed', 'date', 'micros'];
const ROWS = 36_000;
let values = 0;

const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-columnar-'));
const apache = neededApache('columns were not read');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (values > 0) console.info(`columnar: ${values} values compared with Apache's Avro`);
});

/** Plain, nullable with null first, and nullable with null last. */
const TYPES: readonly WrittenType[] = KINDS.flatMap((kind, n) => {
  const named = (form: string): WrittenType => {
    const type = SCALARS[kind]?.(`T${n}${form}`);
    if (type === undefined) throw new Error(`no type ${kind}`);
    return type;
  };
  return [named('a'), unionOf([named('b')], 0), unionOf([named('c')], 1)];
});

function isSame(value: Value, cell: Cell | undefined): boolean {
  if (typeof value === 'number') {
    const other = cell === 'nan' ? NaN : Number(String(cell).replace('inf', 'Infinity'));
    return Object.is(value, other);
  }
  if (typeof value === 'bigint') return cell === value.toString();
  if (value instanceof Uint8Array) return cell === Buffer.from(value).toString('latin1');
  return cell === value;
}

describe("columns, and Apache's Python library", () => {
  it.each(['null', 'deflate', 'snappy'] as const)(
    '%s: a million values are the same',
    async (codec) => {
      const random = new Random(11);
      const blocks = Array.from({ length: 30 }, () => ({
        rows: ROWS / 30,
        data: rowBytes(TYPES, ROWS / 30, random),
      }));
      const bytes = container(schemaOf(TYPES), blocks, codec);
      const file = path.join(folder, `${codec}.avro`);
      writeFileSync(file, bytes);
      const theirs = await apache().rows('python', file);
      expect(theirs).toHaveLength(ROWS);
      let row = 0;
      for await (const [, ...ours] of columnarRows(inChunks(bytes), { file: FILE })) {
        const found = theirs[row] ?? [];
        ours.forEach((value, field) => {
          if (!isSame(value, found[field]))
            expect({ row, field, value: found[field] }).toEqual({ row, field, value });
        });
        values += ours.length;
        row += 1;
      }
      expect(row).toBe(ROWS);
    },
    300_000,
  );
});
