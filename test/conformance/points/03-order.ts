import { describe, expect, it } from 'vitest';
import type { DumpSpec } from '../../support/dump-writer.js';
import { type Bench, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental } from '../data.js';
import { countsOf } from '../ledger.js';

/** The same keys in every dump, twice within a file and twice within a dump. */
const OVERLAPPING: readonly DumpSpec[] = [8n, 9n, 10n, 11n].map((id) =>
  dump(
    id,
    incremental(
      'click',
      clicks([1n, `${id.toString()} first`], [2n, `${id.toString()} first`], [1n, `${id.toString()} again`]),
      clicks([2n, `${id.toString()} second file`], [id, 'its own']),
    ),
  ),
);

const WINNERS = [
  click(1n, '11 again'),
  click(2n, '11 second file'),
  ...[8n, 9n, 10n, 11n].map((id) => click(id, 'its own')),
];

export function order(bench: Bench): void {
  describe('3. order', () => {
    it('3. the greatest dump, file and row wins in one run', async () => {
      const world = await bench.loaded({}, ...OVERLAPPING);
      expect(await world.rows('click', 'event_id')).toEqual(WINNERS);
      expect(await countsOf(world, '8/click')).toBe(
        'read 5: inserted 3, updated 0, unchanged 2, filtered 0, rejected 0, values 0',
      );
      expect(await countsOf(world, '9/click')).toBe(
        'read 5: inserted 1, updated 2, unchanged 2, filtered 0, rejected 0, values 0',
      );
    });

    it('3. … and when each dump has its own run', async () => {
      const world = await bench.world();
      for (const each of OVERLAPPING) {
        await world.write(each);
        await runWell(world);
      }
      expect(await world.rows('click', 'event_id')).toEqual(WINNERS);
    });

    it('3. rows of an older dump that arrives late never overwrite newer ones', async () => {
      const world = await bench.world();
      for (const each of OVERLAPPING.toReversed()) {
        await world.write(each);
        await runWell(world);
      }
      expect(await world.rows('click', 'event_id')).toEqual(WINNERS);
      expect(await countsOf(world, '8/click')).toBe(
        'read 5: inserted 1, updated 0, unchanged 4, filtered 0, rejected 0, values 0',
      );
    });

    it('3. an older dump overwrites what is older still', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'of 1'], [2n, 'of 1']))));
      await world.write(dump(3n, incremental('click', clicks([1n, 'of 3']))));
      await runWell(world);
      await world.write(dump(2n, incremental('click', clicks([1n, 'of 2'], [2n, 'of 2']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 3'), click(2n, 'of 2')]);
    });

    it('3. the tenth file comes after the ninth, the hundredth row after the ninety-ninth', async () => {
      const files = Array.from({ length: 12 }, (_, n) => clicks([1n, `file ${n}`]));
      const rows = Array.from({ length: 1200 }, (_, n): [bigint, string] => [2n, `row ${n}`]);
      const world = await bench.loaded(
        {},
        dump(1n, incremental('click', ...files)),
        dump(2n, incremental('click', clicks(...rows))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'file 11'), click(2n, 'row 1199')]);
    });

    it('3. files come in the order of the manifest, whatever their names', async () => {
      const named = (name: string): ReturnType<typeof clicks> => ({ ...clicks([1n, name]), name });
      const world = await bench.loaded(
        {},
        dump(1n, incremental('click', named('z.avro'), named('10.avro'), named('9.avro'), named('a.avro'))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a.avro')]);
    });

    it('3. a full dump removes duplicates in the same way', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', clicks([1n, 'a'], [1n, 'b']), clicks([1n, 'c']))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'c')]);
      expect(await countsOf(world, '1/click')).toBe(
        'read 3: inserted 1, updated 0, unchanged 2, filtered 0, rejected 0, values 0',
      );
    });

    it('3. the winner is one row, not the newest values of several', async () => {
      const wide = { event_id: 'long', a: 'string', b: 'string' };
      const world = await bench.loaded(
        {},
        dump(
          1n,
          incremental(
            'click',
            file(wide, [
              { event_id: 1n, a: 'a1', b: 'b1' },
              { event_id: 1n, a: 'a2', b: null },
            ]),
          ),
        ),
        dump(2n, incremental('click', file(wide, [{ event_id: 1n, a: null, b: 'b3' }]))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, a: null, b: 'b3' }]);
    });
  });
}
