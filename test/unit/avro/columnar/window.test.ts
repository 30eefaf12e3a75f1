import { describe, expect, it } from 'vitest';
import { BATCH_ROWS, BATCH_TEXT, Batch } from '../../../../src/avro/columnar/batch.js';
import { Engine } from '../../../../src/avro/columnar/engine.js';
import { RowDecoder } from '../../../../src/avro/columnar/row-decoder.js';
import { Window } from '../../../../src/avro/columnar/window.js';
import { parseSchema } from '../../../../src/avro/parse-schema.js';
import { valueAt } from '../../../support/column-values.js';
import { recordOf, text } from '../support.js';

const MB = 1024 * 1024;

function bytesOf(engine: Engine, window: Window): string {
  return Buffer.from(engine.bytes.subarray(window.origin + window.position, window.end)).toString();
}

describe('the window', () => {
  it('keeps what is left of a block when the rows before it are taken', () => {
    const engine = new Engine();
    const window = new Window(engine);
    const start = window.origin;
    const block = Buffer.from('0123456789'.repeat(100));
    window.open(block, true);
    for (const position of [400, 500, 980]) {
      window.position = position;
      window.release();
      expect(window.held).toBe(0);
      expect(bytesOf(engine, window)).toBe(block.subarray(position).toString());
    }
    // It stands at the front again.
    expect(window.origin + window.position).toBe(start);
  });

  it('puts blocks behind one another until their rows are taken', () => {
    const engine = new Engine();
    const window = new Window(engine);
    const start = window.origin;
    for (let n = 0; n < 50; n += 1) {
      const block = Buffer.alloc(MB, n);
      window.open(block, n === 0);
      expect(window.held).toBeGreaterThanOrEqual(n * MB);
      window.position = block.length;
    }
    expect(engine.bytes[start]).toBe(0);
    expect(engine.bytes[window.origin]).toBe(49);
    window.release();
    window.open(Buffer.alloc(MB, 7), true);
    expect(window.origin).toBe(start);
  });

  it('says when what was put behind the blocks may be gone', () => {
    const window = new Window(new Engine());
    window.open(Buffer.alloc(1000), true);
    const age = window.age;
    const taken = window.take(100);
    expect(taken).toBeGreaterThanOrEqual(window.end);
    window.open(Buffer.alloc(1000), false);
    expect(window.age).toBe(age);
    expect(window.origin).toBeGreaterThanOrEqual(taken + 100);
    window.position = 1000;
    window.release();
    expect(window.age).not.toBe(age);
  });

  it('refuses what cannot be had', () => {
    const engine = new Engine();
    expect(() => {
      engine.reach(2 ** 31);
    }).toThrow(RangeError);
    expect(() => {
      engine.reach(2 ** 33);
    }).toThrow(RangeError);
  });
});

describe('a batch', () => {
  const schema = parseSchema(JSON.stringify(recordOf('string', ['null', 'string'])));
  const row = (n: number, size: number): Buffer =>
    Buffer.concat([text(`${n} `.padEnd(size, 'é')), Buffer.of(2), text(`${n}`.padEnd(20))]);

  it('holds long texts of many blocks, and of what was left when it was taken', () => {
    const batch = new Batch([{ kind: 'string' }, { kind: 'string' }]);
    const decoder = new RowDecoder(batch, schema, batch.columns);
    const seen: unknown[] = [];
    const take = (): void => {
      for (let n = 0; n < batch.rows; n += 1)
        seen.push(batch.columns.map((column) => valueAt(batch, column, n)));
      batch.clear();
    };
    const blocks = [3, 700, 5000, 1, 40, 3000].map((rows, n) => ({ rows, first: n * 10_000 }));
    for (const { rows, first } of blocks) {
      decoder.start(Buffer.concat(Array.from({ length: rows }, (_, n) => row(first + n, 5 + (n % 40)))));
      for (let read = 0; read < rows;) {
        if (batch.full) take();
        const now = decoder.read(batch.rows, Math.min(rows - read, BATCH_ROWS - batch.rows));
        batch.rows += now;
        read += now;
      }
      expect(decoder.remaining).toBe(0);
    }
    take();
    const expected = blocks.flatMap(({ rows, first }) =>
      Array.from({ length: rows }, (_, n) => [
        `${first + n} `.padEnd(5 + (n % 40), 'é'),
        `${first + n}`.padEnd(20),
      ]),
    );
    expect(seen).toEqual(expected);
  });

  it('is full when its texts, or the blocks it holds, are large', () => {
    const wide = new Batch([{ kind: 'string' }]);
    const decoder = new RowDecoder(wide, parseSchema(JSON.stringify(recordOf('string'))), wide.columns);
    decoder.start(Buffer.concat(Array.from({ length: 20 }, () => text('x'.repeat(MB)))));
    wide.rows = decoder.read(0, 20);
    expect(wide.rows).toBe(BATCH_TEXT / MB);
    expect(wide.full).toBe(true);
    // Nobody wants the texts, but the rows stand in their blocks.
    const narrow = new Batch([]);
    const passing = new RowDecoder(narrow, parseSchema(JSON.stringify(recordOf('string'))), [undefined]);
    let blocks = 0;
    while (!narrow.full) {
      passing.start(text('x'.repeat(MB)));
      narrow.rows += passing.read(narrow.rows, 1);
      blocks += 1;
    }
    expect(blocks).toBeGreaterThan(8);
    expect(blocks).toBeLessThan(64);
  });
});
