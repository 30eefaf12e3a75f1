import { describe, expect, it } from 'vitest';
import { type Bench, runWell } from '../bench.js';
import { dump, file, full, incremental, micros, unscaled } from '../data.js';
import { columnsOf } from '../ledger.js';

const ID = { event_id: 'long' };
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const DECIMAL = { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 };

export function casts(bench: Bench): void {
  describe('6. casts', () => {
    it('6. later int64 values are cast into a float64 column', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('t', file({ ...ID, n: 'double' }, [{ event_id: 1n, n: 0.5 }]))),
      );
      await world.write(
        dump(
          2n,
          incremental(
            't',
            file({ ...ID, n: 'long' }, [
              { event_id: 1n, n: 3n },
              { event_id: 2n, n: -(2n ** 40n) },
              { event_id: 3n, n: null },
            ]),
          ),
        ),
      );
      await runWell(world);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'n float64']);
      expect((await world.rows('t', 'event_id')).map((row) => row['n'])).toEqual([3, -(2 ** 40), null]);
    });

    it('6. later scalars are cast into a string column', async () => {
      const text = (type: unknown, ...values: readonly unknown[]): readonly [unknown, readonly unknown[]] => [
        type,
        values,
      ];
      const later = [
        text('boolean', true, false),
        text('long', MIN, MAX, 0n),
        text('double', 1, 0.1, -0.5, 1e16, 1e-7, 123456.789, 5e-324),
        text(DECIMAL, unscaled(1250n), unscaled(-5n), unscaled(0n)),
        text({ type: 'int', logicalType: 'date' }, 20_000, -719_162),
        text({ type: 'long', logicalType: 'timestamp-micros' }, micros('2026-01-31T09:30:00Z'), 1n),
      ];
      let id = 0n;
      const files = later.map(([type, values]) =>
        file(
          { ...ID, s: type },
          values.map((s) => ({ event_id: (id += 1n), s })),
        ),
      );
      const world = await bench.loaded(
        {},
        dump(1n, full('t', file({ ...ID, s: 'string' }, []))),
        dump(2n, incremental('t', ...files)),
      );
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 's string']);
      expect((await world.rows('t', 'event_id')).map((row) => row['s'])).toEqual([
        'true',
        'false',
        MIN.toString(),
        MAX.toString(),
        '0',
        '1.0',
        '0.1',
        '-0.5',
        '1e+16',
        '1e-07',
        '123456.789',
        '5e-324',
        '12.50',
        '-0.05',
        '0.00',
        '2024-10-04',
        '0001-01-01',
        '2026-01-31T09:30:00.000000Z',
        '1970-01-01T00:00:00.000001Z',
      ]);
    });

    it('6. the first type seen is the type, also within one load', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            't',
            file({ ...ID, n: 'string' }, [{ event_id: 1n, n: 'a' }]),
            file({ ...ID, n: 'long' }, [{ event_id: 2n, n: 2n }]),
          ),
        ),
      );
      expect(await world.rows('t', 'event_id')).toEqual([
        { event_id: 1n, n: 'a' },
        { event_id: 2n, n: '2' },
      ]);
    });
  });
}
