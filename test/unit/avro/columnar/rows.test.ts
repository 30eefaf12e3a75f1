import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  NESTED,
  Random,
  SCALARS,
  longBytes,
  rowBytes,
  schemaOf,
  unionOf,
} from '../../../support/generate/avro-bytes.js';
import { type RawBlock, container, recordOf, text } from '../support.js';
import { compare, referenceRows, someTypes, typeNamed } from './support.js';

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures');
/** Random files; more of them for a longer look. */
const RUNS = Number(process.env['HEAPLOAD_COLUMNAR_RUNS'] ?? 250);
let values = 0;

afterAll(() => {
  console.info(`columnar: ${values} values compared with readRows`);
});

async function avroFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(path.join(FIXTURES, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.avro') && !name.includes('bzip2')).sort();
}

/** The same blocks that `rowBytes` gives for so many rows each. */
function blocksOf(types: Parameters<typeof rowBytes>[0], rows: readonly number[], seed: number): RawBlock[] {
  const random = new Random(seed);
  return rows.map((count) => ({ rows: count, data: rowBytes(types, count, random) }));
}

describe('files that others wrote', () => {
  it.each(['avro', 'heap-sample'])('%s: all fields, some fields, some rows', async (folder) => {
    const files = await avroFiles(folder);
    expect(files.length).toBeGreaterThan(9);
    for (const name of files) {
      const bytes = await readFile(path.join(FIXTURES, folder, name));
      values += await compare(bytes);
      values += await compare(bytes, { wanted: (field) => field % 3 !== 1, first: 2 ** 40 });
      values += await compare(bytes, {
        keep: (place) => place % 3 === 0,
        wanted: (field) => field % 2 === 0,
      });
      values += await compare(bytes, { wanted: () => false });
    }
  });
});

describe('every type', () => {
  const kinds = Object.keys({ ...SCALARS, ...NESTED });

  it.each(kinds)('%s: alone, nullable in either order, wanted and not', async (kind) => {
    const type = typeNamed(kind);
    const forms =
      kind === 'null' ? [type] : [type, unionOf([type], 0), unionOf([type], 1), unionOf([type], -1)];
    for (const form of forms) {
      const types = [typeNamed('long'), form, typeNamed('string')];
      const bytes = container(schemaOf(types), blocksOf(types, [300, 0, 900], 7));
      const compared = await compare(bytes);
      expect(compared).toBe(1200 * 3);
      values += compared;
      values += await compare(bytes, { wanted: (field) => field !== 1 });
      values += await compare(bytes, { keep: (place) => place % 5 > 1 });
    }
  });
});

describe('random files', () => {
  it('are read as by readRows', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        someTypes,
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 7 }),
        async (types, rows, seed, every) => {
          const bytes = container(schemaOf(types), blocksOf(types, rows, seed), 'snappy');
          compared += await compare(bytes);
          compared += await compare(bytes, {
            wanted: (field) => (seed >> (field & 15)) % 2 === 0,
            keep: (place) => place % every === 0,
            first: seed,
          });
        },
      ),
      { numRuns: RUNS },
    );
    values += compared;
    expect(compared).toBeGreaterThan(RUNS * 600);
  });
});

describe('texts', () => {
  const lengths = [0, 1, 11, 12, 13, 63, 64, 255, 256, 257, 8191, 8192, 2 ** 20 - 1, 2 ** 20];

  it.each(lengths)('of %i bytes, before and behind others', async (length) => {
    const whole = 'é€😀'.repeat(Math.floor(length / 9)) + 'x'.repeat(length % 9);
    const row = Buffer.concat([text('before'), text(whole), text('\uFEFFbehind \0'), longBytes(-1)]);
    const schema = recordOf('string', 'string', 'string', 'long');
    const bytes = container(schema, [{ rows: 3, data: Buffer.concat([row, row, row]) }]);
    values += await compare(bytes);
    values += await compare(bytes, { wanted: (field) => field !== 1 });
    values += await compare(bytes, { keep: (place) => place === 1 });
    expect((await referenceRows(bytes))[1]?.[2]).toBe(whole);
  });

  it('fill batches by rows and by their bytes', async () => {
    const sizes: number[] = [];
    const batch = (rows: number): void => {
      sizes.push(rows);
    };
    const long = text('x'.repeat(3 * 1024 * 1024));
    const long7 = { rows: 7, data: Buffer.concat(Array<Buffer>(7).fill(long)) };
    values += await compare(
      container(recordOf('string'), [long7, { rows: 0, data: Buffer.alloc(0) }, long7]),
      {
        batch,
      },
    );
    expect(sizes).toEqual([3, 3, 3, 3, 2]);
    sizes.length = 0;
    const short = { rows: 5000, data: Buffer.concat(Array<Buffer>(5000).fill(text('of seventeen byte'))) };
    values += await compare(container(recordOf('string'), [short, short]), { batch });
    expect(sizes).toEqual([2048, 2048, 2048, 2048, 1808]);
  });

  it('that are not UTF-8 are found in fields and rows that nobody wants', async () => {
    const bad = [
      [0xff],
      [0xc3],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80],
    ];
    const schema = recordOf('string', 'bytes', ['null', 'string'], 'double');
    const double = Buffer.alloc(8, 0xff);
    const good = Buffer.concat([text('é'), text(Uint8Array.of(0xff)), Buffer.of(2), text('ok'), double]);
    for (const bytes of bad) {
      for (const padding of [0, 20, 300]) {
        const damaged = text(Buffer.concat([Buffer.alloc(padding, 'x'), Uint8Array.from(bytes)]));
        const rows = [
          Buffer.concat([damaged, text(''), Buffer.of(0), double]),
          Buffer.concat([text(''), text(''), Buffer.of(2), damaged, double]),
        ];
        for (const row of rows) {
          const file = container(schema, [{ rows: 4, data: Buffer.concat([good, good, row, good]) }]);
          for (const wanted of [() => true, () => false, (n: number) => n === 0, (n: number) => n === 2])
            for (const keep of [() => true, () => false, (n: number) => n !== 2])
              expect(await compare(file, { wanted, keep })).toBe(0);
        }
      }
    }
  });

  it('halves of a letter in texts side by side are no letter', async () => {
    const halves = Buffer.concat([text(Uint8Array.of(0xc3)), text(Uint8Array.of(0xa9))]);
    expect(await compare(container(recordOf('string', 'string'), [{ rows: 1, data: halves }]))).toBe(0);
  });
});

it('hundreds of thousands of values were compared', () => {
  expect(values).toBeGreaterThan(700_000);
});
