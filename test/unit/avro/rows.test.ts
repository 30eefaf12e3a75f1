import { describe, expect, it } from 'vitest';
import { readRows } from '../../../src/avro/rows.js';
import type { RowBatch } from '../../../src/avro/types.js';
import type { Value } from '../../../src/schema/values.js';
import { FILE, container, errorOf, inChunks, long, oneRow, recordOf, rowsOf, text } from './support.js';

const LONGS = recordOf('long');

function longs(from: number, to: number): { rows: number; data: Buffer } {
  const rows = Array.from({ length: to - from }, (_, n) => long(from + n));
  return { rows: rows.length, data: Buffer.concat(rows) };
}

async function batchesOf(bytes: Uint8Array, batchRows?: number): Promise<RowBatch[]> {
  const batches: RowBatch[] = [];
  const options = { file: FILE, ...(batchRows === undefined ? {} : { batchRows }) };
  for await (const batch of readRows(inChunks(bytes), options)) batches.push(batch);
  return batches;
}

async function valueOf(type: unknown, ...parts: readonly Uint8Array[]): Promise<Value | undefined> {
  return (await rowsOf(oneRow(recordOf(type), ...parts)))[0]?.[0];
}

describe('batches', () => {
  it('have at most the rows asked for and reach over blocks', async () => {
    const bytes = container(LONGS, [longs(0, 3), longs(3, 4), longs(4, 11)]);
    const batches = await batchesOf(bytes, 4);
    expect(batches.map((batch) => batch.rows)).toEqual([4, 4, 3]);
    expect(batches.flatMap((batch) => batch.columns[0] ?? [])).toEqual(
      Array.from({ length: 11 }, (_, n) => BigInt(n)),
    );
  });

  it('end early when rows are long', async () => {
    const row = text('x'.repeat(3 * 1024 * 1024));
    const bytes = container(recordOf('string'), [
      { rows: 7, data: Buffer.concat(Array<Buffer>(7).fill(row)) },
    ]);
    expect((await batchesOf(bytes)).map((batch) => batch.rows)).toEqual([3, 3, 1]);
  });

  it('end early when few bytes become much JSON', async () => {
    const name = 'n'.repeat(900 * 1024);
    const wide = { type: 'record', name: 'W', fields: [{ name, type: 'null' }] };
    const bytes = container(recordOf(wide, 'int'), [{ rows: 15, data: Buffer.alloc(15) }]);
    expect((await batchesOf(bytes)).map((batch) => batch.rows)).toEqual([10, 5]);
  });

  it('come without values from records without fields', async () => {
    const bytes = container(recordOf(), [{ rows: 5, data: Buffer.alloc(0) }]);
    expect(await batchesOf(bytes)).toEqual([{ rows: 5, columns: [] }]);
  });
});

describe('expected columns', () => {
  const bytes = container(recordOf('long', 'string'), []);
  const same = [
    { name: 'c0', type: { kind: 'int64' } },
    { name: 'c1', type: { kind: 'string' } },
  ] as const;

  it('may be as expected', async () => {
    expect(await rowsOf(bytes, { expected: same })).toEqual([]);
  });

  it.each([
    [[same[0]], 'Column 2 of the file is "c1" of type string; when the load was planned it was not there.'],
    [
      [...same, same[0]],
      'Column 3 of the file is not there; when the load was planned it was "c0" of type int64.',
    ],
    [[same[1], same[0]], 'Column 1 of the file is "c0" of type int64; when the load was planned it was "c1"'],
    [[{ ...same[0], name: 'C0' }, same[1]], 'it was "C0" of type int64.'],
    [
      [same[0], { name: 'c1', type: { kind: 'decimal', precision: 5, scale: 1 } as const }],
      'of type decimal(5,1).',
    ],
  ])('%#: a difference is SOURCE_CHANGED', async (expected, message) => {
    const error = await errorOf(rowsOf(bytes, { expected }));
    expect(error.code).toBe('SOURCE_CHANGED');
    expect(error.message).toContain(message);
    expect(error.place.file).toBe(FILE);
  });
});

