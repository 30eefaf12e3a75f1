import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../../src/avro/codecs.js';
import { Malformed } from '../../../src/avro/problem.js';
import { pack } from './support.js';

const LIMIT = 1 << 20;
const ZEROS = Buffer.alloc(LIMIT + 1);

function failure(codec: string, packed: Uint8Array, limit = LIMIT): string {
  try {
    unpack(codec, packed, { limit });
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** A zstandard frame of blocks that repeat one byte; the sizes are as declared, not as they are. */
function zstandardFrame(options: {
  readonly content?: bigint;
  readonly window?: number;
  readonly blocks: readonly number[];
}): Buffer {
  const { content, window = 0, blocks } = options;
  const parts = [Buffer.from('28b52ffd', 'hex'), Buffer.from([content === undefined ? 0 : 0xc0, window])];
  if (content !== undefined) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(content);
    parts.push(size);
  }
  blocks.forEach((size, n) => {
    const head = (size << 3) | (1 << 1) | (n === blocks.length - 1 ? 1 : 0);
    parts.push(Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16, 0x61]));
  });
  return Buffer.concat(parts);
}

describe('deflate and snappy', () => {
  it.each(['null', 'deflate', 'snappy'] as const)('%s gives back what was packed', (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (data) => {
        expect(Buffer.from(unpack(codec, pack(data, codec), { limit: LIMIT })).equals(data)).toBe(true);
      }),
    );
  });

  it('end a bomb at the limit', () => {
    expect(failure('deflate', deflateRawSync(ZEROS))).toContain(`more than ${LIMIT} bytes`);
    expect(failure('snappy', pack(ZEROS, 'snappy'))).toContain(`declares ${ZEROS.length} bytes`);
    expect(unpack('deflate', deflateRawSync(ZEROS.subarray(1)), { limit: LIMIT })).toHaveLength(LIMIT);
    expect(unpack('snappy', pack(ZEROS.subarray(1), 'snappy'), { limit: LIMIT })).toHaveLength(LIMIT);
  });

  it('do not allocate on the word of snappy data', () => {
    const lying = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x01]), Buffer.alloc(20)]);
    expect(failure('snappy', lying, 2 ** 31)).toContain('more than 21 can hold');
  });

  it('notice every flipped bit of snappy data and every missing byte', () => {
    const packed = pack(Buffer.from('some text, some text, some more text'), 'snappy');
    for (let bit = 0; bit < packed.length * 8; bit += 1) {
      const flipped = Buffer.from(packed);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      failure('snappy', flipped);
    }
    for (let length = 0; length < packed.length; length += 1) failure('snappy', packed.subarray(0, length));
  });

  it('tell damage apart', () => {
    expect(failure('snappy', Buffer.alloc(4))).toContain('too few');
    expect(failure('snappy', Buffer.concat([compressSync('abc'), Buffer.alloc(4)]))).toContain('checksum');
    expect(failure('deflate', Buffer.from([0xff, 0xff]))).toContain('deflate data is damaged');
    expect(failure('deflate', deflateRawSync(ZEROS).subarray(0, -3))).toContain('unexpected end');
  });
});

describe('zstandard', () => {
  it('gives frames with their size and without', () => {
    const sized = zstandardFrame({ content: 1500n, blocks: [1000, 500] });
    const unsized = zstandardFrame({ blocks: [1000, 500] });
    expect(Buffer.from(unpack('zstandard', sized, { limit: LIMIT })).toString()).toBe('a'.repeat(1500));
    expect(Buffer.from(unpack('zstandard', unsized, { limit: LIMIT })).toString()).toBe('a'.repeat(1500));
    expect(unpack('zstandard', Buffer.concat([sized, unsized, sized]), { limit: LIMIT })).toHaveLength(4500);
  });

  it('ends a bomb at the limit', () => {
    const blocks = Array.from({ length: 9 }, () => 128 * 1024);
    const content = BigInt(9 * 128 * 1024);
    expect(failure('zstandard', zstandardFrame({ content, blocks }))).toContain(`declares ${content} bytes`);
    expect(failure('zstandard', zstandardFrame({ window: 0x68, blocks }))).toMatch(/more than|damaged/);
    expect(failure('zstandard', zstandardFrame({ content: 2n ** 62n, blocks: [1] }))).toContain('declares');
  });

  it('does not allocate on the word of a frame', () => {
    const lying = zstandardFrame({ content: 1n << 30n, blocks: [10] });
    expect(failure('zstandard', lying, 2 ** 31)).toContain('more than its data can hold');
    for (const content of [undefined, 0n]) {
      const frame = zstandardFrame({
        ...(content === undefined ? {} : { content }),
        window: 0xa0,
        blocks: [10],
      });
      expect(failure('zstandard', frame)).toMatch(/window|damaged/);
    }
  });

  it('notices missing bytes and what is no frame', () => {
    const frame = zstandardFrame({ content: 1500n, blocks: [1000, 500] });
    for (let length = 1; length < frame.length; length += 1)
      expect(failure('zstandard', frame.subarray(0, length))).toContain('cut off');
    expect(failure('zstandard', Buffer.from('not a frame'))).toContain('does not start as one');
    const reserved = Buffer.from(frame);
    reserved.writeUInt8(0xc8, 4);
    expect(failure('zstandard', reserved)).toContain('reserved bit');
    reserved.writeUInt8(0xc1, 4);
    expect(failure('zstandard', reserved)).toContain('dictionary');
  });
});
