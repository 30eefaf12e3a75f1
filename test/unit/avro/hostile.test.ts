import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { FILE, errorOf, inChunks, rowsOf } from './support.js';

const FOLDER = path.join(import.meta.dirname, '../../fixtures/avro');
const FILES = [
  'types-null',
  'types-deflate',
  'types-snappy',
  'types-zstandard',
  'nested',
  'unions',
  'zstandard-unsized',
];

function fixture(name: string): Promise<Buffer> {
  return readFile(path.join(FOLDER, `${name}.avro`));
}

/** Rows, or the one error that damage may end in. */
async function rowsOrInvalid(bytes: Uint8Array): Promise<readonly unknown[] | undefined> {
  try {
    return await rowsOf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(HeaploadError);
    const { code, place, hint } = error as HeaploadError;
    expect(code).toBe('AVRO_INVALID');
    expect(place.file).toBe(FILE);
    expect(place.offset).toBeGreaterThanOrEqual(0);
    expect(place.offset).toBeLessThanOrEqual(bytes.length);
    expect(hint).not.toBe('');
    return undefined;
  }
}

function shown(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}

describe('a file cut off', () => {
  it.each(['nested', 'types-snappy', 'zstandard-unsized', 'no-rows', 'empty-blocks'])(
    '%s, at every byte',
    async (name) => {
      const bytes = await fixture(name);
      const sync = bytes.subarray(-16);
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = bytes.subarray(0, length);
        // Where a block has just ended nothing is missing that a reader could know of.
        if (length > 16 && cut.subarray(-16).equals(sync)) {
          expect(await rowsOrInvalid(cut)).toBeDefined();
          continue;
        }
        const error = await errorOf(rowsOf(inChunks(cut, 500)));
        expect(error.code).toBe('AVRO_INVALID');
        expect(error.place).toEqual({ file: FILE, offset: length });
      }
    },
  );
});

describe('a damaged file', () => {
  it.each(FILES)('%s: flipped bits end in rows or in AVRO_INVALID', async (name) => {
    const bytes = await fixture(name);
    const bit = fc.integer({ min: 0, max: bytes.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(bit, { minLength: 1, maxLength: 3 }), async (bits) => {
        const flipped = Buffer.from(bytes);
        for (const at of bits) flipped.writeUInt8(flipped.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
        await rowsOrInvalid(flipped);
      }),
      { numRuns: 300 },
    );
  });

  it('snappy: no flipped bit of a block changes a row', async () => {
    const bytes = await fixture('types-snappy');
    const rows = JSON.stringify(await rowsOf(bytes), shown);
    const head = bytes.indexOf(bytes.subarray(-16)) + 16;
    let unnoticed = 0;
    for (let at = head; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at & 7)), at);
      const found = await rowsOrInvalid(flipped);
      if (found === undefined) continue;
      // A copy from another place that holds the same bytes.
      unnoticed += 1;
      expect(JSON.stringify(found, shown) === rows, `byte ${at}`).toBe(true);
    }
    expect(unnoticed).toBeLessThan(100);
  });

  it('random bytes after a good header end in AVRO_INVALID', async () => {
    const bytes = await fixture('no-rows');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (garbage) => {
        expect(await rowsOrInvalid(Buffer.concat([bytes, garbage]))).toBeUndefined();
      }),
    );
  });

  it('random bytes in place of a block with a good frame end in rows or in AVRO_INVALID', async () => {
    const bytes = await fixture('nested');
    const sync = bytes.subarray(-16);
    const head = Buffer.from(
      bytes
        .subarray(0, bytes.indexOf(sync) + 16)
        .toString('latin1')
        .replace('snappy', 'NULL__'),
      'latin1',
    );
    const codec = Buffer.from('\x0cNULL__', 'latin1');
    const at = head.indexOf(codec);
    const plain = Buffer.concat([
      head.subarray(0, at),
      Buffer.from('\x08null', 'latin1'),
      head.subarray(at + codec.length),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 63 }),
        fc.integer({ min: 0, max: 3 }),
        async (data, rows) => {
          const block = Buffer.concat([Buffer.from([rows * 2, data.length * 2]), data, sync]);
          if (data.length > 0 || rows > 0) await rowsOrInvalid(Buffer.concat([plain, block]));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
