import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decompress } from 'fzstd';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AvroRecordSchema,
  type DumpSpec,
  avroFile,
  dumpObjects,
  writeDump,
} from '../../support/dump-writer.js';
import { readWithAvsc } from '../../support/read-avro.js';

const SCHEMA: AvroRecordSchema = {
  type: 'record',
  name: 'topLevelRecord',
  fields: [
    { name: 'event_id', type: ['null', 'long'] },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
    { name: 'price', type: [{ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }, 'null'] },
    { name: 'size', type: ['null', 'int'] },
    { name: 'mixed', type: ['null', 'long', 'double', 'string', 'boolean'] },
    { name: 'tags', type: ['null', { type: 'array', items: 'long' }] },
    { name: 'kind', type: ['null', { type: 'enum', name: 'Kind', symbols: ['A', 'B'] }] },
    { name: 'hash', type: ['null', { type: 'fixed', name: 'Hash', size: 2 }] },
    {
      name: 'nested',
      type: ['null', { type: 'record', name: 'Nested', fields: [{ name: 'n', type: 'long' }] }],
    },
    { name: 'counts', type: { type: 'map', values: 'long' } },
  ],
};

const BIG = 2n ** 63n - 1n;
const ROWS = [
  {
    event_id: BIG,
    at: 1_740_787_200_000_001n,
    price: Uint8Array.of(0xff, 0x85),
    size: 7n,
    mixed: 1.5,
    tags: [1n, -(2n ** 63n)],
    kind: 'B',
    hash: Uint8Array.of(1, 2),
    nested: { n: 2n ** 53n + 1n },
    counts: { a: 1 },
  },
  { event_id: 5, mixed: 'text', counts: {} },
  { mixed: 5n, counts: {} },
  { mixed: true, counts: {} },
];

describe('avroFile', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'heapload-writer-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it.each(['null', 'deflate', 'snappy'] as const)('%s: avsc reads back what was written', async (codec) => {
    const file = path.join(root, 'a.avro');
    await writeFile(file, avroFile({ schema: SCHEMA, rows: ROWS, codec, rowsPerBlock: 3 }));
    const read = await readWithAvsc(file);
    expect(read.schema).toEqual(SCHEMA);
    expect(read.codec).toBe(codec);
    expect(read.rows.map((row) => row['event_id'])).toEqual([{ long: BIG }, { long: 5n }, null, null]);
    expect(read.rows.map((row) => row['mixed'])).toEqual([
      { double: 1.5 },
      { string: 'text' },
      { long: 5n },
      { boolean: true },
    ]);
    expect(read.rows[0]).toMatchObject({
      at: { long: 1_740_787_200_000_001n },
      price: { bytes: Buffer.of(0xff, 0x85) },
      size: { int: 7 },
      tags: { array: [1n, -(2n ** 63n)] },
      kind: { Kind: 'B' },
      hash: { Hash: Buffer.of(1, 2) },
      nested: { Nested: { n: 2n ** 53n + 1n } },
      counts: { a: 1n },
    });
  });

  it('zstandard: its frame holds the bytes of the uncompressed block, also beyond one frame block', () => {
    const rows = Array.from({ length: 40 }, (_, n) => ({ mixed: `${n} `.repeat(5000), counts: {} }));
    const plain = avroFile({ schema: SCHEMA, rows, codec: 'null' });
    const packed = avroFile({ schema: SCHEMA, rows, codec: 'zstandard' });
    const frame = packed.subarray(packed.indexOf(Buffer.of(0x28, 0xb5, 0x2f, 0xfd)), -16);
    const block = Buffer.from(decompress(frame));
    expect(block.length).toBeGreaterThan(300_000);
    expect(plain.subarray(-16 - block.length, -16).equals(block)).toBe(true);
  });

  it('a file without rows is a header and its marker', async () => {
    const file = path.join(root, 'empty.avro');
    await writeFile(file, avroFile({ schema: SCHEMA, rows: [] }));
    expect((await readWithAvsc(file)).rows).toEqual([]);
  });

  it('the same content gives the same bytes, other content another marker', () => {
    const bytes = (rows: typeof ROWS) => avroFile({ schema: SCHEMA, rows });
    expect(bytes(ROWS).equals(bytes(ROWS))).toBe(true);
    expect(bytes(ROWS).subarray(-16)).not.toEqual(bytes(ROWS.slice(1)).subarray(-16));
  });

  it.each([
    ['a long beyond 64 bits', { event_id: 2n ** 63n, counts: {} }],
    ['a missing value that cannot be null', { event_id: 1n }],
    ['a value no branch takes', { kind: 'C', counts: {} }],
  ])('refuses %s', (_, row) => {
    expect(() => avroFile({ schema: SCHEMA, rows: [row] })).toThrow();
  });

  const dump: DumpSpec = {
    dumpId: 2n ** 53n + 1n,
    prefix: 'copies/',
    bucket: 'b',
    tables: [
      { name: 'users', incremental: true, files: [] },
      {
        name: 'clicks',
        incremental: false,
        files: [
          { schema: SCHEMA, rows: ROWS },
          { schema: SCHEMA, rows: ROWS, name: 'x.avro' },
        ],
      },
    ],
    propertyDefinitions: [],
  };

  it('writes data first and the manifest last, with every digit of the id', async () => {
    const keys = await writeDump(root, dump);
    const folder = 'copies/sync_9007199254740993';
    expect(keys).toEqual([
      expect.stringMatching(new RegExp(`^${folder}/clicks/part-00000-[0-9a-f-]{36}-c000\\.avro$`)),
      `${folder}/clicks/x.avro`,
      `${folder}/property_definitions.json`,
      'copies/manifests/sync_9007199254740993.json',
    ]);
    const text = await readFile(path.join(root, keys.at(-1) ?? ''), 'utf8');
    expect(text).toMatch(/^\{"dump_id":9007199254740993,/);
    expect(JSON.parse(text)).toMatchObject({
      property_definitions: `s3://b/${folder}/property_definitions.json`,
      tables: [
        { name: 'users', files: [], columns: [], incremental: true },
        {
          name: 'clicks',
          files: keys.slice(0, 2).map((key) => `s3://b/${key}`),
          columns: SCHEMA.fields.map((field) => field.name),
          incremental: false,
        },
      ],
    });
  });

  it('an unfinished dump has no manifest', () => {
    const keys = dumpObjects({ ...dump, finished: false }).map((object) => object.key);
    expect(keys).toHaveLength(3);
    expect(keys.filter((key) => key.includes('manifests/'))).toEqual([]);
  });
});
