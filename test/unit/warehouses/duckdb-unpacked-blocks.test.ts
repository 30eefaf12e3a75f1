import { describe, expect, it } from 'vitest';
import { openLocalContainer } from '../../../src/avro/local-container.js';
import {
  MOST_BLOCKS,
  MOST_WAITING,
  type PackedFile,
  UnpackedBlocks,
} from '../../../warehouses/duckdb/unpacked-blocks.js';
import { type RawBlock, container, errorOf, localFileOf, recordOf } from '../avro/support.js';

const KB = 1024;
const SCHEMA = recordOf('bytes');

/** Blocks of so many bytes; each has as many rows as its place says, and bytes of its own. */
function blocksOf(lengths: readonly number[]): readonly RawBlock[] {
  return lengths.map((length, n) => ({ rows: n + 1, data: Buffer.alloc(length, n + 1) }));
}

function fileOf(key: string, bytes: Buffer): PackedFile & { readonly local: ReturnType<typeof localFileOf> } {
  const local = localFileOf(bytes);
  const { header } = openLocalContainer(local, { file: key });
  return { key, local, frame: header, codec: header.codec };
}

function unpacked(
  files: readonly PackedFile[],
  isWanted: (from: number, to: number) => boolean = () => true,
): UnpackedBlocks<PackedFile> {
  return new UnpackedBlocks(files, { isWanted, isChecked: false });
}

/** All blocks; after each, `ahead` more are unpacked. */
function drained(blocks: UnpackedBlocks<PackedFile>, ahead: number): readonly string[] {
  const found: string[] = [];
  for (let block = blocks.next(); block !== undefined; block = blocks.next()) {
    const bytes = block.data === undefined ? 'passed over' : Buffer.from(block.data.bytes).toString('hex');
    found.push(`${block.source.key} ${block.rows} ${block.place} ${bytes}`);
    for (let n = 0; n < ahead; n += 1) blocks.unpackAhead();
  }
  return found;
}

describe('blocks unpacked ahead', () => {
  const FILES = (['null', 'snappy', 'deflate'] as const).map((codec) =>
    fileOf(codec, container(SCHEMA, blocksOf([30, 0, 90, 5, 60]), codec)),
  );
  // More than is read at once: a view of what was read is gone then.
  const LARGE = fileOf(
    'large',
    container(SCHEMA, blocksOf([100, 100, 100, 100, 100, 100].map((kb) => kb * KB))),
  );
  const isOdd = (from: number): boolean => from % 2 === 1;

  it.each([1, 2, 100])('are those that come when they are asked for: %d', (ahead) => {
    const expected = drained(unpacked([...FILES, LARGE]), 0);
    expect(expected).toHaveLength(21);
    expect(expected[6]).toMatch(/^snappy 2 16 $/);
    expect(drained(unpacked([...FILES, LARGE]), ahead)).toEqual(expected);
    const some = drained(unpacked(FILES, isOdd), 0);
    expect(some.filter((block) => block.endsWith('passed over'))).not.toHaveLength(0);
    expect(drained(unpacked(FILES, isOdd), ahead)).toEqual(some);
  });

  it('are of few bytes', () => {
    const blocks = unpacked([
      fileOf('a', container(SCHEMA, blocksOf(Array.from({ length: 64 }, () => 512 * KB)))),
    ]);
    let count = 0;
    while (blocks.unpackAhead()) count += 1;
    expect(count).toBe(MOST_WAITING / (512 * KB));
    // One is taken, so one more finds room.
    blocks.next();
    expect([blocks.unpackAhead(), blocks.unpackAhead()]).toEqual([true, false]);
  });

  it('are none where each would be too many', () => {
    const large = MOST_WAITING + 1;
    const blocks = unpacked([fileOf('a', container(SCHEMA, blocksOf([large, large, large])))]);
    expect(blocks.next()?.rows).toBe(1);
    expect(blocks.unpackAhead()).toBe(false);
    expect(drained(blocks, 1)).toHaveLength(2);
  });

  it('are few, however small, and however many are passed over', () => {
    const bytes = container(SCHEMA, blocksOf(Array.from({ length: MOST_BLOCKS + 50 }, () => 1)));
    for (const isWanted of [() => true, () => false]) {
      const file = fileOf('a', bytes);
      const blocks = unpacked([file], isWanted);
      let count = 0;
      while (blocks.unpackAhead()) count += 1;
      expect(count).toBe(MOST_BLOCKS);
      expect(drained(blocks, 1)).toHaveLength(MOST_BLOCKS + 50);
    }
  });

  it('tell what is wrong with one when it is asked for, and no block behind it', async () => {
    const bytes = container(SCHEMA, blocksOf([10, 10, 10]), 'snappy');
    const spoiled = Buffer.from(bytes);
    spoiled.writeUInt8(spoiled.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    const file = fileOf('a', spoiled);
    const blocks = unpacked([file, fileOf('b', bytes)]);
    expect([1, 2, 3, 4].map(() => blocks.unpackAhead())).toEqual([true, true, false, false]);
    const reads = file.local.reads.length;
    expect([blocks.next()?.rows, blocks.next()?.rows]).toEqual([1, 2]);
    for (let time = 0; time < 2; time += 1) {
      const error = await errorOf(() => blocks.next());
      expect(error).toMatchObject({ code: 'AVRO_INVALID', place: { file: 'a' } });
    }
    expect(file.local.reads).toHaveLength(reads);
  });
});
