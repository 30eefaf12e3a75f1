import { describe, expect, it } from 'vitest';
import { STAGING_PREFIX } from '../../../src/schema/identifiers.js';
import type { Session } from '../../../src/warehouse/contract.js';
import type { World } from '../../support/world.js';
import { type Bench, runBadly, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental } from '../data.js';
import { countsOf, rejects, statuses } from '../ledger.js';
import { around } from '../sessions.js';

const EVENT = { event_id: 'long', time: 'string' };
const DAY = '2026-01-02 00:00:00';

export function counts(bench: Bench): void {
  describe('11. counts', () => {
    it('11. every row read is inserted, updated, unchanged, filtered or rejected', async () => {
      const world = await bench.loaded(
        { source: { start_date: '2026-01-01' } },
        dump(
          1n,
          incremental(
            'click',
            file(EVENT, [
              { event_id: 1n, time: DAY },
              { event_id: 2n, time: DAY },
              { event_id: 3n, time: DAY },
            ]),
          ),
        ),
      );
      await world.write(dump(3n, incremental('click', file(EVENT, [{ event_id: 3n, time: DAY }]))));
      await runWell(world);
      await world.write(
        dump(
          2n,
          incremental(
            'click',
            file(EVENT, [
              { event_id: 1n, time: DAY },
              { event_id: 2n, time: 'never' },
              { event_id: 3n, time: DAY },
              { event_id: 4n, time: DAY },
              { event_id: 4n, time: DAY },
              { event_id: 5n, time: '2025-12-31 23:59:59' },
              { event_id: null, time: 'never' },
            ]),
          ),
        ),
      );
      const { events } = await runWell(world);
      expect(await countsOf(world, '2/click')).toBe(
        'read 7: inserted 1, updated 2, unchanged 2, filtered 1, rejected 1, values 2',
      );
      expect(await rejects(world)).toHaveLength(3);
      const done = events.find((event) => event.kind === 'load-done');
      expect(done).toMatchObject({
        counts: {
          read: 7n,
          inserted: 1n,
          updated: 2n,
          unchanged: 2n,
          filtered: 1n,
          rejected: 1n,
          valuesRejected: 2n,
          tableRows: 4n,
        },
      });
    });

    it('11. the ledger counts the rows of each file and of the table', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full('click', clicks([1n, 'a'], [2n, 'b']), clicks(), clicks([2n, 'c'], [3n, 'd'], [null, 'e'])),
        ),
      );
      const files = await world.rows('_heapload_files', 'file_index');
      expect(files.map((each) => each['rows'])).toEqual([2n, 0n, 3n]);
      expect((await world.rows('_heapload_loads', 'dump_id'))[0]?.['table_rows']).toBe(3n);
    });

    /** Dump 1 is loaded; dump 2 goes through a session with a flaw. */
    const flawed = async (
      table: typeof full,
      flaw: (session: Session, world: World) => Session,
    ): Promise<void> => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a'], [2n, 'a']))));
      await world.write(
        dump(2n, table('click', clicks([2n, 'b'], [3n, 'b'])), incremental('other', clicks())),
      );
      const session = await world.connect();
      const { result } = await runBadly(world, ['2 click COUNTS_MISMATCH'], {
        session: flaw(session, world),
      });
      await session.close();
      expect(result.failures[0]?.error.message).toContain('2/click');
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'a')]);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click pending', '2/other loaded']);
      expect(await world.rows('_heapload_files', 'file_key')).toHaveLength(2);
      await runWell(world);
      expect((await world.rows('click', 'event_id')).at(-1)).toEqual(click(3n, 'b'));
    };
    const miscounting = (session: Session, by: number): Session =>
      around(session, {
        after: (operation, _, { rows }) =>
          operation.kind === 'transfer' && operation.files[0]?.key.includes('/click/') === true
            ? { rows: rows + by }
            : undefined,
      });

    for (const [kind, table] of [
      ['merge', incremental],
      ['replacement', full],
    ] as const) {
      it(`11. a ${kind} whose reader counted more rows than were staged is rolled back`, () =>
        flawed(table, (session) => miscounting(session, 1)));
      it(`11. a ${kind} whose reader counted fewer rows than were staged is rolled back`, () =>
        flawed(table, (session) => miscounting(session, -1)));

      it(`11. a ${kind} of which the warehouse lost a staged row is rolled back`, () =>
        flawed(table, (session, world) =>
          around(session, {
            after: async (operation) => {
              if (
                operation.kind !== 'transfer' ||
                !new RegExp(`^${STAGING_PREFIX}\\d+_2_click$`, 'i').test(operation.into.name)
              )
                return undefined;
              await world.execute(
                `DELETE FROM ${world.table(operation.into.name)} WHERE ${world.dialect.quoteIdentifier('event_id')} = 3`,
              );
              return undefined;
            },
          }),
        ));
    }
  });
}
