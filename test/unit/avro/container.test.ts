import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Block,
  type ContainerOptions,
  openContainer,
  unpackBlock,
} from '../../../src/avro/container.js';
import type { ByteSource } from '../../../src/avro/types.js';
import { HeaploadError } from '../../../src/errors.js';
import {
  FILE,
  SYNC,
  type TestCodec,
  block,
  container,
  errorOf,
  inChunks,
  long,
  recordOf,
} from './support.js';

const SCHEMA = recordOf('long');
const BLOCKS = [
  { rows: 3, data: Buffer.from([2, 4, 6]) },
  { rows: 1, data: long(2n ** 62n) },
  { rows: 0, data: Buffer.alloc(0) },
  { rows: 2, data: Buffer.from([8, 10]) },
];

async function blocksOf(source: ByteSource, options: Partial<ContainerOptions> = {}): Promise<Block[]> {
  const { blocks } = await openContainer(source, { file: FILE, ...options });
  const found: Block[] = [];
  for await (const one of blocks) found.push(one);
  return found;
}

function whole(bytes: Uint8Array, options: Partial<ContainerOptions> = {}): Promise<Block[]> {
  return blocksOf(inChunks(bytes), options);
}

const HEAD = container(SCHEMA, []);

function withBlock(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([HEAD, block({ rows: 1, data: Buffer.from([2]) }), ...parts]);
}

const SECOND = withBlock().length;

describe('openContainer', () => {
  it.each<TestCodec>(['null', 'deflate', 'snappy'])('gives blocks with their offsets, %s', async (codec) => {
    const head = container(SCHEMA, [], codec);
    const bytes = container(SCHEMA, BLOCKS, codec);
    let offset = head.length;
    const expected = BLOCKS.map((one) => {
      const at = offset;
      offset += block(one, codec).length;
      return { rows: one.rows, bytes: one.data.toString('hex'), offset: at };
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length + 1 }), async (chunk) => {
        const found = await blocksOf(inChunks(bytes, chunk));
        const shown = found.map(({ rows, offset, bytes: data }) => ({
          rows,
          bytes: Buffer.from(data).toString('hex'),
          offset,
        }));
        expect(shown).toEqual(expected);
        for (const { rows, bytes: data, packed, offset: at } of found)
          expect(
            Buffer.from(unpackBlock({ rows, packed, offset: at }, codec, { file: 'a.avro' }).bytes),
          ).toEqual(Buffer.from(data));
      }),
    );
  });

  it('names what a file cut off at any byte lacks', async () => {
    const bytes = container(SCHEMA, BLOCKS);
    const ends = BLOCKS.map((_, n) => container(SCHEMA, BLOCKS.slice(0, n)).length);
    for (let length = 0; length < bytes.length; length += 1) {
      if (ends.includes(length)) {
        expect(await whole(bytes.subarray(0, length))).toHaveLength(ends.indexOf(length));
        continue;
      }
      const error = await errorOf(blocksOf(inChunks(bytes.subarray(0, length), 7)));
      expect(error.code).toBe('AVRO_INVALID');
      expect(error.message).toMatch(/^The file (is empty|ends inside)/);
      expect(error.place).toEqual({ file: FILE, offset: length });
    }
  });

  const long1 = long(1);
  it.each<[string, Uint8Array, string, number]>([
    ['a negative number of rows', long(-5), 'not a block: it declares -5 rows', 0],
    ['2^62 rows', Buffer.concat([long(2n ** 62n), long1]), 'declares 4611686018427387904 rows', 0],
    [
      'text after the last block',
      Buffer.from('garbage after the end'),
      'not a block: it declares -52 rows',
      0,
    ],
    [
      'a number without end',
      Buffer.alloc(40, 0xff),
      `number of rows of the block at byte ${SECOND} is not a number`,
      0,
    ],
    [
      'a negative size',
      Buffer.concat([long1, long(-7)]),
      `block at byte ${SECOND} declares a size of -7 bytes`,
      1,
    ],
    [
      'a size of 2^62',
      Buffer.concat([long1, long(2n ** 62n)]),
      'declares 4611686018427387904 bytes, more than',
      1,
    ],
    [
      'a size above the limit',
      Buffer.concat([long1, long(2 ** 29 + 1)]),
      'more than the limit of 536870912',
      1,
    ],
    ['a size without end', Buffer.concat([long1, Buffer.alloc(40, 0x80)]), 'size of the block', 1],
    [
      'another sync marker',
      Buffer.concat([long1, long1, long1, SYNC.toReversed()]),
      'does not end with the',
      3,
    ],
    ['zeros', Buffer.alloc(32), 'does not end with the', 2],
    ['data cut off', Buffer.concat([long1, long(100), Buffer.alloc(9)]), 'ends inside the data', 12],
    ['a few bytes', Buffer.from([2]), `ends inside the size of the block at byte ${SECOND}`, 1],
  ])('refuses %s', async (_what, bytes, message, offset) => {
    const error = await errorOf(whole(withBlock(bytes)));
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.message).toContain(message);
    expect(error.place).toEqual({ file: FILE, offset: SECOND + offset });
  });

  it('gives the blocks before a damaged one first', async () => {
    const { blocks } = await openContainer(inChunks(withBlock(long(-5))), { file: FILE });
    expect((await blocks.next()).value).toMatchObject({ rows: 1, offset: HEAD.length });
    await errorOf(blocks.next());
  });

  it('names the block that cannot be decompressed', async () => {
    const bytes = container(SCHEMA, BLOCKS.slice(0, 1), 'snappy');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 17) ^ 1, bytes.length - 17);
    const error = await errorOf(whole(bytes));
    expect(error.message).toContain('cannot be decompressed: its checksum (CRC32) is wrong');
    expect(error.place.offset).toBe(container(SCHEMA, [], 'snappy').length);
  });

  it('takes the limit for what a block becomes, too', async () => {
    const bytes = container(SCHEMA, [{ rows: 1, data: Buffer.alloc(5000) }], 'deflate');
    expect(await whole(bytes, { maxBlockBytes: 5000 })).toHaveLength(1);
    expect((await errorOf(whole(bytes, { maxBlockBytes: 4999 }))).message).toContain('more than 4999 bytes');
  });
});

