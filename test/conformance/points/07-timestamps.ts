import { describe, expect, it } from 'vitest';
import { type Bench, runWell } from '../bench.js';
import { dump, file, full, incremental, micros } from '../data.js';
import { columnsOf, countsOf, rejects } from '../ledger.js';
import { loadTimes } from '../one-table.js';

const ID = { event_id: 'long' };
const T = micros('2026-01-02T03:04:05Z');
const HOUR = 3_600_000_000n;

export function timestamps(bench: Bench): void {
  describe('7. known timestamps', () => {
    it('7. exactly the four columns, in any table', async () => {
      const names = ['time', 'session_time', 'joindate', 'last_modified', 'timestamp', 'created_at', 'times'];
      const fields = { ...ID, ...Object.fromEntries(names.map((name) => [name, 'string'])) };
      const row = { event_id: 1n, ...Object.fromEntries(names.map((name) => [name, '2026-01-02 03:04:05'])) };
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full('click', file(fields, [row])),
          full(
            'users',
            file({ user_id: 'long', joindate: 'string' }, [{ user_id: 1n, joindate: '2026-01-02 03:04:05' }]),
          ),
        ),
      );
      expect(
        (await columnsOf(world, 'click'))
          ?.filter((column) => column.endsWith(' timestamp'))
          .map((column) => column.split(' ')[0]),
      ).toEqual(names.slice(0, 4));
      expect((await world.rows('click', 'event_id'))[0]).toMatchObject({
        time: T,
        last_modified: T,
        created_at: '2026-01-02 03:04:05',
      });
      expect(await world.rows('users', 'user_id')).toEqual([{ user_id: 1n, joindate: T }]);
    });

    it('7. integers by magnitude, negative ones by their absolute value, 0 is NULL', async () => {
      const values: readonly (readonly [bigint, bigint | null])[] = [
        [0n, null],
        [1n, 1_000_000n],
        [99_999_999_999n, 99_999_999_999_000_000n],
        [100_000_000_000n, 100_000_000_000_000n],
        [99_999_999_999_999n, 99_999_999_999_999_000n],
        [100_000_000_000_000n, 100_000_000_000_000n],
        [253_402_300_799_999_999n, 253_402_300_799_999_999n],
        [-1n, -1_000_000n],
        [-99_999_999_999n, null],
        [-100_000_000_000n, -100_000_000_000_000n],
        [-62_135_596_800_000_000n, -62_135_596_800_000_000n],
        [253_402_300_800_000_000n, null],
        [2n ** 63n - 1n, null],
        [-(2n ** 63n), null],
      ];
      const { world, times } = await loadTimes(
        bench,
        'long',
        values.map(([value]) => value),
      );
      expect(times).toEqual(values.map(([, expected]) => expected));
      expect((await rejects(world)).map((row) => row['raw_value'])).toEqual([
        '-99999999999',
        '253402300800000000',
        '9223372036854775807',
        '-9223372036854775808',
      ]);
    });

    it('14. a logical timestamp keeps its unit, a date is its midnight', async () => {
      const millis = await loadTimes(bench, { type: 'long', logicalType: 'timestamp-millis' }, [
        5n,
        1_767_323_045_678n,
      ]);
      expect(millis.times).toEqual([5000n, 1_767_323_045_678_000n]);
      const micro = await loadTimes(bench, { type: 'long', logicalType: 'timestamp-micros' }, [5n, -7n]);
      expect(micro.times).toEqual([5n, -7n]);
      const days = await loadTimes(bench, { type: 'int', logicalType: 'date' }, [1, -719_162]);
      expect(days.times).toEqual([24n * HOUR, -62_135_596_800_000_000n]);
    });

    it('14. a known timestamp column takes every encoding and never flips', async () => {
      const encoded = (event_id: bigint, type: unknown, time: unknown): ReturnType<typeof file> =>
        file({ ...ID, time: type }, [{ event_id, time }]);
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            encoded(1n, 'string', '2026-01-02 03:04:05'),
            encoded(2n, 'long', 1_767_323_045n),
            encoded(3n, { type: 'long', logicalType: 'timestamp-millis' }, 1_767_323_045_000n),
          ),
        ),
        dump(
          2n,
          incremental(
            'click',
            encoded(4n, 'int', 5),
            encoded(5n, ['null', 'string', 'long'], 1_767_323_045n),
            encoded(6n, 'boolean', true),
            encoded(7n, 'double', 1.5),
          ),
        ),
      );
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'time timestamp']);
      expect((await world.rows('click', 'event_id')).map((row) => row['time'])).toEqual([
        T,
        1_767_323_045_000_000n,
        1_767_323_045_000_000n,
        5_000_000n,
        1_767_323_045_000_000n,
        null,
        null,
      ]);
      expect((await rejects(world)).map((row) => row['raw_value'])).toEqual(['true', '1.5']);
    });

    it('7. a value of a row that another row replaces within the load is rejected and counted all the same', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          incremental(
            'click',
            file({ ...ID, time: 'string' }, [
              { event_id: 1n, time: 'never' },
              { event_id: 1n, time: '2026-01-02 03:04:05' },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, time: T }]);
      expect(await countsOf(world, '1/click')).toBe(
        'read 2: inserted 1, updated 0, unchanged 1, filtered 0, rejected 0, values 1',
      );
    });

    it('7. as: raw loads them as they come', async () => {
      const world = await bench.loaded(
        { columns: { timestamps: { as: 'raw' } } },
        dump(
          1n,
          full(
            'click',
            file({ ...ID, time: 'string', joindate: 'long' }, [
              { event_id: 1n, time: 'never', joindate: 0n },
            ]),
          ),
        ),
      );
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'time string', 'joindate int64']);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, time: 'never', joindate: 0n }]);
      expect(await rejects(world)).toEqual([]);
    });

    it('7. other columns can be known timestamps instead', async () => {
      const world = await bench.loaded(
        { columns: { timestamps: { columns: ['created_at'] } } },
        dump(
          1n,
          full(
            'click',
            file({ ...ID, time: 'string', Created_At: 'string' }, [
              { event_id: 1n, time: 'x', Created_At: '2026-01-02 03:04:05' },
            ]),
          ),
        ),
      );
      const rows = await world.rows('click', 'event_id');
      expect(Object.values(rows[0] ?? {})).toEqual([1n, 'x', T]);
    });

    it('7. a column that exists as text stays text', async () => {
      const world = await bench.loaded(
        { columns: { timestamps: { as: 'raw' } } },
        dump(1n, full('click', file({ ...ID, time: 'string' }, [{ event_id: 1n, time: 'a' }]))),
      );
      const changed = await world.reconfigured({});
      await changed.write(
        dump(2n, incremental('click', file({ ...ID, time: 'string' }, [{ event_id: 2n, time: 'b' }]))),
      );
      await runWell(changed);
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, time: 'a' },
        { event_id: 2n, time: 'b' },
      ]);
    });
  });
}