describe('values', () => {
  it('keeps bytes apart from the block they came from', async () => {
    const file = oneRow(recordOf('bytes'), text(Uint8Array.of(1, 2, 3)));
    const [batch] = await batchesOf(file);
    const value = batch?.columns[0]?.[0];
    file.fill(0);
    expect(value).toStrictEqual(Uint8Array.of(1, 2, 3));
  });

  it('reads all forms of 64 bits', async () => {
    for (let shift = 0n; shift < 63n; shift += 1n)
      for (const value of [1n << shift, -(1n << shift), (1n << shift) - 1n, -(1n << shift) - 1n])
        expect(await valueOf('long', long(value))).toBe(value);
    expect(await valueOf('long', Buffer.from([0x82, 0x80, 0x80, 0x00]))).toBe(1n);
  });

  it('reads decimals of any length that fit', async () => {
    const type = { type: 'bytes', logicalType: 'decimal', precision: 3, scale: 1 };
    const of = (...bytes: number[]) => valueOf(type, text(Uint8Array.from(bytes)));
    expect(await of()).toBe(0n);
    expect(await of(0x80)).toBe(-128n);
    expect(await of(0x03, 0xe7)).toBe(999n);
    expect(await of(0, 0, 0, 0, 0, 0, 0x03, 0xe7)).toBe(999n);
    expect(await of(0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x19)).toBe(-999n);
    for (const bytes of [
      [0x03, 0xe8],
      [0xfc, 0x18],
      [1, 0, 0, 0, 0],
      [0xff, 0, 0, 0, 0, 0x03],
    ])
      expect((await errorOf(of(...bytes))).message).toContain('more than its 3 digits');
  });

  it('takes milliseconds as far as microseconds reach', async () => {
    const type = { type: 'long', logicalType: 'timestamp-millis' };
    const most = (2n ** 63n - 1n) / 1000n;
    expect(await valueOf(type, long(most))).toBe(most * 1000n);
    expect(await valueOf(type, long(-most))).toBe(-most * 1000n);
    expect((await errorOf(valueOf(type, long(most + 1n)))).message).toContain('does not fit into 64 bits');
  });

  it('lets the last of equal map keys win, as a map does', async () => {
    const entries = [text('a'), long(1), text('b'), long(2), text('a'), long(3)];
    const type = { type: 'map', values: 'long' };
    expect(await valueOf(type, long(3), ...entries, long(0))).toBe('{"a":3,"b":2}');
  });

  it('reads arrays in parts with and without their size', async () => {
    const type = { type: 'array', items: 'int' };
    const parts = [long(2), long(1), long(2), long(-1), long(1), long(3), long(0)];
    expect(await valueOf(type, ...parts)).toBe('[1,2,3]');
  });
});

