import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ByteSource, LocalFile } from '../../../src/avro/types.js';
import { Spool } from '../../../warehouses/duckdb/spool.js';
import { Random } from '../../support/generate/avro-bytes.js';

const MB = 1024 * 1024;
const NEVER = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-spool-test-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The bytes of file n, none like those of another. */
function bytesOf(n: number): Buffer {
  const random = new Random(n + 1);
  const words = Uint32Array.from(
    { length: random.below(n % 7 === 0 ? MB : 900) },
    (_, at) => at * 2654435761 + n,
  );
  return Buffer.from(words.buffer);
}

/** The bytes in chunks of many lengths, each as late as chance wants; chunks are used again when the next is asked for. */
async function* arriving(bytes: Uint8Array, random: Random): ByteSource {
  for (let at = 0; at < bytes.length;) {
    for (let turns = random.below(3); turns > 0; turns -= 1) await new Promise(setImmediate);
    const chunk = Buffer.from(
      bytes.subarray(at, at + random.below(random.below(4) === 0 ? 300_000 : 90_000)),
    );
    yield chunk;
    at += chunk.length;
    chunk.fill(0);
  }
}

function expectSame(copy: LocalFile | undefined, bytes: Buffer): void {
  const found = Buffer.alloc(copy?.size ?? 0);
  copy?.read(found, 0);
  expect(found.equals(bytes)).toBe(true);
}

it('copies files side by side, each of which can be read, anywhere and again, while others arrive', async () => {
  const spool = new Spool(folder);
  const random = new Random(5);
  const copies: LocalFile[] = [];
  const count = 80;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const bytes = bytesOf(n);
      const copy = await spool.copy(arriving(bytes, random), NEVER);
      expectSame(copy, bytes);
      copies[n] = copy;
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  for (let n = 0; n < count; n += 1) {
    const bytes = bytesOf(n);
    expectSame(copies[n], bytes);
    const from = random.below(bytes.length);
    const part = Buffer.alloc(random.below(bytes.length - from));
    copies[n]?.read(part, from);
    expect(part.equals(bytes.subarray(from, from + part.length))).toBe(true);
  }
  expect(await readdir(folder)).toEqual([]);
  spool.close();
});

it('keeps what fails away from what comes after', async () => {
  const spool = new Spool(folder);
  const random = new Random(6);
  const breaking = async function* (): ByteSource {
    yield* arriving(bytesOf(1), random);
    throw new Error('it breaks');
  };
  await expect(spool.copy(breaking(), NEVER)).rejects.toThrow('it breaks');
  expectSame(await spool.copy(arriving(bytesOf(2), random), NEVER), bytesOf(2));
  spool.close();
});

it('stops between two pieces of a file, and closes its source', async () => {
  const spool = new Spool(folder);
  const controller = new AbortController();
  let given = 0;
  let isClosed = false;
  const endless = async function* (): ByteSource {
    try {
      for (;;) {
        await new Promise(setImmediate);
        given += 1;
        if (given === 3) controller.abort();
        yield Buffer.from('more');
      }
    } finally {
      isClosed = true;
    }
  };
  await expect(spool.copy(endless(), controller.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(given).toBe(3);
  expect(isClosed).toBe(true);
  spool.close();
});

it('makes its folder, and says what is wrong when it cannot', async () => {
  const spool = new Spool(path.join(folder, 'deep/er'));
  expectSame(await spool.copy(arriving(Buffer.alloc(0), new Random(7)), NEVER), Buffer.alloc(0));
  spool.close();
  await writeFile(path.join(folder, 'file'), '');
  await expect(
    new Spool(path.join(folder, 'file')).copy(arriving(bytesOf(1), new Random(8)), NEVER),
  ).rejects.toMatchObject({
    code: 'WAREHOUSE_UNAVAILABLE',
    message: 'Files cannot be copied beside the database (EEXIST).',
  });
});
