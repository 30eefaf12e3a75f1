import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../support/generate/avro-bytes.js';
import { Spool, type SpooledBlock } from '../../../warehouses/duckdb/spool.js';

const MB = 1024 * 1024;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-spool-test-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function blockOf(length: number, n: number): SpooledBlock {
  return { file: n, rows: 2 ** 40 + n, offset: 2 ** 45 + n, packed: Buffer.alloc(length, n % 251) };
}

async function spooled(lengths: readonly number[]): Promise<Spool> {
  const spool = new Spool(folder);
  for (const [n, length] of lengths.entries()) await spool.add(blockOf(length, n));
  await spool.finish();
  return spool;
}

/** Blocks are compared as they come: the next one takes their place in memory. */
function expectBlocks(spool: Spool, lengths: readonly number[]): void {
  let n = 0;
  for (const { packed, ...found } of spool.blocks(() => true)) {
    const { packed: expected, ...rest } = blockOf(lengths[n] ?? -1, n);
    expect(found).toEqual(rest);
    expect(Buffer.compare(packed ?? Buffer.from('none'), expected)).toBe(0);
    n += 1;
  }
  expect(n).toBe(lengths.length);
}

it('gives back blocks of every length, as often as asked', async () => {
  const lengths = [0, 1, 5 * MB, 4 * MB - 32, 4 * MB, 13 * MB, 0, 4 * MB - 33, 7, 4 * MB - 31 - 39];
  const spool = await spooled(lengths);
  for (let time = 0; time < 2; time += 1) expectBlocks(spool, lengths);
  await spool.close();
});

it('gives back thousands of small blocks, whose heads fall on the ends of buffers', async () => {
  const random = new Random(3);
  const lengths = Array.from({ length: 3000 }, () => random.below(5000));
  const spool = await spooled(lengths);
  expectBlocks(spool, lengths);
  await spool.close();
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
    expect(file).toBe(n);
    expect(packed?.length).toBe(expected?.length);
    if (packed !== undefined && expected !== undefined) expect(Buffer.compare(packed, expected)).toBe(0);
    n += 1;
  }
  expect(n).toBe(lengths.length);
  expect(wanted).toHaveLength(lengths.length);
  await spool.close();
});

it('keeps nothing that has a name', async () => {
  const spool = await spooled([5 * MB]);
  expect(await readdir(folder)).toEqual([]);
  await spool.close();
});

it('makes its folder, and says what is wrong when it cannot', async () => {
  const spool = new Spool(path.join(folder, 'deep/er'));
  await spool.finish();
  expect([...spool.blocks(() => true)]).toEqual([]);
  await spool.close();
  await writeFile(path.join(folder, 'file'), '');
  expect(() => new Spool(path.join(folder, 'file'))).toThrow(
    'Files cannot be copied beside the database (EEXIST)',
  );
});
