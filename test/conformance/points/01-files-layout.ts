import { describe, expect, it } from 'vitest';
import { avroFile } from '../../../scripts/support/avro-writer.js';
import { cli, jsonEndOf } from '../../cli/support.js';
import type { World } from '../../support/world.js';
import { type Bench, place, runBadly, runWell } from '../bench.js';
import { type ClickRow, click, clicks, file } from '../data.js';
import { columnsOf, files, statuses, tableNames } from '../ledger.js';
import { around, expireLease } from '../sessions.js';

const LAYOUT = { source: { layout: 'files' } };
const NOON = Date.UTC(2026, 0, 2, 12);

export function filesLayout(bench: Bench): void {
  /** Puts a file of clicks, modified some seconds after noon. */
  const put = async (
    world: World,
    key: string,
    seconds: number,
    ...rows: readonly ClickRow[]
  ): Promise<void> => {
    await place(world, key, avroFile(clicks(...rows)), new Date(NOON + seconds * 1000));
  };

  describe('1. layout files', () => {
    it('1. every .avro object under sync_<n>/<table>/, and nothing else, counts', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await put(world, 'sync_1/click/deep/er/b.avro', 2, [2n, 'b']);
      await put(world, 'sync_20/other/c.avro', 3, [3n, 'c']);
      for (const key of [
        'sync_1/click/readme.txt',
        'sync_1/click/.avro',
        'sync_x/click/a.avro',
        'backup/sync_1/click/a.avro',
        'sync_1/a.avro',
        'manifests/sync_1.json',
      ]) {
        await place(world, key, 'not a data file');
      }
      await runWell(world);
      expect(await tableNames(world)).toEqual(['click', 'other']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
      expect((await runWell(world)).statements).toEqual([]);
    });

    it('1. or what a configured {table} pattern points at', async () => {
      const world = await bench.world({
        source: { layout: 'files', patterns: ['exports/{table}/**/*.avro', 'daily/{table}-*.avro'] },
      });
      await put(world, 'exports/click/2026/01/a.avro', 1, [1n, 'a']);
      await put(world, 'daily/click-2.avro', 2, [2n, 'b']);
      await put(world, 'sync_1/click/c.avro', 3, [3n, 'c']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
    });

    it('1. files are ordered by modification time, then by key with its numbers as numbers', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/z.avro', 5, [1n, 'newest'], [2n, 'newest']);
      await put(world, 'sync_9/click/part-9.avro', 3, [1n, 'ninth'], [3n, 'ninth']);
      await put(world, 'sync_10/click/part-1.avro', 3, [1n, 'of ten'], [3n, 'of ten'], [4n, 'of ten']);
      await put(world, 'sync_10/click/part-10.avro', 3, [4n, 'tenth']);
      await put(world, 'sync_10/click/part-2.avro', 3, [4n, 'second']);
      await put(world, 'sync_99/click/a.avro', 1, [1n, 'oldest'], [2n, 'oldest'], [5n, 'oldest']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([
        click(1n, 'newest'),
        click(2n, 'newest'),
        click(3n, 'of ten'),
        click(4n, 'tenth'),
        click(5n, 'oldest'),
      ]);
    });

    it('1. … whatever the order and number of runs that see them', async () => {
      const all: readonly (readonly [string, number])[] = [
        ['sync_9/click/part-9.avro', 3],
        ['sync_10/click/part-10.avro', 3],
        ['sync_10/click/part-2.avro', 3],
        ['sync_1/click/z.avro', 2],
        ['sync_2/click/a.avro', 4],
      ];
      const winner = async (order: readonly (readonly [string, number])[]): Promise<unknown> => {
        const world = await bench.world(LAYOUT);
        for (const [key, seconds] of order) {
          await put(world, key, seconds, [1n, key], [BigInt(seconds), key]);
          await runWell(world);
        }
        return await world.rows('click', 'event_id');
      };
      const expected = [
        click(1n, 'sync_2/click/a.avro'),
        click(2n, 'sync_1/click/z.avro'),
        click(3n, 'sync_10/click/part-10.avro'),
        click(4n, 'sync_2/click/a.avro'),
      ];
      expect(await winner(all)).toEqual(expected);
      expect(await winner(all.toReversed())).toEqual(expected);
    });

    it('1. equal or late modification times lose nothing', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_2/click/b.avro', 10, [1n, 'b'], [2n, 'b']);
      await runWell(world);
      await put(world, 'sync_2/click/a.avro', 10, [1n, 'a'], [3n, 'a']);
      await put(world, 'sync_2/click/c.avro', 10, [2n, 'c']);
      await put(world, 'sync_1/click/late.avro', 5, [1n, 'late'], [4n, 'late']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([
        click(1n, 'b'),
        click(2n, 'c'),
        click(3n, 'a'),
        click(4n, 'late'),
      ]);
      expect(await files(world)).toHaveLength(4);
    });

    it('1. modification times that differ by a millisecond order the files', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 0.002, [1n, 'later']);
      await put(world, 'sync_1/click/b.avro', 0.001, [1n, 'earlier']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'later')]);
    });

    it('1. a file is new when its (key, ETag) is not in the ledger', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'first']);
      await runWell(world);
      await put(world, 'sync_1/click/a.avro', 2, [1n, 'overwritten'], [2n, 'more']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'overwritten'), click(2n, 'more')]);
      expect((await runWell(world)).statements).toEqual([]);
    });

    it('1. files are always merged: a delivery never empties a table', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await runWell(world);
      await put(world, 'sync_2/click/b.avro', 2);
      await place(
        world,
        'sync_3/click/c.avro',
        avroFile(file({ event_id: 'long', plan: 'string' }, [{ event_id: 2n, plan: 'p' }])),
        new Date(NOON + 3000),
      );
      await runWell(world);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string', 'plan string']);
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 1n, label: 'a', plan: null },
        { event_id: 2n, label: null, plan: 'p' },
      ]);
    });

    it('1. a bad file fails the load of its table and no other', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await place(world, 'sync_1/click/b.avro', 'damaged', new Date(NOON));
      await put(world, 'sync_1/other/a.avro', 1, [1n, 'a']);
      await runBadly(world, [`${NOON + 1000} click AVRO_INVALID`]);
      expect(await tableNames(world)).toEqual(['other']);
      await runWell(await world.reconfigured({ ...LAYOUT, on_bad_file: 'skip' }));
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect((await files(world)).toSorted()).toEqual([
        'sync_1/click/a.avro loaded',
        'sync_1/click/b.avro skipped',
        'sync_1/other/a.avro loaded',
      ]);
    });

    it('1. a skipped file that is delivered anew is loaded and resolved', async () => {
      const world = await bench.world({ ...LAYOUT, on_bad_file: 'skip' });
      await place(world, 'sync_1/click/b.avro', 'damaged', new Date(NOON));
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await runWell(world);
      await put(world, 'sync_1/click/b.avro', 2, [2n, 'b']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
      expect((await files(world)).toSorted()).toEqual([
        'sync_1/click/a.avro loaded',
        'sync_1/click/b.avro loaded',
        'sync_1/click/b.avro resolved',
      ]);
      expect((await statuses(world)).every((status) => status.endsWith(' loaded'))).toBe(true);
    });

    it('10. a run that broke off between announcing a load and its commit is repaired by the next', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await put(world, 'sync_1/other/a.avro', 1, [1n, 'a']);
      for (const holder of ['first', 'second']) {
        const session = await world.connect();
        const broken = around(session, {
          before: (operation) => {
            if (operation.kind === 'transfer') throw new Error('the process ended');
          },
        });
        await expect(world.run({ session: broken, holder })).rejects.toThrow('the process ended');
        await session.close();
        await expireLease(world);
      }
      // What is left to load of one table is another set of files by now.
      await put(world, 'sync_1/other/b.avro', 2, [2n, 'b']);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
      const ends = (await statuses(world)).map((status) => status.split('/')[1]);
      expect(ends.toSorted()).toEqual(['click loaded', 'other loaded', 'other superseded']);
      expect((await runWell(world)).statements).toEqual([]);
    });

    it('1. the bookmark of each table, the greatest modification time, is shown in status', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 7, [1n, 'a']);
      await put(world, 'sync_2/click/b.avro', 3, [2n, 'b']);
      await put(world, 'sync_1/other/a.avro', 1, [1n, 'a']);
      await runWell(world);
      await put(world, 'sync_3/click/late.avro', 5, [3n, 'c']);
      await runWell(world);
      const { stdout } = await cli(['status', '--json', '-c', world.configFile]);
      expect(jsonEndOf(stdout)).toMatchObject({
        tables: [
          { table: 'click', newest_loaded: String(NOON + 7000) },
          { table: 'other', newest_loaded: String(NOON + 1000) },
        ],
      });
    });

    it('1. the schema keeps to the layout it was loaded with', async () => {
      const world = await bench.world(LAYOUT);
      await put(world, 'sync_1/click/a.avro', 1, [1n, 'a']);
      await runWell(world);
      const other = await world.reconfigured({});
      await expect(other.run()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    });
  });
}
