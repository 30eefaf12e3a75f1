import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RepackCodec } from '../../../../src/avro/repack/index.js';
import { STRING } from '../../../../src/schema/logical-types.js';
import type { Value } from '../../../../src/schema/values.js';
import { type SampleFile, sampleFiles } from '../samples.js';
import { FILE, container, recordOf, rowsOf, text } from '../support.js';
import { avscRows } from './avsc.js';
import { type Part, bytesOf, part, stagedRows } from './support.js';

const FOLDER = path.join(import.meta.dirname, '../../../fixtures');
const FIXTURES = [
  'types-null',
  'types-deflate',
  'types-snappy',
  'types-zstandard',
  'raw-logical',
  'unions',
  'nested',
  'no-rows',
  'empty-blocks',
  'zstandard-unsized',
];
const SAMPLE = 'heap-sample/sync_41/pageviews/part-00000-4e011a7d-852a-50f1-93d4-2babb2d87674-c000.avro';

async function fixture(name: string, index = 0): Promise<Part> {
  return part(await readFile(path.join(FOLDER, name)), index);
}

describe('files re-packed', () => {
  const names = [...FIXTURES.map((name) => `avro/${name}.avro`), SAMPLE];

  it.each(names)('%s: have the same rows, read by heapload and by avsc', async (name) => {
    const file = await fixture(name, 7);
    const columns = file.header;
    const expected = await stagedRows([file], columns);
    for (const codec of ['null', 'deflate', 'snappy'] as const) {
      const bytes = await bytesOf([file], columns, codec);
      expect(await rowsOf(bytes)).toStrictEqual(expected);
      expect(await avscRows(bytes, columns)).toStrictEqual(expected);
    }
  });
});

describe('files of one schema re-packed', () => {
  const rows = Buffer.concat([text('a'), text('b'), text('c'), text('d')]);
  const bytes = container(recordOf('string', 'string'), [{ rows: 2, data: rows }]);
  const columns = ['x', 'y'].map((name) => ({ name, type: STRING }));

  it('have their rows, in the columns of each', async () => {
    const targets = [
      [0, 1],
      [1, 0],
      [0, 1],
      [-1, 1],
    ];
    const parts = targets.map((each, n) => part(bytes, n, each, `${n}.avro`));
    const expected = [
      ['a', 'b', 0n, 0n],
      ['c', 'd', 0n, 1n],
      ['b', 'a', 1n, 0n],
      ['d', 'c', 1n, 1n],
      ['a', 'b', 2n, 0n],
      ['c', 'd', 2n, 1n],
      [null, 'b', 3n, 0n],
      [null, 'd', 3n, 1n],
    ];
    expect(await rowsOf(await bytesOf(parts, columns))).toStrictEqual(expected);
  });
});

interface Loaded {
  readonly file: SampleFile;
  /** For each column whether it is loaded. */
  readonly loaded: readonly boolean[];
}

const loads = fc
  .array(fc.record({ file: sampleFiles, loaded: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((files) =>
    fc.record({
      files: fc.constant(files),
      order: fc.shuffledSubarray([...placesOf(files)], { minLength: placesOf(files).length }),
      codec: fc.constantFrom<RepackCodec>('null', 'deflate', 'snappy'),
    }),
  );

/** `file:column` of all columns that are loaded. */
function placesOf(files: readonly Loaded[]): readonly string[] {
  return files.flatMap(({ file, loaded }, n) =>
    part(file.bytes).header.flatMap((_, column) => (loaded[column] === true ? [`${n}:${column}`] : [])),
  );
}

describe('random files re-packed', () => {
  it('have their rows, whatever their columns, in any order, some of them left out', async () => {
    await fc.assert(
      fc.asyncProperty(loads, async ({ files, order, codec }) => {
        const parts = files.map(({ file }, n) => {
          const targets = part(file.bytes).header.map((_, column) => order.indexOf(`${n}:${column}`));
          return part(file.bytes, n * 100, targets, `${n}.avro`);
        });
        const columns = order.map((place) => {
          const [n = 0, column = 0] = place.split(':').map(Number);
          const type = parts[n]?.header[column]?.type;
          if (type === undefined) throw new Error(`no column at ${place}`);
          return { name: `c_${place.replace(':', '_')}`, type };
        });
        const expected = files.flatMap(({ file }, n) =>
          file.rows.map((row, line): readonly Value[] => [
            ...order.map((place) =>
              place.startsWith(`${n}:`) ? (row[Number(place.slice(2))] ?? null) : null,
            ),
            BigInt(n * 100),
            BigInt(line),
          ]),
        );
        const bytes = await bytesOf(parts, columns, codec);
        expect(await rowsOf(bytes, { file: FILE })).toStrictEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
