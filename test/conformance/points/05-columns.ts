import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/warehouse/contract.js';
import type { Ran } from '../../support/world.js';
import { type Bench, runWell } from '../bench.js';
import { dump, file, full, incremental, plainRecord } from '../data.js';
import { columnsOf } from '../ledger.js';

const ID = { event_id: 'long' };

export function columns(bench: Bench): void {
  describe('5. columns', () => {
    it('5. the union over loaded files, in order of first appearance', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            file({ ...ID, m: 'string' }, []),
            file({ a: 'string', ...ID, m: 'string', z: 'long' }, []),
          ),
        ),
        dump(2n, incremental('click', file({ c: 'string', ...ID, z: 'long', b: 'boolean' }, []))),
      );
      expect(await columnsOf(world, 'click')).toEqual([
        'event_id int64',
        'm string',
        'a string',
        'z int64',
        'c string',
        'b bool',
      ]);
      await world.write(
        dump(3n, incremental('click', file({ ...ID, _9: 'string' }, [])), full('other', file(ID, []))),
      );
      await runWell(world);
      expect((await columnsOf(world, 'click'))?.at(-1)).toBe('_9 string');
    });

    it('5. every column is nullable, also when a file declares it non-null', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full('click', {
            schema: plainRecord({ event_id: 'long', must: 'string', n: 'long' }),
            rows: [{ event_id: 1n, must: 'm', n: 1n }],
          }),
        ),
      );
      await world.write(
        dump(2n, incremental('click', file(ID, [{ event_id: 2n }]))),
        dump(3n, incremental('click', file({ ...ID, must: 'string' }, [{ event_id: 1n, must: null }]))),
      );
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, must: null, n: 1n },
        { event_id: 2n, must: null, n: null },
      ]);
    });

    it('5. changes are additive: nothing is dropped, renamed or retyped, whatever comes', async () => {
      const world = await bench.world();
      const history = [
        dump(
          1n,
          full('click', file({ ...ID, label: 'string', n: 'long' }, [{ event_id: 1n, label: 'a', n: 1n }])),
        ),
        dump(2n, incremental('click', file({ ...ID, n: 'string' }, [{ event_id: 1n, n: 'one' }]))),
        dump(3n, full('click', file({ LABEL: 'double', ...ID }, [{ event_id: 2n, LABEL: 0.5 }]))),
        dump(4n, full('click')),
        dump(5n, incremental('click', file({ ...ID, n: 'boolean' }, [{ event_id: 3n, n: true }]))),
      ];
      let before: readonly string[] = [];
      for (const each of history) {
        await world.write(each);
        const ran = await runWell(world);
        expect(destructive(ran)).toEqual([]);
        const after = (await columnsOf(world, 'click')) ?? [];
        expect(after.slice(0, before.length)).toEqual(before);
        before = after;
      }
      expect(before).toEqual([
        'event_id int64',
        'label string',
        'n int64',
        'n__string string',
        'n__bool bool',
      ]);
    });

    it('5. a column absent from a whole load keeps its value on update and is NULL on insert', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full('click', file({ ...ID, a: 'string', b: 'string' }, [{ event_id: 1n, a: 'a1', b: 'b1' }])),
        ),
        dump(
          2n,
          incremental(
            'click',
            file({ ...ID, a: 'string' }, [
              { event_id: 1n, a: 'a2' },
              { event_id: 2n, a: 'a2' },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, a: 'a2', b: 'b1' },
        { event_id: 2n, a: 'a2', b: null },
      ]);
    });

    it('5. a column absent from one file but present in another is NULL for the rows of that file', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            file({ ...ID, b: 'string' }, [
              { event_id: 1n, b: 'old' },
              { event_id: 2n, b: 'old' },
            ]),
          ),
        ),
        dump(
          2n,
          incremental(
            'click',
            file(ID, [{ event_id: 1n }, { event_id: 3n }]),
            file({ ...ID, b: 'string' }, [{ event_id: 2n, b: 'new' }]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, b: null },
        { event_id: 2n, b: 'new' },
        { event_id: 3n, b: null },
      ]);
    });

    it('5. a column that is present and NULL overwrites', async () => {
      const fields = { ...ID, b: 'string' };
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(fields, [{ event_id: 1n, b: 'old' }]))),
        dump(2n, incremental('click', file(fields, [{ event_id: 1n, b: null }]))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, b: null }]);
    });

    it('5. a replaced table keeps its old columns, NULL where the new dump lacks them', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file({ ...ID, a: 'string', b: 'long' }, [{ event_id: 1n, a: 'a', b: 1n }]))),
      );
      await world.write(dump(2n, full('click', file({ ...ID, c: 'string' }, [{ event_id: 1n, c: 'c' }]))));
      await runWell(world);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'a string', 'b int64', 'c string']);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, a: null, b: null, c: 'c' }]);
    });

    it('5. a table of the key alone, and rows that change nothing', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(ID, [{ event_id: 1n }]))),
        dump(2n, incremental('click', file(ID, [{ event_id: 1n }, { event_id: 2n }]))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n }, { event_id: 2n }]);
    });
  });
}

/** Statements that would take something away from a table that is not for staging. */
function destructive(ran: Ran): readonly string[] {
  return ran.statements
    .filter((operation): operation is Statement => operation.kind === 'statement')
    .map(({ sql }) => sql.replace(/'(?:[^']|'')*'/g, "''"))
    .filter((sql) => {
      if (/\b(DROP\s+TABLE|OR\s+REPLACE)\b/i.test(sql))
        return !/\b(DROP\s+TABLE(\s+IF\s+EXISTS)?|OR\s+REPLACE(\s+\w+)?\s+TABLE)\s+\S*_heapload_stage_/i.test(
          sql,
        );
      if (/\bALTER\s+TABLE\b/i.test(sql))
        return (
          !/\bALTER\s+TABLE\s+\S*_heapload_stage_/i.test(sql) &&
          (!/\bADD\s+COLUMN\b/i.test(sql) || /\b(DROP|RENAME|TYPE|SET DATA)\b/i.test(sql))
        );
      return /\b(DROP|RENAME|TRUNCATE)\b/i.test(sql);
    });
}
