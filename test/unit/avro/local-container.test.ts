import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openContainer, unpackBlock } from '../../../src/avro/container.js';
import type { FrameOptions } from '../../../src/avro/frames.js';
import { type LocalBlock, localBlocks, openLocalContainer } from '../../../src/avro/local-container.js';
import type { LocalFile } from '../../../src/avro/types.js';
import { HeaploadError } from '../../../src/errors.js';
import { Random } from '../../support/generate/avro-bytes.js';
import {
  FILE,
  SYNC,
  type RawBlock,
  block,
  container,
  errorOf,
  inChunks,
  localFileOf,
  long,
  recordOf,
} from './support.js';

const SCHEMA = recordOf('bytes');
const HEAD = container(SCHEMA, []);
const KB = 1024;

interface Shown {
  readonly rows: number;
  readonly offset: number;
  readonly packed: string;
}

function shown({ rows, offset, packed }: LocalBlock): Shown {
  return { rows, offset, packed: Buffer.from(packed ?? 'passed over').toString('base64') };
}

/** The blocks, and the error they end in, if they do. */
interface Outcome {
  readonly blocks: readonly Shown[];
  readonly error?: object;
}

function ended(blocks: readonly Shown[], error: unknown): Outcome {
  if (!(error instanceof HeaploadError)) throw error;
  const { code, message, place, hint } = error;
  return { blocks, error: { code, message, place, hint } };
}

/** `isUnpacked`: as decompressed bytes. */
function readNow(
  bytes: Uint8Array,
  options: FrameOptions,
  isWanted: (rows: number) => boolean,
  isUnpacked = false,
): Outcome {
  const blocks: Shown[] = [];
  try {
    const container = openLocalContainer(localFileOf(bytes), options);
    for (const one of container.blocks(isWanted))
      blocks.push(shown(isUnpacked ? unpacked(one, container.header.codec, options) : one));
    return { blocks };
  } catch (error) {
    return ended(blocks, error);
  }
}

function unpacked(
  { packed = Buffer.alloc(0), ...block }: LocalBlock,
  codec: string,
  { file, maxBlockBytes }: FrameOptions,
): LocalBlock {
  const limit = maxBlockBytes === undefined ? {} : { limit: maxBlockBytes };
  return {
    ...block,
    packed: unpackBlock({ ...block, packed }, codec, { file, ...limit }).bytes,
  };
}

async function readStreamed(bytes: Uint8Array, options: FrameOptions, chunk: number): Promise<Outcome> {
  const blocks: Shown[] = [];
  try {
    const container = await openContainer(inChunks(bytes, chunk), options);
    for await (const one of container.blocks) blocks.push(shown({ ...one, packed: one.bytes }));
    return { blocks };
  } catch (error) {
    return ended(blocks, error);
  }
}

/** Read at once and streamed it is the same, and read at once and walked over, down to the byte an error names. */
async function expectSame(bytes: Uint8Array, chunk: number, options: FrameOptions = { file: FILE }) {
  const all = (): boolean => true;
  expect(readNow(bytes, options, all, true)).toEqual(await readStreamed(bytes, options, chunk));
  const expected = readNow(bytes, options, all);
  const walked = readNow(bytes, options, () => false);
  expect(walked.error).toEqual(expected.error);
  expect(walked.blocks).toHaveLength(expected.blocks.length);
}

function blocksOf(lengths: readonly number[]): readonly RawBlock[] {
  return lengths.map((length, n) => ({ rows: n, data: Buffer.alloc(length, n % 251) }));
}

