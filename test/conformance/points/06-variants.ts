import { describe, expect, it } from 'vitest';
import { type Bench, runBadly, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental, unscaled } from '../data.js';
import { columnsOf, statuses } from '../ledger.js';

const ID = { event_id: 'long' };
const NUMBER = { ...ID, n: 'long' };
const TEXT = { ...ID, n: 'string' };

export function variants(bench: Bench): void {
  describe('6. variant columns', () => {
    it('6. a conflict goes to <name>__<type>: NULL on insert, untouched on update', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', file(NUMBER, [{ event_id: 1n, n: 5n }]))));
      await world.write(
        dump(
          2n,
          incremental(
            'click',
            file(TEXT, [
              { event_id: 1n, n: 'five' },
              { event_id: 2n, n: 'six' },
            ]),
          ),
        ),
      );
      await runWell(world);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'n int64', 'n__string string']);
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, n: 5n, n__string: 'five' },
        { event_id: 2n, n: null, n__string: 'six' },
      ]);
    });

    it('6. values of the first type go on into the original', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(NUMBER, [{ event_id: 1n, n: 5n }]))),
        dump(2n, incremental('click', file(TEXT, [{ event_id: 2n, n: 'six' }]))),
        dump(
          3n,
          incremental(
            'click',
            file(NUMBER, [
              { event_id: 1n, n: 7n },
              { event_id: 3n, n: 8n },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, n: 7n, n__string: null },
        { event_id: 2n, n: null, n__string: 'six' },
        { event_id: 3n, n: 8n, n__string: null },
      ]);
    });

    it('6. both types in one load: each row by the header of its file', async () => {
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            file(NUMBER, [
              { event_id: 1n, n: 1n },
              { event_id: 2n, n: 2n },
              { event_id: 3n, n: 3n },
            ]),
          ),
        ),
        dump(
          2n,
          incremental(
            'click',
            file(TEXT, [
              { event_id: 1n, n: 'one' },
              { event_id: 2n, n: 'two' },
            ]),
            file(NUMBER, [
              { event_id: 2n, n: 22n },
              { event_id: 3n, n: 33n },
            ]),
          ),
        ),
      );
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, n: 1n, n__string: 'one' },
        { event_id: 2n, n: 22n, n__string: null },
        { event_id: 3n, n: 33n, n__string: null },
      ]);
    });

    it('6. each type has its variant column', async () => {
      const kinds: Readonly<Record<string, readonly [unknown, unknown]>> = {
        bool: ['boolean', true],
        float64: ['double', 0.5],
        bytes: ['bytes', Buffer.from('x')],
        date: [{ type: 'int', logicalType: 'date' }, 0],
        timestamp: [{ type: 'long', logicalType: 'timestamp-micros' }, 7n],
        json: [{ type: 'array', items: 'int' }, [1]],
        decimal: [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 1 }, unscaled(15n)],
      };
      const files = Object.values(kinds).map(([type, n], index) =>
        file({ ...ID, n: type }, [{ event_id: BigInt(index), n }]),
      );
      const world = await bench.loaded({}, dump(1n, full('click', file(NUMBER, []), ...files)));
      expect(await columnsOf(world, 'click')).toEqual([
        'event_id int64',
        'n int64',
        'n__bool bool',
        'n__float64 float64',
        'n__bytes bytes',
        'n__date date',
        'n__timestamp timestamp',
        'n__json json',
        'n__decimal decimal(4,1)',
      ]);
      const rows = await world.rows('click', 'event_id');
      Object.keys(kinds).forEach((kind, index) => {
        const filled = Object.entries(rows[index] ?? {}).filter(
          ([name, value]) => name !== 'event_id' && value !== null,
        );
        expect(filled.map(([name]) => name)).toEqual([`n__${kind}`]);
      });
    });

    it('6. bytes and json do not become text; they are no scalars', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(TEXT, []))),
        dump(2n, incremental('click', file({ ...ID, n: 'bytes' }, [{ event_id: 1n, n: Buffer.from('b') }]))),
        dump(
          3n,
          incremental(
            'click',
            file({ ...ID, n: { type: 'map', values: 'int' } }, [{ event_id: 2n, n: { a: 1 } }]),
          ),
        ),
      );
      expect(await columnsOf(world, 'click')).toEqual([
        'event_id int64',
        'n string',
        'n__bytes bytes',
        'n__json json',
      ]);
    });

    it('14. a conflict is decided by the header, rows or no rows', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', file(NUMBER, [{ event_id: 1n, n: 1n }]))),
        dump(2n, incremental('click', file(TEXT, []))),
      );
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'n int64', 'n__string string']);
      await world.write(dump(3n, incremental('click', file(TEXT, [{ event_id: 1n, n: '2' }]))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, n: 1n, n__string: '2' }]);
    });

    it('6. on_type_change: fail stops that table and no other', async () => {
      const world = await bench.loaded(
        { columns: { on_type_change: 'fail' } },
        dump(1n, full('click', file(NUMBER, [{ event_id: 1n, n: 1n }])), full('other', clicks([1n, 'a']))),
      );
      await world.write(
        dump(
          2n,
          incremental('click', file(TEXT, [{ event_id: 1n, n: 'x' }])),
          incremental('other', clicks([2n, 'b'])),
        ),
        dump(3n, incremental('click', file(NUMBER, [{ event_id: 1n, n: 3n }]))),
      );
      const ran = await runBadly(world, ['2 click TYPE_CHANGED']);
      expect(ran.result.failures[0]?.error.message).toMatch(/Column n .*int64.*string/);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'n int64']);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, n: 1n }]);
      expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
      expect(await statuses(world)).toEqual([
        '1/click loaded',
        '1/other loaded',
        '2/click pending',
        '2/other loaded',
        '3/click pending',
      ]);
      const willing = await world.reconfigured({});
      await runWell(willing);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, n: 3n, n__string: 'x' }]);
    });

    it('6. on_type_change: fail lets lossless casts pass', async () => {
      const world = await bench.loaded(
        { columns: { on_type_change: 'fail' } },
        dump(1n, full('click', file(TEXT, []))),
        dump(2n, incremental('click', file(NUMBER, [{ event_id: 1n, n: 1n }]))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, n: '1' }]);
    });
  });
}
