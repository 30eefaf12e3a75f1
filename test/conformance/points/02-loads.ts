import { describe, expect, it } from 'vitest';
import { cli, jsonEndOf } from '../../cli/support.js';
import type { DumpSpec } from '../../support/dump-writer.js';
import { type Bench, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental } from '../data.js';
import { columnsOf, countsOf, statuses, tableNames } from '../ledger.js';
import { around, loadsDone } from '../sessions.js';

const HISTORY: readonly DumpSpec[] = [
  dump(1n, full('click', clicks([1n, 'of 1'], [2n, 'of 1']))),
  dump(2n, incremental('click', clicks([3n, 'of 2']))),
  dump(3n, full('click', clicks([1n, 'of 3']))),
  dump(4n, incremental('click', clicks([4n, 'of 4']))),
];

export function loads(bench: Bench): void {
  describe('2. which loads', () => {
    it('2. the newest pending full dump is the floor; older ones are superseded, skipped and recorded', async () => {
      const world = await bench.world();
      await world.write(...HISTORY);
      const { events } = await runWell(world);
      expect(loadsDone(events)).toEqual(['3 click', '4 click']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 3'), click(4n, 'of 4')]);
      expect(await statuses(world)).toEqual([
        '1/click superseded',
        '2/click superseded',
        '3/click loaded',
        '4/click loaded',
      ]);
    });

    it('2. superseded loads and the newest dump of each table are shown in status', async () => {
      const world = await bench.loaded({}, ...HISTORY);
      const { stdout } = await cli(['status', '--json', '-c', world.configFile]);
      expect(jsonEndOf(stdout)).toMatchObject({
        tables: [{ table: 'click', newest_loaded: '4', loaded: '2', superseded: '2', pending: '0' }],
      });
    });

    it('2. the floor is per table', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, incremental('click', clicks([1n, 'a'])), full('other', clicks([1n, 'a']))),
        dump(2n, full('click', clicks([2n, 'b'])), incremental('other', clicks([2n, 'b']))),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(2n, 'b')]);
      expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
    });

    it('2. a full dump replaces the rows', async () => {
      const world = await bench.loaded({}, ...HISTORY.slice(0, 2));
      expect(await world.rows('click', 'event_id')).toHaveLength(3);
      await world.write(HISTORY[2] ?? dump(3n));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 3')]);
      expect(await countsOf(world, '3/click')).toBe(
        'read 1: inserted 1, updated 0, unchanged 0, filtered 0, rejected 0, values 0',
      );
    });

    it('2. a reader sees the old rows or the new ones, at every moment of a replacement', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'old'], [2n, 'old']))));
      await world.write(dump(2n, full('click', clicks([2n, 'new'], [3n, 'new'], [4n, 'new']))));
      const reader = await world.connect();
      const seen: string[] = [];
      const look = async (): Promise<void> => {
        const rows = await world.rowsSeenBy(reader, 'click', 'event_id');
        seen.push(rows.map((row) => `${String(row['event_id'])} ${String(row['label'])}`).join(', '));
      };
      const session = await world.connect();
      await runWell(world, {
        session: around(session, {
          before: look,
          after: async () => {
            await look();
            return undefined;
          },
        }),
      });
      await session.close();
      await reader.close();
      expect([...new Set(seen)]).toEqual(['1 old, 2 old', '2 new, 3 new, 4 new']);
    });

    it('2. a full dump without files empties the table', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, full('click')));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([]);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string']);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
    });

    it('2. a full dump without files of a table that never was', async () => {
      const world = await bench.loaded({}, dump(1n, full('click')));
      expect(await statuses(world)).toEqual(['1/click loaded']);
      await world.write(dump(2n, incremental('click', clicks([1n, 'a']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
    });

    it('2. an incremental dump without files is recorded and does nothing', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, incremental('click')));
      const { events } = await runWell(world);
      expect(loadsDone(events)).toEqual([]);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click nothing']);
    });

    it('2. a table that a manifest does not list stays as it is', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, full('other', clicks([2n, 'b']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
    });

    it('2. a history may begin with an incremental dump', async () => {
      const world = await bench.loaded({}, ...HISTORY.slice(1, 2));
      expect(await world.rows('click', 'event_id')).toEqual([click(3n, 'of 2')]);
    });

    it('2. a table newly selected starts at its own floor', async () => {
      const world = await bench.loaded(
        { tables: { include: ['other'] } },
        ...HISTORY,
        dump(5n, full('other', clicks([9n, 'z']))),
      );
      expect(await tableNames(world)).toEqual(['other']);
      const selected = await world.reconfigured({ tables: { include: ['*'] } });
      const { events } = await runWell(selected);
      expect(loadsDone(events)).toEqual(['3 click', '4 click']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 3'), click(4n, 'of 4')]);
      expect(await statuses(world)).toEqual([
        '1/click superseded',
        '2/click superseded',
        '3/click loaded',
        '4/click loaded',
        '5/other loaded',
      ]);
    });

    const WIDER = [
      dump(1n, full('click', file({ event_id: 'long', gone: 'string' }, [{ event_id: 1n, gone: 'g' }]))),
      dump(2n, full('click', clicks([1n, 'a']))),
    ] as const;

    it('2. columns that only superseded dumps carried never come into being', async () => {
      const world = await bench.loaded({}, ...WIDER);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string']);
    });

    it('2. where a run followed each of those dumps they exist and hold NULL', async () => {
      const world = await bench.loaded({}, WIDER[0]);
      await world.write(WIDER[1]);
      await runWell(world);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'gone string', 'label string']);
      expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, gone: null, label: 'a' }]);
    });

    it('2. a run narrowed to a dump leaves the later ones for the next', async () => {
      const world = await bench.world();
      await world.write(...HISTORY);
      await runWell(world, { toDump: 2n });
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
      await runWell(world);
      expect(await statuses(world)).toEqual([
        '1/click loaded',
        '2/click loaded',
        '3/click loaded',
        '4/click loaded',
      ]);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 3'), click(4n, 'of 4')]);
    });

    it('2. a run narrowed to a table leaves the others for the next', async () => {
      const world = await bench.world();
      await world.write(dump(1n, full('click', clicks([1n, 'a'])), full('other', clicks([2n, 'b']))));
      await runWell(world, { tables: ['other'] });
      expect(await statuses(world)).toEqual(['1/click pending', '1/other loaded']);
      await runWell(world);
      expect(await statuses(world)).toEqual(['1/click loaded', '1/other loaded']);
    });
  });
}
