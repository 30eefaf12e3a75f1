import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/warehouse/contract.js';
import type { Bench } from '../bench.js';
import { dump, file, full } from '../data.js';
import { columnsOf } from '../ledger.js';
import { loadRows } from '../one-table.js';

const ID = { event_id: 'long' };
const MAX = 2n ** 63n - 1n;

export function unions(bench: Bench): void {
  describe('6. nested types and unions', () => {
    it('6. records, arrays, maps and unions with a nested branch become json', async () => {
      const inner = {
        type: 'record',
        name: 'inner',
        fields: [
          { name: 'big', type: 'long' },
          { name: 'text', type: 'string' },
        ],
      };
      const { world, rows } = await loadRows(
        bench,
        {
          r: inner,
          a: { type: 'array', items: 'string' },
          m: { type: 'map', values: 'boolean' },
          u: ['null', 'string', { type: 'array', items: 'int' }],
        },
        [
          { r: { big: MAX, text: 'é"' }, a: ['x', ''], m: { yes: true }, u: [1, 2] },
          { r: null, a: [], m: {}, u: 'text' },
          { r: null, a: null, m: null, u: null },
        ],
      );
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'r json', 'a json', 'm json', 'u json']);
      expect(rows.map((row) => ['a', 'm', 'u'].map((name) => json(row, name)))).toEqual([
        [['x', ''], { yes: true }, [1, 2]],
        [[], {}, 'text'],
        [null, null, null],
      ]);
      expect(String(rows[0]?.['r'])).toContain(MAX.toString());
      expect(json(rows[0], 'r')).toMatchObject({ text: 'é"' });
      expect(rows[1]?.['r']).toBeNull();
    });

    it('6. unions of several scalars become string', async () => {
      const { world, rows } = await loadRows(bench, { u: ['null', 'string', 'long', 'boolean', 'double'] }, [
        { u: 'text' },
        { u: MAX },
        { u: true },
        { u: 0.1 },
        { u: null },
        { u: '' },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'u string']);
      expect(rows.map((row) => row['u'])).toEqual(['text', MAX.toString(), 'true', '0.1', null, '']);
    });

    it('14. unions of several numbers are several scalars', async () => {
      const { world, rows } = await loadRows(bench, { u: ['null', 'int', 'long'], v: ['long', 'double'] }, [
        { u: 7n, v: 1n },
        { u: null, v: 1.5 },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'u string', 'v string']);
      expect(rows.map((row) => [row['u'], row['v']])).toEqual([
        ['7', '1'],
        [null, '1.5'],
      ]);
    });

    it('6. a union of null and one type is that type, in either order', async () => {
      const { world } = await loadRows(bench, { a: ['null', 'long'], b: ['long', 'null'], c: ['boolean'] }, [
        { a: 1n, b: null, c: true },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'a int64', 'b int64', 'c bool']);
    });

    it('6. every codec gives the same rows', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            't',
            ...(['null', 'deflate', 'snappy', 'zstandard'] as const).map((codec, n) =>
              file({ ...ID, s: 'string' }, [{ event_id: BigInt(n), s: `${codec} ${'x'.repeat(300)}` }], {
                codec,
                rowsPerBlock: 1,
              }),
            ),
          ),
        ),
      );
      expect((await world.rows('t', 'event_id')).map((row) => String(row['s']).split(' ')[0])).toEqual([
        'null',
        'deflate',
        'snappy',
        'zstandard',
      ]);
    });
  });
}

function json(row: Row | undefined, name: string): unknown {
  const value = row?.[name];
  return value === null || value === undefined ? null : JSON.parse(String(value));
}