describe('the source', () => {
  function watched(bytes: Uint8Array, chunk: number) {
    const state = { given: 0, closed: false };
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for await (const part of inChunks(bytes, chunk)) {
          state.given += part.length;
          yield part;
        }
      } finally {
        state.closed = true;
      }
    }
    return { state, source: source() };
  }

  it('is read one block at a time and closed when the reader leaves', async () => {
    const big = { rows: 1, data: Buffer.alloc(10_000, 1) };
    const bytes = container(SCHEMA, [big, big, big, big]);
    const { state, source } = watched(bytes, 1000);
    const { blocks } = await openContainer(source, { file: FILE });
    for await (const one of blocks) {
      expect(one.bytes).toHaveLength(10_000);
      break;
    }
    expect(state.closed).toBe(true);
    expect(state.given).toBeLessThan(HEAD.length + 13_000);
  });

  it('is closed after an error in the header, and by close', async () => {
    const broken = watched(Buffer.from('nothing of the sort'.repeat(1000)), 10);
    await errorOf(openContainer(broken.source, { file: FILE }));
    expect(broken.state.closed).toBe(true);
    const whole = watched(container(SCHEMA, [{ rows: 1, data: Buffer.alloc(99_999) }]), 10);
    await (await openContainer(whole.source, { file: FILE })).close();
    expect(whole.state.closed).toBe(true);
  });

  it('may fail: its error passes through', async () => {
    const cause = new HeaploadError('SOURCE_UNREADABLE', 'gone', { hint: 'again' });
    // eslint-disable-next-line @typescript-eslint/require-await
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield withBlock();
      throw cause;
    }
    expect(await errorOf(blocksOf(failing()))).toBe(cause);
  });

  it('is not read on once the signal is aborted', async () => {
    const controller = new AbortController();
    const bytes = container(SCHEMA, BLOCKS);
    const { blocks } = await openContainer(inChunks(bytes), { file: FILE, signal: controller.signal });
    await blocks.next();
    controller.abort();
    expect((await errorOf(blocks.next())).code).toBe('INTERRUPTED');
    const reason = new HeaploadError('LEASE_LOST', 'another run', { hint: 'wait' });
    const signal = AbortSignal.abort(reason);
    expect(await errorOf(openContainer(inChunks(bytes), { file: FILE, signal }))).toBe(reason);
  });
});
