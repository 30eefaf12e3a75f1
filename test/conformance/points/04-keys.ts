import { describe, expect, it } from 'vitest';
import { type Bench, runWell } from '../bench.js';
import { CLICK, click, clicks, dump, file, full, incremental } from '../data.js';
import { countsOf, rejects, statuses, tableNames } from '../ledger.js';

export function keys(bench: Bench): void {
  describe('4. keys', () => {
    it('4. users by user_id, user_migrations by from_user_id, every other table by event_id', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          incremental(
            'users',
            file({ user_id: 'long', event_id: 'long' }, [
              { user_id: 1n, event_id: 1n },
              { user_id: 1n, event_id: 2n },
            ]),
          ),
          full(
            'user_migrations',
            file({ from_user_id: 'long', to_user_id: 'long' }, [
              { from_user_id: 1n, to_user_id: 2n },
              { from_user_id: 1n, to_user_id: 3n },
            ]),
          ),
          incremental(
            'pageviews',
            file({ event_id: 'long', user_id: 'long' }, [
              { event_id: 1n, user_id: 1n },
              { event_id: 2n, user_id: 1n },
            ]),
          ),
        ),
      );
      expect(await world.rows('users', 'user_id')).toEqual([{ user_id: 1n, event_id: 2n }]);
      expect(await world.rows('user_migrations', 'from_user_id')).toEqual([
        { from_user_id: 1n, to_user_id: 3n },
      ]);
      expect(await world.rows('pageviews', 'event_id')).toHaveLength(2);
    });

    it('4. keys are overridable, composite ones too, over several dumps', async () => {
      const fields = { event_id: 'long', user_id: 'string', n: 'long' };
      const world = await bench.loaded(
        { tables: { keys: { click: ['event_id', 'user_id'] } } },
        dump(
          1n,
          full(
            'click',
            file(fields, [
              { event_id: 1n, user_id: 'a', n: 1n },
              { event_id: 1n, user_id: 'b', n: 2n },
              { event_id: 2n, user_id: 'a', n: 3n },
              { event_id: 1n, user_id: 'b', n: 4n },
            ]),
          ),
        ),
        dump(
          2n,
          incremental(
            'click',
            file(fields, [
              { event_id: 1n, user_id: 'a', n: 5n },
              { event_id: 2n, user_id: 'b', n: 6n },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id', 'user_id')).toEqual([
        { event_id: 1n, user_id: 'a', n: 5n },
        { event_id: 1n, user_id: 'b', n: 4n },
        { event_id: 2n, user_id: 'a', n: 3n },
        { event_id: 2n, user_id: 'b', n: 6n },
      ]);
      expect(await countsOf(world, '2/click')).toBe(
        'read 2: inserted 1, updated 1, unchanged 0, filtered 0, rejected 0, values 0',
      );
    });

    it('4. a key of text is compared byte for byte; the empty text is a key', async () => {
      const texts = ['', ' ', 'a', 'A', 'a ', 'ä', 'a\u0308', '\u0000', 'ß', 'ss'];
      const fields = { event_id: 'string', n: 'long' };
      const rows = (first: bigint): { event_id: string; n: bigint }[] =>
        texts.map((event_id, n) => ({ event_id, n: first + BigInt(n) }));
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(fields, rows(0n)))),
        dump(2n, incremental('click', file(fields, rows(100n)))),
      );
      const loaded = await world.rows('click', 'n');
      expect(loaded.map((row) => [row['event_id'], row['n']])).toEqual(
        rows(100n).map((row) => [row.event_id, row.n]),
      );
    });

    it('4. a column of a key that is spelled in another case in the file is the key', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file({ Event_ID: 'long', label: 'string' }, [{ Event_ID: 1n, label: 'a' }]))),
      );
      await world.write(dump(2n, incremental('click', clicks([1n, 'b']))));
      await runWell(world);
      expect((await world.rows('click', 'label')).map((row) => Object.values(row))).toEqual([[1n, 'b']]);
    });

    it('4. _event_metadata is excluded by default, and can be selected', async () => {
      const meta = file({ name: 'string', shown: 'string' }, [{ name: 'click', shown: 'Click' }]);
      const world = await bench.loaded(
        {},
        dump(1n, full('_event_metadata', meta), full('click', clicks([1n, 'a']))),
      );
      expect(await tableNames(world)).toEqual(['click']);
      expect(await statuses(world)).toEqual(['1/_event_metadata excluded', '1/click loaded']);
      const selected = await world.reconfigured({
        tables: { exclude: [], keys: { _event_metadata: ['name'] } },
      });
      await runWell(selected);
      expect(await world.rows('_event_metadata', 'name')).toEqual([{ name: 'click', shown: 'Click' }]);
      expect(await statuses(world)).toEqual(['1/_event_metadata loaded', '1/click loaded']);
    });

    for (const [kind, table] of [
      ['merged', incremental],
      ['replaced', full],
    ] as const) {
      it(`4. a row whose key is NULL is not ${kind}: it is rejected with file, row and reason, and counted`, async () => {
        const world = await bench.loaded(
          {},
          dump(
            7n,
            table(
              'click',
              { ...clicks([1n, 'a'], [null, 'no key']), name: 'x.avro' },
              { ...clicks([null, null], [2n, 'b']), name: 'y.avro' },
            ),
          ),
        );
        expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
        expect(await countsOf(world, '7/click')).toBe(
          'read 4: inserted 2, updated 0, unchanged 0, filtered 0, rejected 2, values 0',
        );
        const rows = await world.rows('_heapload_rejects', 'file_key');
        expect(
          rows.map((row) => [
            row['load_id'],
            row['dump_id'],
            row['table_name'],
            row['file_key'],
            row['row_index'],
            row['kind'],
            row['column_name'],
            row['reason'],
          ]),
        ).toEqual([
          ['7/click', 7n, 'click', 'sync_7/click/x.avro', 1n, 'row', null, 'the primary key is NULL'],
          ['7/click', 7n, 'click', 'sync_7/click/y.avro', 0n, 'row', null, 'the primary key is NULL'],
        ]);
        expect(String(rows[0]?.['raw_value'])).toContain('no key');
      });
    }

    it('4. one NULL among the columns of a composite key rejects the row', async () => {
      const fields = { event_id: 'long', user_id: 'long' };
      const world = await bench.loaded(
        { tables: { keys: { click: ['event_id', 'user_id'] } } },
        dump(
          1n,
          incremental(
            'click',
            file(fields, [
              { event_id: 1n, user_id: null },
              { event_id: null, user_id: 1n },
              { event_id: null, user_id: null },
              { event_id: 1n, user_id: 1n },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, user_id: 1n }]);
      expect((await rejects(world)).map((row) => row['row_index'])).toEqual([0n, 1n, 2n]);
    });

    it('4. a key column may be declared non-null', async () => {
      const schema = { type: 'record', name: 'r', fields: [{ name: 'event_id', type: 'long' }] } as const;
      const world = await bench.loaded({}, dump(1n, full('click', { schema, rows: [{ event_id: 5n }] })));
      await world.write(dump(2n, incremental('click', file(CLICK, [{ event_id: 5n, label: 'b' }]))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(5n, 'b')]);
    });
  });
}
