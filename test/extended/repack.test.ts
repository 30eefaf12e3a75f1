import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RepackCodec, RepackColumn } from '../../src/avro/repack/index.js';
import { doubleText } from '../../src/avro/scalar-text.js';
import type { Value } from '../../src/schema/values.js';
import type { Cell, Reader } from '../stand-ins/avro/apache.js';
import { type Part, bytesOf, part, stagedRows } from '../unit/avro/repack/support.js';
import { neededApache } from './apache.js';
import { sampleFiles } from '../unit/avro/samples.js';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const FILES = ['types-snappy', 'raw-logical', 'unions', 'nested', 'no-rows', 'empty-blocks'].map(
  (name) => `avro/${name}.avro`,
);
const PAGEVIEWS = 'heap-sample/sync_41/pageviews';
const CODECS = ['null', 'deflate', 'snappy'] as const;
const READERS = ['python', 'c'] as const;

const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-repack-'));
const apache = neededApache('containers were not read');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fixture(name: string, index: number): Part {
  return part(readFileSync(path.join(FIXTURES, name)), index);
}

/** avrocat writes JSON, which has no NaN and no plain bytes: for it such columns are not loaded. */
function readable(
  reader: Reader,
  file: Part,
): { readonly file: Part; readonly columns: readonly RepackColumn[] } {
  const isReadable = ({ type }: RepackColumn): boolean =>
    reader !== 'c' || !['float64', 'bytes', 'decimal'].includes(type.kind);
  const columns = file.header.filter(isReadable);
  return { file: { ...file, targets: file.header.map((column) => columns.indexOf(column)) }, columns };
}

function cellOf(value: Value): Cell {
  if (typeof value === 'number') return doubleText(value);
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}

/** A decimal's bytes, the fewest that hold it, as text. */
function decimalCell(value: bigint): Cell {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length += 1;
  const hex = BigInt.asUintN(8 * length, value).toString(16);
  return Buffer.from(hex.padStart(2 * length, '0'), 'hex').toString('latin1');
}

/** As much of a text as avrocat prints. */
function upToZero(cell: Cell): Cell {
  return typeof cell === 'string' ? (cell.split('\0')[0] ?? '') : cell;
}

async function expectSame(
  reader: Reader,
  files: readonly Part[],
  columns: readonly RepackColumn[],
  codec: RepackCodec,
): Promise<void> {
  const file = path.join(folder, 'repacked.avro');
  writeFileSync(file, await bytesOf(files, columns, codec));
  const rows = await stagedRows(files, columns);
  const expected = rows.map((row) =>
    row.map((value, place) =>
      columns[place]?.type.kind === 'decimal' && typeof value === 'bigint'
        ? decimalCell(value)
        : cellOf(value),
    ),
  );
  const seen = reader === 'c' ? expected.map((row) => row.map(upToZero)) : expected;
  expect(await apache().rows(reader, file)).toEqual(seen);
}

describe.each(READERS)("Apache's reader for %s", (reader) => {
  it.each(FILES)('reads %s as heapload does', async (name) => {
    const whole = fixture(name, 3);
    for (const codec of CODECS) {
      const { file, columns } = readable(reader, whole);
      await expectSame(reader, [file], columns, codec);
    }
  });

  it.each(CODECS)('reads all files of a load, %s', async (codec) => {
    const names = readdirSync(path.join(FIXTURES, PAGEVIEWS)).filter((name) => name.endsWith('.avro'));
    const parts = names.map((name, index) => fixture(`${PAGEVIEWS}/${name}`, index));
    await expectSame(reader, parts, parts[0]?.header ?? [], codec);
  });
});

describe("Apache's reader for python", () => {
  it('reads random files', async () => {
    await fc.assert(
      fc.asyncProperty(sampleFiles, fc.constantFrom(...CODECS), async ({ bytes }, codec) => {
        const file = part(bytes);
        await expectSame('python', [file], file.header, codec);
      }),
      { numRuns: 60 },
    );
  });
});
