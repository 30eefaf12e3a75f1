import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecuteOptions, TransferFile } from '../../../src/warehouse/contract.js';
import { type Origin, originOf } from '../../../warehouses/duckdb/origins.js';
import { container, inChunks, long, recordOf, text } from '../avro/support.js';

const SCHEMA = recordOf('string', 'long');
const COLUMNS: TransferFile['header'] = [
  { name: 'c0', type: { kind: 'string' } },
  { name: 'c1', type: { kind: 'int64' } },
];
const COUNT = 9;
/** So many files are copied at the same time. */
const WIDTH = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-origins-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function rowsOf(n: number): number {
  return 3 + ((n * 7) % 5);
}

function bytesOf(n: number): Buffer {
  const blocks = Array.from({ length: rowsOf(n) }, (_, row) => ({
    rows: 1,
    data: Buffer.concat([text(`file ${n}, row ${row}`), long(n)]),
  }));
  return container(SCHEMA, blocks, 'snappy');
}

const FILES = Array.from({ length: COUNT }, (_, n): TransferFile => {
  const key = `sync_1/users/part-${n}.avro`;
  return { index: n, key, etag: `${n}`, size: bytesOf(n).length, header: COLUMNS, targets: [0, 1] };
});

/** A bucket that counts who reads from it, and serves first whoever has asked last. */
class Bucket {
  reading = 0;
  most = 0;
  readonly opened: number[] = [];
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

function openOrigin(
  isDecoded: boolean,
  bytes: (n: number) => Buffer = bytesOf,
): { bucket: Bucket; origin: Origin } {
  const bucket = new Bucket();
  const options: ExecuteOptions = {
    parameters: {},
    purpose: { runId: 'run' },
    signal: new AbortController().signal,
    open: ({ index }) => bucket.open(index, bytes(index)),
  };
  return { bucket, origin: originOf(FILES, { folder, options, isDecoded }) };
}

describe.each([true, false])('files of a bucket, decoded as soon as they are found: %s', (isDecoded) => {
  it('are copied side by side, and found in their order with all their rows', async () => {
    const { bucket, origin } = openOrigin(isDecoded);
    for (const [n, file] of FILES.entries()) {
      const { source, blocks, rows } = await origin.find(file, n);
      expect(source.key).toBe(file.key);
      expect(rows).toBe(rowsOf(n));
      const found = [...blocks].map((block) => block.rows);
      expect(found).toEqual(isDecoded ? Array.from({ length: rowsOf(n) }, () => 1) : []);
    }
    await origin.finish();
    expect(bucket.most).toBe(WIDTH);
    expect(bucket.opened).toEqual(FILES.map((_, n) => n));
    const kept = [...origin.kept.blocks(() => true)];
    expect(kept.map(({ file }) => file)).toEqual(
      FILES.flatMap((_, n) => Array.from({ length: rowsOf(n) }, () => n)),
    );
    await origin.stop();
    await origin.kept.close();
  });

  it('a bad one is told when its turn comes, and nothing is read any more', async () => {
    const bad = (n: number): Buffer => {
      const bytes = bytesOf(n);
      // The later of the two is found out first.
      return n === 3 ? bytes.subarray(0, bytes.length - 2) : n === 4 ? bytes.subarray(0, 30) : bytes;
    };
    const { bucket, origin } = openOrigin(isDecoded, bad);
    const find = async (n: number) => await origin.find(FILES[n] ?? fail(), n);
    for (const n of [0, 1, 2]) await find(n);
    await expect(find(3)).rejects.toMatchObject({ code: 'AVRO_INVALID', place: { file: FILES[3]?.key } });
    await origin.stop();
    expect(bucket.reading).toBe(0);
    expect(bucket.opened.length).toBeLessThan(COUNT);
    await origin.kept.close();
  });
});

function fail(): never {
  throw new Error('there is no such file');
}