describe('a container read at once', () => {
  it('gives what a stream gives, for blocks of every length that end anywhere in what is read at once', async () => {
    const random = new Random(5);
    for (let time = 0; time < 20; time += 1) {
      const lengths = Array.from({ length: 60 }, () =>
        random.below(20) === 0 ? random.below(900 * KB) : random.below(40 * KB),
      );
      await expectSame(container(SCHEMA, blocksOf(lengths)), 64 * KB);
    }
  });

  it('gives what a stream gives when a block ends at, or just before or behind, what is read at once', async () => {
    const last = 256 * KB - HEAD.length;
    for (let less = 0; less < 60; less += 1)
      await expectSame(container(SCHEMA, blocksOf([last - less, 3, 0, 256 * KB - less, 5])), 1000 * KB);
  });

  it('is cut off where a stream is, at every byte', async () => {
    const bytes = container(SCHEMA, blocksOf([3, 0, 200, 1]));
    for (let length = 0; length <= bytes.length; length += 1) await expectSame(bytes.subarray(0, length), 7);
  });

  it.each(['nested', 'types-snappy', 'zstandard-unsized', 'no-rows', 'empty-blocks'])(
    '%s: is refused as a stream is, whatever bits flip or bytes follow',
    async (name) => {
      const bytes = await readFile(path.join(import.meta.dirname, `../../fixtures/avro/${name}.avro`));
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.nat(bytes.length * 8 - 1), { maxLength: 3 }),
          fc.uint8Array({ maxLength: 40 }),
          fc.integer({ min: 1, max: 5000 }),
          async (bits, garbage, chunk) => {
            const flipped = Buffer.concat([bytes, garbage]);
            for (const at of bits) flipped.writeUInt8(flipped.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
            await expectSame(flipped, chunk);
          },
        ),
        { numRuns: 200 },
      );
    },
  );

  it.each<[string, readonly Uint8Array[]]>([
    ['a negative number of rows', [long(-5)]],
    ['2^62 rows', [long(2n ** 62n), long(1)]],
    ['a number without end', [Buffer.alloc(40, 0xff)]],
    ['a negative size', [long(1), long(-7)]],
    ['a size of 2^62', [long(1), long(2n ** 62n)]],
    ['a size above the limit', [long(1), long(5001), Buffer.alloc(5001), SYNC]],
    ['a size beyond the end of the file', [long(1), long(5000), Buffer.alloc(4999)]],
    ['data without a sync marker', [long(1), long(5000), Buffer.alloc(5000)]],
    ['another sync marker', [long(1), long(1), long(1), SYNC.toReversed()]],
  ])('refuses %s as a stream does', async (_what, parts) => {
    const bytes = Buffer.concat([HEAD, block({ rows: 1, data: Buffer.from([2]) }), ...parts]);
    const options = { file: FILE, maxBlockBytes: 5000 };
    expect(readNow(bytes, options, () => true).error).toMatchObject({ code: 'AVRO_INVALID' });
    await expectSame(bytes, 100, options);
  });

  it('refuses a header without end before it has read it all', async () => {
    const part = Buffer.concat([long(12 * KB * KB), Buffer.alloc(12 * KB * KB)]);
    const bytes = Buffer.concat([Buffer.from('Obj\x01'), long(1), part, part]);
    const file = localFileOf(bytes);
    const error = await errorOf(() => openLocalContainer(file, { file: FILE }));
    expect(error.message).toContain('does not end within');
    expect(Math.max(...file.reads.map(({ length }) => length))).toBeLessThanOrEqual(16 * KB * KB);
    await expectSame(bytes, 1000 * KB);
  });
});

describe('blocks of which no row is wanted', () => {
  const BYTES = container(SCHEMA, blocksOf([10, 2000 * KB, 20, 3000 * KB, 30]));

  it('have no data, and the others do', () => {
    const asked: number[] = [];
    const { blocks } = readNow(BYTES, { file: FILE }, (rows) => asked.push(rows) % 2 === 0);
    expect(asked).toEqual([0, 1, 2, 3, 4]);
    const passed = Buffer.from('passed over').toString('base64');
    expect(blocks.map(({ packed }) => packed !== passed)).toEqual([false, true, false, true, false]);
    expect(blocks[3]?.packed).toBe(Buffer.alloc(3000 * KB, 3).toString('base64'));
  });

  it('are not read where they are large', () => {
    const file = localFileOf(BYTES);
    expect([...openLocalContainer(file, { file: FILE }).blocks(() => false)]).toHaveLength(5);
    expect(file.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1024 * KB);
  });

  it('may be read in a later pass, for which the header is not read again', () => {
    const first = openLocalContainer(localFileOf(BYTES), { file: FILE });
    const file = localFileOf(BYTES);
    const found = Array.from(
      localBlocks(file, first.header, { file: FILE }, () => true),
      shown,
    );
    expect(found).toEqual(readNow(BYTES, { file: FILE }, () => true).blocks);
    expect(file.reads[0]?.position).toBe(first.header.length);
  });

  it('end when reading fails', () => {
    const good = localFileOf(BYTES);
    let fails = false;
    const file: LocalFile = {
      size: good.size,
      read: (into, position) => {
        if (fails) throw new HeaploadError('SOURCE_CHANGED', 'changed', { hint: 'again' });
        good.read(into, position);
      },
    };
    const blocks = openLocalContainer(file, { file: FILE }).blocks(() => true);
    expect(blocks.next().value).toMatchObject({ rows: 0 });
    fails = true;
    expect(() => blocks.next()).toThrow('changed');
    expect(blocks.next().done).toBe(true);
  });
});
