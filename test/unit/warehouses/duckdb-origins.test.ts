import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalFile } from '../../../src/avro/types.js';
import type { ExecuteOptions, TransferFile } from '../../../src/warehouse/contract.js';
import { type Origin, originOf } from '../../../warehouses/duckdb/origins.js';
import { inChunks } from '../avro/support.js';

const COUNT = 9;
/** So many files are fetched at the same time. */
const WIDTH = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-origins-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function bytesOf(n: number): Buffer {
  return Buffer.from(`file ${n} `.repeat(30 + ((n * 7) % 50)));
}

const FILES = Array.from({ length: COUNT }, (_, n): TransferFile => {
  const key = `sync_1/users/part-${n}.avro`;
  return { index: n, key, etag: `${n}`, size: bytesOf(n).length, header: [], targets: [] };
});

/** A bucket that counts who reads from it, and serves first whoever has asked last. */
class Bucket {
  reading = 0;
  most = 0;
  readonly opened: number[] = [];
  /** The file whose last bytes do not come. */
  breaks: number | undefined;
  #waiting: (() => void)[] = [];

  async *open(n: number, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.opened.push(n);
    this.reading += 1;
    this.most = Math.max(this.most, this.reading);
    try {
      for await (const chunk of inChunks(bytes, 40)) {
        await this.#turn();
        yield chunk;
      }
      if (n === this.breaks) throw new Error(`file ${n} breaks`);
    } finally {
      this.reading -= 1;
    }
  }

  async #turn(): Promise<void> {
    await new Promise<void>((go) => {
      this.#waiting.push(go);
      setImmediate(() => {
        this.#waiting.pop()?.();
      });
    });
  }
}

function openOrigin(bytes: (n: number) => Buffer = bytesOf): { bucket: Bucket; origin: Origin } {
  const bucket = new Bucket();
  const options: ExecuteOptions = {
    parameters: {},
    purpose: { runId: 'run' },
    signal: new AbortController().signal,
    open: ({ index }) => bucket.open(index, bytes(index)),
  };
  return { bucket, origin: originOf(FILES, folder, options) };
}

describe('files of a bucket', () => {
  it('are copied side by side, and found in their order, byte for byte', async () => {
    const { bucket, origin } = openOrigin();
    const found: LocalFile[] = [];
    for (const _file of FILES) found.push(await origin.next());
    await origin.stop();
    expect(bucket.most).toBe(WIDTH);
    expect(bucket.opened).toEqual(FILES.map((_, n) => n));
    for (const [n, copy] of found.entries()) {
      const bytes = Buffer.alloc(copy.size);
      copy.read(bytes, 0);
      expect(bytes.equals(bytesOf(n))).toBe(true);
    }
    origin.close();
  });

  it('of two that fail the first is told, when its turn comes, and nothing is read any more', async () => {
    const { bucket, origin } = openOrigin((n) => {
      // The later of the two fails first.
      if (n === 4) throw new Error('file 4');
      return bytesOf(n);
    });
    bucket.breaks = 3;
    for (const _file of FILES.slice(0, 3)) await origin.next();
    await expect(origin.next()).rejects.toThrow('file 3 breaks');
    await origin.stop();
    expect(bucket.reading).toBe(0);
    expect(bucket.opened.length).toBeLessThan(COUNT);
    origin.close();
  });
});

describe('files of this machine', () => {
  it('are looked for side by side, and found in their order', async () => {
    let looking = 0;
    let most = 0;
    const options: ExecuteOptions = {
      parameters: {},
      purpose: { runId: 'run' },
      signal: new AbortController().signal,
      open: () => {
        throw new Error('nothing is copied');
      },
      local: async ({ index }) => {
        looking += 1;
        most = Math.max(most, looking);
        // The later ones are found first.
        await setTimeout(2 * (COUNT - index));
        looking -= 1;
        return { size: index, read: () => undefined };
      },
    };
    const origin = originOf(FILES, folder, options);
    const found: number[] = [];
    for (const _file of FILES) found.push((await origin.next()).size);
    await origin.stop();
    expect(found).toEqual(FILES.map(({ index }) => index));
    expect(most).toBe(WIDTH);
    origin.close();
  });
});
