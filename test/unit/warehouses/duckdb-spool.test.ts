import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../support/generate/avro-bytes.js';
import { Spool, type SpooledBlock } from '../../../warehouses/duckdb/spool.js';

const MB = 1024 * 1024;
/** What is written at once. */
const BUFFER = MB / 4;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-spool-test-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function blockOf(length: number, n: number): SpooledBlock {
  return { rows: 2 ** 40 + n, offset: 2 ** 45 + n, packed: Buffer.alloc(length, n % 251) };
}

/** One file of all blocks. */
async function spooled(lengths: readonly number[]): Promise<Spool> {
  const spool = new Spool(folder);
  const writer = spool.open(0);
  for (const [n, length] of lengths.entries()) await writer.add(blockOf(length, n));
  await writer.end(false);
  await spool.finish();
  return spool;
}

/** A spool of one file gives back its blocks, as often as asked. */
async function expectBack(lengths: readonly number[], times = 1): Promise<void> {
  const spool = await spooled(lengths);
  for (let time = 0; time < times; time += 1)
    expectBlocks(
      spool.blocks(() => true),
      lengths,
      0,
    );
  await spool.close();
}

type Blocks = ReturnType<Spool['blocks']>;

/** Blocks are compared as they come: the next one takes their place in memory. */
function expectBlocks(blocks: Blocks, lengths: readonly number[], file: number): void {
  let n = 0;
  for (const { packed, ...found } of blocks) {
    const { packed: expected, ...rest } = blockOf(lengths[n] ?? -1, n);
    expect(found).toEqual({ file, ...rest });
    expect(Buffer.compare(packed ?? Buffer.from('none'), expected)).toBe(0);
    n += 1;
  }
  expect(n).toBe(lengths.length);
}

it('gives back blocks of every length, as often as asked', async () => {
  const lengths = [
    0,
    1,
    5 * MB,
    BUFFER - 24,
    BUFFER,
    BUFFER * 4 - 24,
    13 * MB,
    0,
    BUFFER - 25,
    7,
    BUFFER - 54,
  ];
  await expectBack(lengths, 2);
});

it.each(Array.from({ length: 50 }, (_, n) => n))(
  'goes on %s bytes before the end of a buffer',
  async (free) => {
    const lengths = [BUFFER - 24 - free, 3, 0, 2 * BUFFER, 5];
    await expectBack(lengths);
  },
);

it('gives back thousands of small blocks', async () => {
  const random = new Random(3);
  const lengths = Array.from({ length: 3000 }, () => random.below(5000));
  await expectBack(lengths);
});

it('steps over blocks that are not wanted, whatever their length', async () => {
  const random = new Random(4);
  const lengths = Array.from({ length: 400 }, () => random.below(random.below(30) === 0 ? 9 * MB : 99_999));
  const spool = await spooled(lengths);
  let n = 0;
  const wanted: boolean[] = [];
  const isWanted = (rows: number): boolean => {
    expect(rows).toBe(2 ** 40 + wanted.length);
    wanted.push(random.below(3) === 0);
    return wanted.at(-1) ?? false;
  };
  for (const { packed, file } of spool.blocks(isWanted)) {
    const expected = wanted[n] === true ? blockOf(lengths[n] ?? -1, n).packed : undefined;
    expect(file).toBe(0);
    expect(packed?.length).toBe(expected?.length);
    if (packed !== undefined && expected !== undefined) expect(Buffer.compare(packed, expected)).toBe(0);
    n += 1;
  }
  expect(n).toBe(lengths.length);
  expect(wanted).toHaveLength(lengths.length);
  await spool.close();
});

/** Blocks of file n. */
function lengthsOf(n: number): readonly number[] {
  const random = new Random(n + 1);
  return Array.from({ length: random.below(6) }, () => random.below(n % 5 === 0 ? 3 * MB : 3000));
}

it('keeps files apart that are written at the same time, and reads each as soon as it is there', async () => {
  const random = new Random(5);
  const spool = new Spool(folder);
  const reader = spool.reader();
  const count = 60;
  const open: { n: number; written: number; writer: ReturnType<Spool['open']> }[] = [];
  let opened = 0;
  let read = 0;
  const ended = new Set<number>();
  while (ended.size < count) {
    if (opened < count && open.length < 4) {
      open.push({ n: opened, written: 0, writer: spool.open(opened) });
      opened += 1;
      continue;
    }
    const at = random.below(open.length);
    const file = open[at];
    if (file === undefined) throw new Error('no file is open');
    const length = lengthsOf(file.n)[file.written];
    if (length !== undefined) {
      await file.writer.add(blockOf(length, file.written));
      file.written += 1;
      continue;
    }
    open.splice(at, 1);
    await file.writer.end(true);
    ended.add(file.n);
    for (; ended.has(read); read += 1)
      expectBlocks(
        reader.file(read, () => true),
        lengthsOf(read),
        read,
      );
  }
  expect(read).toBe(count);
  await spool.finish();
  const found = [...spool.blocks(() => false)].map(({ file, rows }) => ({ file, rows }));
  const expected = Array.from({ length: count }, (_, file) =>
    lengthsOf(file).map((length, n) => ({ file, rows: blockOf(length, n).rows })),
  );
  expect(found).toEqual(expected.flat());
  await spool.close();
});

it('keeps nothing that has a name', async () => {
  const spool = await spooled([5 * MB]);
  expect(await readdir(folder)).toEqual([]);
  await spool.close();
});

it('makes its folder, and says what is wrong when it cannot', async () => {
  const spool = new Spool(path.join(folder, 'deep/er'));
  await spool.open(0).end(false);
  await spool.finish();
  expect([...spool.blocks(() => true)]).toEqual([]);
  await spool.close();
  await writeFile(path.join(folder, 'file'), '');
  expect(() => new Spool(path.join(folder, 'file')).open(0)).toThrow(
    'Files cannot be copied beside the database (EEXIST)',
  );
});
