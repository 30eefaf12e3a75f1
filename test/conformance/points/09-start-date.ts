import { describe, expect, it } from 'vitest';
import { type Bench } from '../bench.js';
import { dump, file, full, incremental, micros } from '../data.js';
import { columnsOf, countsOf, rejects } from '../ledger.js';

const START = { source: { start_date: '2026-01-02' } };
const EVENT = { event_id: 'long', time: 'string' };
const BEFORE = '2026-01-01 23:59:59.999999';
const AT = '2026-01-02 00:00:00';

export function startDate(bench: Bench): void {
  describe('9. start date', () => {
    for (const [kind, table] of [
      ['merged', incremental],
      ['replaced', full],
    ] as const) {
      it(`9. event rows with an earlier time stay out and are counted, ${kind}`, async () => {
        const rows = [
          { event_id: 1n, time: BEFORE },
          { event_id: 2n, time: AT },
          { event_id: 3n, time: null },
          { event_id: 4n, time: 'never' },
          { event_id: 5n, time: '2026-01-02 00:30:00+01:00' },
          { event_id: 6n, time: '1700000000' },
          { event_id: null, time: BEFORE },
        ];
        const world = await bench.loaded(
          START,
          dump(1n, ...['pageviews', 'sessions', 'click'].map((name) => table(name, file(EVENT, rows)))),
        );
        for (const name of ['pageviews', 'sessions', 'click']) {
          expect(await world.rows(name, 'event_id')).toEqual([
            { event_id: 2n, time: micros('2026-01-02T00:00:00Z') },
            { event_id: 3n, time: null },
            { event_id: 4n, time: null },
          ]);
          expect(await countsOf(world, `1/${name}`)).toBe(
            'read 7: inserted 3, updated 0, unchanged 0, filtered 3, rejected 1, values 1',
          );
        }
      });
    }

    it('9. users and user_migrations are never filtered, whatever they are called in the warehouse', async () => {
      const world = await bench.loaded(
        { ...START, tables: { rename: { users: 'people' }, keys: { people: ['user_id'] } } },
        dump(
          1n,
          full('users', file({ user_id: 'long', time: 'string' }, [{ user_id: 1n, time: BEFORE }])),
          full(
            'user_migrations',
            file({ from_user_id: 'long', time: 'long' }, [{ from_user_id: 1n, time: 1n }]),
          ),
        ),
      );
      expect(await world.rows('people', 'user_id')).toHaveLength(1);
      expect(await world.rows('user_migrations', 'from_user_id')).toHaveLength(1);
    });

    it('9. only time counts, in every encoding', async () => {
      const at = (time: unknown, rows: readonly (readonly [bigint, unknown])[]): ReturnType<typeof file> =>
        file(
          { event_id: 'long', time },
          rows.map(([event_id, value]) => ({ event_id, time: value })),
        );
      const world = await bench.loaded(
        START,
        dump(
          1n,
          incremental(
            'click',
            at('long', [
              [1n, 1_767_311_999_999n],
              [2n, 1_767_312_000_000n],
            ]),
            at({ type: 'long', logicalType: 'timestamp-micros' }, [
              [3n, 1_767_311_999_999_999n],
              [4n, 1_767_312_000_000_000n],
            ]),
            at('string', [
              [5n, BEFORE],
              [6n, AT],
            ]),
            file({ event_id: 'long', session_time: 'string' }, [{ event_id: 7n, session_time: BEFORE }]),
          ),
        ),
      );
      expect((await world.rows('click', 'event_id')).map((row) => row['event_id'])).toEqual([2n, 4n, 6n, 7n]);
    });

    it('9. rows are filtered also when time itself is not loaded, or raw', async () => {
      const rows = [
        { event_id: 1n, time: BEFORE },
        { event_id: 2n, time: AT },
      ];
      const without = await bench.loaded(
        { ...START, columns: { exclude: { '*': ['time'] } } },
        dump(1n, full('click', file(EVENT, rows))),
      );
      expect(await without.rows('click', 'event_id')).toEqual([{ event_id: 2n }]);
      expect(await columnsOf(without, 'click')).toEqual(['event_id int64']);
      const raw = await bench.loaded(
        { ...START, columns: { timestamps: { as: 'raw' } } },
        dump(1n, full('click', file(EVENT, rows))),
      );
      expect(await raw.rows('click', 'event_id')).toEqual([{ event_id: 2n, time: AT }]);
      expect(await rejects(raw)).toEqual([]);
    });

    it('9. a filtered version of a key does not hide another one', async () => {
      const world = await bench.loaded(
        START,
        dump(
          1n,
          incremental(
            'click',
            file(EVENT, [
              { event_id: 1n, time: AT },
              { event_id: 1n, time: BEFORE },
              { event_id: 2n, time: BEFORE },
              { event_id: 2n, time: AT },
            ]),
          ),
        ),
      );
      expect((await world.rows('click', 'event_id')).map((row) => row['event_id'])).toEqual([1n, 2n]);
      expect(await countsOf(world, '1/click')).toBe(
        'read 4: inserted 2, updated 0, unchanged 0, filtered 2, rejected 0, values 0',
      );
    });
  });
}
