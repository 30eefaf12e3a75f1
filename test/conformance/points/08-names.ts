import { describe, expect, it } from 'vitest';
import { type Bench, editManifest, notesOf, runBadly, runWell } from '../bench.js';
import { CLICK, click, clicks, dump, file, full, incremental } from '../data.js';
import { columnsOf, statuses, tableNames } from '../ledger.js';

const ID = { event_id: 'long' };

export function names(bench: Bench): void {
  describe('8. names', () => {
    it('8. table names fold to lower case and underscores; leading and trailing ones stay', async () => {
      const folded = {
        'Sign Up': 'sign_up',
        'Clicked  "Buy" – now!': 'clicked_buy_now_',
        __x__: '__x__',
        'a.b-c': 'a_b_c',
        Ünï: '_n_',
        "it's; DROP TABLE users": 'it_s_drop_table_users',
      };
      const sources = Object.keys(folded);
      const world = await bench.loaded(
        {},
        dump(1n, ...sources.map((name, n) => full(name, clicks([BigInt(n), name])))),
      );
      expect(await tableNames(world)).toEqual(Object.values(folded).sort());
      for (const [n, name] of Object.values(folded).entries()) {
        expect(await world.rows(name, 'event_id')).toEqual([click(BigInt(n), sources[n] ?? '')]);
      }
    });

    it('8. names are always quoted: words of SQL are tables and columns like any other', async () => {
      const words = [
        'select',
        'from',
        'order',
        'group',
        'table',
        'target',
        'source',
        'staged',
        'typed',
        'ranked',
        'counted',
        'file',
        'user',
        'values',
        'outcome',
        'current_date',
      ];
      const fields = { ...ID, ...Object.fromEntries(words.map((word) => [word, 'string'])) };
      const row = (event_id: bigint, text: string): Record<string, unknown> => ({
        event_id,
        ...Object.fromEntries(words.map((word) => [word, `${word} ${text}`])),
      });
      const world = await bench.loaded(
        {},
        ...['order', 'select'].map((table, n) =>
          dump(BigInt(n + 1), full(table, file(fields, [row(1n, 'a'), row(2n, 'a')]))),
        ),
      );
      await world.write(dump(3n, incremental('order', file(fields, [row(2n, 'b'), row(3n, 'b')]))));
      await runWell(world);
      expect(await world.rows('order', 'event_id')).toEqual([row(1n, 'a'), row(2n, 'b'), row(3n, 'b')]);
      expect(await world.rows('select', 'event_id')).toHaveLength(2);
    });

    it('8. column names stay as in the file, underscores and length included', async () => {
      const stem = 'properties_of_a_very_long_form_field_name_that_goes_on_for_a_while_';
      const names = ['_lead', 'trail_', 'a__b', '__', `${stem}1`, `${stem}2`];
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full('click', file({ ...ID, ...Object.fromEntries(names.map((name) => [name, 'string'])) }, [])),
        ),
      );
      expect(await columnsOf(world, 'click')).toEqual([
        'event_id int64',
        ...names.map((name) => `${name} string`),
      ]);
    });

    it('8. column names are stored in the case of the file, or in upper case where that is the rule', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', file({ ...ID, MixedCase: 'string' }, []))));
      const stored = (await world.state()).tables.get('click')?.columns.map((column) => column.name);
      const upper = world.dialect.capabilities.storedCase === 'upper';
      expect(stored).toContain(upper ? 'MIXEDCASE' : 'MixedCase');
    });

    it('8. columns are compared without case', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            file({ ...ID, label: 'string' }, [{ event_id: 1n, label: 'a' }]),
            file({ ...ID, LABEL: 'string' }, [{ event_id: 2n, LABEL: 'b' }]),
          ),
        ),
        dump(
          2n,
          incremental('click', file({ EVENT_ID: 'long', Label: 'string' }, [{ EVENT_ID: 1n, Label: 'c' }])),
        ),
      );
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'c'), click(2n, 'b')]);
    });

    it('8. two tables that fold into one stop with an error naming both and rename:, which resolves it', async () => {
      const world = await bench.world();
      await world.write(
        dump(
          1n,
          full('Sign Up', clicks([1n, 'a'])),
          full('sign_up', clicks([2n, 'b'])),
          full('other', clicks([3n, 'c'])),
        ),
      );
      const { result } = await runBadly(world, ['1 sign_up NAME_COLLISION']);
      const error = result.failures[0]?.error;
      expect(error?.message).toContain('"Sign Up"');
      expect(error?.message).toContain('"sign_up"');
      expect(error?.hint).toContain('tables.rename');
      expect(await tableNames(world)).toEqual(['other']);
      const renamed = await world.reconfigured({ tables: { rename: { 'Sign Up': 'sign_up_button' } } });
      await runWell(renamed);
      expect(await world.rows('sign_up_button', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await world.rows('sign_up', 'event_id')).toEqual([click(2n, 'b')]);
    });

    it('8. … also when the second of them comes dumps later', async () => {
      const world = await bench.loaded({}, dump(1n, full('sign_up', clicks([1n, 'a']))));
      await world.write(
        dump(2n, incremental('Sign Up', clicks([2n, 'b'])), incremental('sign_up', clicks([3n, 'c']))),
      );
      await runBadly(world, ['2 sign_up NAME_COLLISION']);
      expect(await world.rows('sign_up', 'event_id')).toEqual([click(1n, 'a')]);
      await runWell(await world.reconfigured({ tables: { rename: { 'Sign Up': 'sign_up_2' } } }));
      expect(await world.rows('sign_up', 'event_id')).toEqual([click(1n, 'a'), click(3n, 'c')]);
      expect(await world.rows('sign_up_2', 'event_id')).toEqual([click(2n, 'b')]);
    });

    it('8. two columns that fold into one stop their table with an error naming both and rename:, which resolves it', async () => {
      const world = await bench.world();
      const wide = file({ ...ID, label: 'string', Label: 'string' }, [
        { event_id: 1n, label: 'a', Label: 'b' },
      ]);
      await world.write(dump(1n, full('click', wide), full('other', clicks([1n, 'x']))));
      const { result } = await runBadly(world, ['1 click NAME_COLLISION']);
      const error = result.failures[0]?.error;
      expect(error?.message).toMatch(/"label".*"Label"/);
      expect(error?.hint).toContain('columns.rename');
      expect(await world.rows('other', 'event_id')).toHaveLength(1);
      await runWell(await world.reconfigured({ columns: { rename: { click: { Label: 'label_2' } } } }));
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, label: 'a', label_2: 'b' }]);
    });

    it('8. a column that folds into a variant column stops the table', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file({ ...ID, n: 'long' }, []))),
        dump(2n, incremental('click', file({ ...ID, n: 'string' }, [{ event_id: 1n, n: 'a' }]))),
      );
      await world.write(
        dump(
          3n,
          incremental('click', file({ ...ID, n__string: 'string' }, [{ event_id: 1n, n__string: 'b' }])),
        ),
      );
      const { result } = await runBadly(world, ['3 click NAME_COLLISION']);
      expect(result.failures[0]?.error.message).toContain('"n__string"');
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, n: null, n__string: 'a' }]);
    });

    it('8. a column name at the limit loads; a longer one stops its table, naming rename:', async () => {
      const world = await bench.world();
      const longest = 'c'.repeat(world.dialect.capabilities.maxColumnName);
      await world.write(
        dump(
          1n,
          full('fits', file({ ...ID, [longest]: 'string' }, [{ event_id: 1n, [longest]: 'a' }])),
          full('click', file({ ...ID, [`${longest}c`]: 'string' }, [])),
        ),
      );
      const { result } = await runBadly(world, ['1 click NAME_INVALID']);
      expect(result.failures[0]?.error.message).toContain(`${longest}c`);
      expect(result.failures[0]?.error.hint).toContain('columns.rename');
      expect(await world.rows('fits', 'event_id')).toEqual([{ event_id: 1n, [longest]: 'a' }]);
    });

    it('8. a table name at the limit loads; a longer one stops it, naming rename:', async () => {
      const world = await bench.world();
      const longest = 't'.repeat(world.dialect.capabilities.maxTableName);
      await world.write(dump(1n, full('a', clicks([1n, 'a'])), full('b', clicks([2n, 'b']))));
      await editManifest(world, 1n, (manifest) => {
        manifest.tables.forEach((table, n) => (table.name = longest + 't'.repeat(n)));
      });
      const { result } = await runBadly(world, [`1 ${longest}t NAME_INVALID`]);
      expect(result.failures[0]?.error.message).toContain(`${longest}t`);
      expect(result.failures[0]?.error.hint).toContain('tables.rename');
      expect(await world.rows(longest, 'event_id')).toEqual([click(1n, 'a')]);
      await runWell(await world.reconfigured({ tables: { rename: { [`${longest}t`]: 'short' } } }));
      expect(await world.rows('short', 'event_id')).toEqual([click(2n, 'b')]);
    });

    it('8. names that heapload keeps for itself stop their table', async () => {
      const world = await bench.world();
      await world.write(
        dump(
          1n,
          full('click', file({ ...ID, _heapload_dump_id: 'long' }, [])),
          full('_heapload_loads', clicks([1n, 'a'])),
          full('other', clicks([1n, 'a'])),
        ),
      );
      const { result } = await world.run();
      expect(result.failures.map(({ table, error }) => `${table ?? ''} ${error.code}`).sort()).toEqual([
        '_heapload_loads NAME_INVALID',
        'click NAME_INVALID',
      ]);
      expect((await statuses(world)).at(-1)).toBe('1/other loaded');
    });

    it("8. a manifest's columns that disagree with the header are a warning; the header rules", async () => {
      const world = await bench.world();
      const table = full('click', file(CLICK, [click(1n, 'a')]));
      await world.write(dump(1n, { ...table, columns: ['event_id', 'phantom'] }));
      const ran = await runWell(world);
      const told = notesOf(ran).filter((note) => note.startsWith('1 click:'));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/phantom.*label/);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string']);
    });

    it("8. a manifest's columns that agree, in whatever order and case, are no warning", async () => {
      const world = await bench.world();
      await world.write(
        dump(1n, { ...full('click', file(CLICK, [click(1n, 'a')])), columns: ['LABEL', 'event_id'] }),
      );
      expect(notesOf(await runWell(world))).toEqual([]);
    });
  });
}
