import { describe, expect, it } from 'vitest';
import { type RepackOptions, chunksOf, containerSchema, repack } from '../../../../src/avro/repack/index.js';
import type { ByteSource } from '../../../../src/avro/types.js';
import { HeaploadError } from '../../../../src/errors.js';
import { FILE, container, errorOf, inChunks, long, recordOf, rowsOf, text } from '../support.js';
import { type Part, bytesOf, open, part, stagedRows } from './support.js';

const SCHEMA = recordOf(['null', 'long'], ['string', 'null']);
const ROW_TEXT = 'x'.repeat(1000);

/** Blocks of 50 rows of about a kilobyte. */
function file(blocks: number, index = 0, fill = ROW_TEXT): Part {
  const row = (n: number) => Buffer.concat([long(1), long(n), long(0), text(`${fill}${n}`)]);
  const block = { rows: 50, data: Buffer.concat(Array.from({ length: 50 }, (_, n) => row(n))) };
  return part(container(SCHEMA, Array<typeof block>(blocks).fill(block)), index, undefined, `${index}.avro`);
}

const { header: COLUMNS } = file(0);

describe('the container', () => {
  it('is valid without files and without rows', async () => {
    expect(await rowsOf(await bytesOf([], COLUMNS))).toEqual([]);
    expect(await rowsOf(await bytesOf([file(0)], COLUMNS))).toEqual([]);
    expect(await rowsOf(await bytesOf([], []))).toEqual([]);
  });

  it('is the same every time, and another one for other files', async () => {
    const files = [file(3, 0), file(12, 1)];
    const bytes = await bytesOf(files, COLUMNS);
    expect((await bytesOf(files, COLUMNS)).equals(bytes)).toBe(true);
    const sync = (of: Buffer) => of.subarray(-16).toString('hex');
    const others = [
      await bytesOf(files.slice(1), COLUMNS),
      await bytesOf([files[0], { ...files[1], etag: 'new' }] as readonly Part[], COLUMNS),
      await bytesOf(files, [...COLUMNS, { name: 'more', type: { kind: 'bool' } }]),
      await bytesOf(files, COLUMNS, 'deflate'),
    ];
    expect(new Set([bytes, ...others].map(sync)).size).toBe(5);
  });

  it('counts the rows of blocks handed out', async () => {
    const { bytes, rows } = repack([file(12), file(1, 1)], COLUMNS, { open });
    const counts: number[] = [];
    for await (const _chunk of bytes) counts.push(rows());
    expect(counts).toEqual([0, 260, 520, 650]);
    expect(rows()).toBe(650);
  });

  it('numbers files by their index and rows over blocks', async () => {
    const files = [file(2, 300), file(1, 5_000_000)];
    const bytes = await bytesOf(files, COLUMNS);
    const rows = await rowsOf(bytes);
    expect(rows).toStrictEqual(await stagedRows(files, COLUMNS));
    expect(rows[149]?.slice(2)).toEqual([5_000_000n, 49n]);
    expect(rows[99]?.slice(2)).toEqual([300n, 99n]);
  });

  it('can be taken once', async () => {
    const { bytes } = repack([file(1)], COLUMNS, { open });
    for await (const _chunk of bytes);
    expect(() => bytes[Symbol.asyncIterator]()).toThrow('once');
  });
});

/** A file of blocks without end, made while it is read. */
class Endless {
  pulled = 0;
  opened = 0;
  closed = 0;
  readonly part = file(1);

  readonly open = (): ByteSource => this.#bytes();

  // eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous, these bytes are at hand
  async *#bytes(): AsyncGenerator<Uint8Array> {
    this.opened += 1;
    try {
      const { bytes } = this.part;
      const head = container(SCHEMA, []).length;
      yield bytes.subarray(0, head);
      for (;;) {
        this.pulled += 1;
        yield bytes.subarray(head);
      }
    } finally {
      this.closed += 1;
    }
  }
}

