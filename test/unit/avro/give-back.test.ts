import { describe, expect, it } from 'vitest';
import { unpackBlock } from '../../../src/avro/container.js';
import { giveBack } from '../../../src/avro/give-back.js';
import { compressSync } from 'snappy';
import { crc32, deflateRawSync } from 'node:zlib';

function snappy(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([compressSync(bytes), sum]);
}

function unpacked(codec: string, packed: Uint8Array): Uint8Array {
  return unpackBlock({ rows: 1, packed, offset: 0 }, codec, { file: 'f' }).bytes;
}

describe('memory is given back', () => {
  it.each([100, 64 * 1024, 3 * 1024 * 1024])('of a block of %s bytes', (size) => {
    const bytes = Buffer.alloc(size, 'heap');
    const first = unpacked('snappy', snappy(bytes));
    const second = unpacked('snappy', snappy(bytes));
    expect(bytes.equals(first)).toBe(true);
    giveBack(first);
    expect(first.byteLength).toBe(0);
    // Nobody else's is touched.
    expect(bytes.equals(second)).toBe(true);
  });

  it.each([100, 64 * 1024])('unless it is shared: deflate, %s bytes', (size) => {
    const bytes = Buffer.alloc(size, 'heap');
    const packed = deflateRawSync(bytes);
    const all = Array.from({ length: 50 }, () => unpacked('deflate', packed));
    const pooled = Buffer.from('a few bytes out of the pool');
    giveBack(pooled);
    for (const one of all.splice(0, 25)) giveBack(one);
    expect(pooled.toString()).toBe('a few bytes out of the pool');
    for (const one of all) expect(bytes.equals(one)).toBe(true);
    expect(Buffer.from('another').toString()).toBe('another');
  });

  it('not of a view, nor of nothing', () => {
    const bytes = new Uint8Array(100).fill(7);
    giveBack(bytes.subarray(1));
    giveBack(new Uint8Array(0));
    expect(bytes[99]).toBe(7);
  });
});