describe('damage in rows', () => {
  const schema = recordOf('long', ['null', 'string']);

  it('names block, row, column and the byte of the data', async () => {
    const good = { rows: 2, data: Buffer.concat([long(1), long(0), long(2), long(1), text('two')]) };
    const bad = {
      rows: 2,
      data: Buffer.concat([long(3), long(0), long(4), long(1), text(Uint8Array.of(0x61, 0xff))]),
    };
    const error = await errorOf(rowsOf(container(schema, [good, bad])));
    const offset = container(schema, [good]).length;
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.place).toEqual({ file: FILE, offset });
    expect(error.message).toBe(
      `The block at byte ${offset} cannot be decoded at row 3 of the file (counted from 0), column "c1": the text is not valid UTF-8 (byte 4 of the block's data).`,
    );
  });

  it.each<[string, unknown, Uint8Array, string]>([
    ['an overlong surrogate', 'string', text(Uint8Array.of(0xed, 0xa0, 0x80)), 'not valid UTF-8'],
    [
      'a map key',
      { type: 'map', values: 'null' },
      Buffer.concat([long(1), text(Uint8Array.of(0xc0)), long(0)]),
      'UTF-8',
    ],
    ['a boolean of 2', 'boolean', Buffer.from([2]), 'a boolean has the byte 2'],
    ['an int of 33 bits', 'int', long(2 ** 31), 'an int has the value 2147483648'],
    ['a long of 65 bits', 'long', Buffer.from([...Array<number>(9).fill(0xff), 2]), 'more than 64 bits'],
    ['a branch too many', ['null', 'int'], long(2), 'branch 2 of 2'],
    ['a negative branch', ['null', 'int'], long(-1), 'branch -1 of 2'],
    ['a symbol too many', { type: 'enum', name: 'E', symbols: ['A'] }, long(1), 'symbol 1 of 1'],
    ['a negative length', 'string', long(-1), 'declares a length of -1'],
    [
      'a string of 2^40 bytes',
      'string',
      long(2 ** 40),
      '1099511627776 bytes should follow, but only 0 are left',
    ],
    ['bytes of 2^62 bytes', 'bytes', long(2n ** 62n), 'declares a length of 4611686018427387904 bytes'],
    [
      'a fixed of 2^40 bytes',
      { type: 'fixed', name: 'F', size: 2 ** 40 },
      Buffer.alloc(9),
      'more than its 9 bytes',
    ],
    [
      'a double cut off',
      ['double', 'null'],
      Buffer.concat([long(0), Buffer.alloc(7)]),
      '8 bytes should follow',
    ],
    ['2^40 items', { type: 'array', items: 'int' }, long(2 ** 40), '1099511627776 items should follow'],
    [
      '-2^63 items',
      { type: 'array', items: 'int' },
      Buffer.concat([long(-(2n ** 63n)), long(1)]),
      'items should',
    ],
    ['2^62 nulls', { type: 'array', items: 'null' }, long(2n ** 62n), 'characters of JSON'],
    ['2^40 entries', { type: 'map', values: 'null' }, long(2 ** 40), 'items should follow'],
    ['bytes after the rows', 'int', Buffer.from([2, 2, 2]), 'has 2 bytes after its 1 rows'],
  ])('%s', async (_what, type, data, message) => {
    const file = oneRow(recordOf(type), data);
    const error = await errorOf(rowsOf(file));
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.message).toContain(message);
    expect(error.place).toEqual({ file: FILE, offset: container(recordOf(type), []).length });
  });

  it.each([
    [LONGS, 2 ** 40, 'declares 1099511627776 rows, more than its 2 bytes can hold'],
    [recordOf('null'), 2 ** 50, 'declares 1125899906842624 rows, more than'],
  ])('more rows than a block can hold', async (type, rows, message) => {
    const error = await errorOf(rowsOf(container(type, [{ rows, data: Buffer.from([0, 0]) }])));
    expect(error.message).toContain(message);
  });

  const node = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };

  it('ends values that nest without end', async () => {
    const deep = (levels: number) => valueOf(node, Buffer.alloc(levels, 2), Buffer.alloc(1));
    expect(await deep(2)).toBe('{"next":{"next":{"next":null}}}');
    expect(await deep(499)).toHaveLength(499 * 9 + 13);
    expect((await errorOf(deep(100_000))).message).toContain('nested more than 500 levels');
    const endless = { type: 'record', name: 'E', fields: [{ name: 'e', type: 'E' }] };
    expect((await errorOf(valueOf(endless))).message).toContain('nested more than 500 levels');
  });

  it('is not led into exponential work by records that name one another', async () => {
    const last = { type: 'record', name: 'N0', fields: [{ name: 'x', type: 'null' }] };
    const types = Array.from({ length: 60 }, (_, n) => ({
      type: 'record',
      name: `N${n + 1}`,
      fields: [
        { name: 'a', type: `N${n}` },
        { name: 'b', type: `N${n}` },
      ],
    }));
    const unused = [last, ...types].map((type) => ['int', type]);
    expect(await rowsOf(container(recordOf(...unused), []))).toEqual([]);
    const row = oneRow(recordOf(...unused), Buffer.alloc(2 * 60), long(1));
    expect((await errorOf(rowsOf(row))).message).toMatch(/characters of JSON/);
  });
});

describe('leaving', () => {
  it('is told by the signal between batches', async () => {
    const controller = new AbortController();
    const bytes = container(LONGS, [longs(0, 10)]);
    const rows = readRows(inChunks(bytes), { file: FILE, batchRows: 2, signal: controller.signal });
    expect((await rows.next()).value).toMatchObject({ rows: 2 });
    controller.abort();
    expect((await errorOf(rows.next())).code).toBe('INTERRUPTED');
  });

  it('closes the source', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* inChunks(container(LONGS, [longs(0, 10), longs(10, 20)]), 5);
      } finally {
        closed = true;
      }
    }
    for await (const batch of readRows(source(), { file: FILE, batchRows: 2 })) {
      expect(batch.rows).toBe(2);
      break;
    }
    expect(closed).toBe(true);
  });
});