describe('the stream', () => {
  it('reads nothing before it is asked, then no more than it needs, and closes the source when left', async () => {
    const endless = new Endless();
    const { bytes, rows } = repack([endless.part], COLUMNS, endless);
    expect(endless.opened).toBe(0);
    const stream = bytes[Symbol.asyncIterator]();
    await stream.next();
    expect(endless.opened).toBe(0);
    for (let blocks = 1; blocks <= 40; blocks += 1) {
      await stream.next();
      // A block of 256 kB takes six of the source's blocks of 50 kB; one more may be at hand.
      expect(endless.pulled).toBeLessThanOrEqual(6 * blocks + 1);
      expect(rows()).toBeGreaterThanOrEqual(250 * blocks);
    }
    await stream.return?.();
    expect(endless.closed).toBe(1);
  });

  it('opens one file after another and closes each', async () => {
    const parts = Array.from({ length: 20 }, (_, index) => file(1, index));
    let now = 0;
    const track = async function* (one: Part): AsyncGenerator<Uint8Array> {
      now += 1;
      expect(now).toBe(1);
      try {
        yield* inChunks(one.bytes);
      } finally {
        now -= 1;
      }
    };
    for await (const _chunk of repack(parts, COLUMNS, { open: track }).bytes);
    expect(now).toBe(0);
  });

  it('stops when the signal says so, and closes the source', async () => {
    const endless = new Endless();
    const controller = new AbortController();
    const options: RepackOptions<Part> = { open: endless.open, signal: controller.signal };
    const stream = repack([endless.part], COLUMNS, options).bytes[Symbol.asyncIterator]();
    await stream.next();
    await stream.next();
    controller.abort();
    expect((await errorOf(stream.next())).code).toBe('INTERRUPTED');
    expect(endless.closed).toBe(1);
  });

  it('refuses a file whose header is not the one that was planned', async () => {
    const good = file(1);
    const planned = { ...good, header: [...good.header].reverse() };
    const error = await errorOf(bytesOf([planned], COLUMNS));
    expect(error.code).toBe('SOURCE_CHANGED');
    expect(error.place).toEqual({ file: '0.avro' });
  });

  it('refuses to stage a column as another type than its own', async () => {
    const columns = [COLUMNS[0], { name: 'c1', type: { kind: 'bytes' } }] as typeof COLUMNS;
    await expect(bytesOf([file(1)], columns)).rejects.toThrow(TypeError);
  });

  it('lets errors of the source pass', async () => {
    const denied = new HeaploadError('SOURCE_DENIED', 'no', { hint: 'ask' });
    const { bytes } = repack([file(1)], COLUMNS, {
      // eslint-disable-next-line require-yield, @typescript-eslint/require-await -- it fails at once
      open: async function* () {
        throw denied;
      },
    });
    const stream = bytes[Symbol.asyncIterator]();
    await stream.next();
    expect(await errorOf(stream.next())).toBe(denied);
  });
});

describe('the schema', () => {
  it('depends on the staged columns alone', () => {
    const kinds = ['string', 'int64', 'float64', 'bool', 'bytes', 'date', 'timestamp', 'json'] as const;
    const columns = [
      ...kinds.map((kind) => ({ name: `a_${kind}`, type: { kind } })),
      { name: 'Amount', type: { kind: 'decimal', precision: 12, scale: 2 } as const },
      { name: 'page title', type: { kind: 'string' } as const },
    ];
    const { json, fields } = containerSchema(columns);
    const types = (JSON.parse(json) as { fields: readonly { name: string; type: unknown }[] }).fields;
    expect(types).toEqual([
      { name: 'a_string', type: ['null', 'string'] },
      { name: 'a_int64', type: ['null', 'long'] },
      { name: 'a_float64', type: ['null', 'double'] },
      { name: 'a_bool', type: ['null', 'boolean'] },
      { name: 'a_bytes', type: ['null', 'bytes'] },
      { name: 'a_date', type: ['null', { type: 'int', logicalType: 'date' }] },
      { name: 'a_timestamp', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
      { name: 'a_json', type: ['null', 'string'] },
      { name: 'Amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }] },
      { name: '_heapload_column_9', type: ['null', 'string'] },
      { name: '_heapload_file', type: 'long' },
      { name: '_heapload_row', type: 'long' },
    ]);
    expect(fields.map(({ name }) => name)).toEqual(types.map(({ name }) => name));
    expect(fields.slice(8)).toEqual([
      { name: 'Amount', column: 'Amount' },
      { name: '_heapload_column_9', column: 'page title' },
      { name: '_heapload_file', column: '_heapload_file' },
      { name: '_heapload_row', column: '_heapload_row' },
    ]);
  });
});

describe('chunks of a load', () => {
  it.each([
    [[], []],
    [[5], [[5]]],
    [
      [4, 6, 1, 10, 11, 3, 3, 3, 3],
      [[4, 6], [1], [10], [11], [3, 3, 3], [3]],
    ],
    [[0, 0, 10, 0], [[0, 0, 10, 0]]],
    [
      [20, 0],
      [[20], [0]],
    ],
  ])('%j', (sizes, expected) => {
    const files = sizes.map((size) => ({ ...file(0), size, key: FILE }));
    expect(chunksOf(files, 10).map((chunk) => chunk.map(({ size }) => size))).toEqual(expected);
    expect(chunksOf(files, 10).flat()).toEqual(files);
  });
});
