import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bench, editManifest, notesOf, runBadly, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental } from '../data.js';
import { columnsOf, countsOf, statuses } from '../ledger.js';

const ID = { event_id: 'long' };

export function smallPrint(bench: Bench): void {
  describe('14. small print', () => {
    it('14. absence of a column is judged by headers: a file without rows counts', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', clicks([1n, 'old']))),
        dump(2n, incremental('click', file(ID, [{ event_id: 1n }]), clicks())),
      );
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, null)]);
      const columns = await bench.loaded(
        {},
        dump(1n, full('click', file({ ...ID, only_here: 'string' }, []))),
      );
      expect(await columnsOf(columns, 'click')).toEqual(['event_id int64', 'only_here string']);
    });

    it('14. a file without a key column fails its load, rows or no rows', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(
        dump(
          2n,
          incremental('click', clicks([2n, 'b']), file({ label: 'string' }, [])),
          incremental('other', clicks([1n, 'x'])),
        ),
      );
      const { result } = await runBadly(world, ['2 click KEY_MISSING']);
      expect(result.failures[0]?.error.message).toContain('event_id');
      expect(result.failures[0]?.error.place.file).toMatch(/^sync_2\/click\/part-00001-/);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await world.rows('other', 'event_id')).toHaveLength(1);
    });

    it('14. a late full dump is superseded, never applied', async () => {
      const world = await bench.loaded({}, dump(5n, incremental('click', clicks([1n, 'of 5']))));
      await world.write(
        dump(4n, full('click', clicks([1n, 'of 4'], [2n, 'of 4']))),
        dump(3n, full('other', clicks([3n, 'of 3']))),
      );
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 5')]);
      expect(await world.rows('other', 'event_id')).toEqual([click(3n, 'of 3')]);
      expect(await statuses(world)).toEqual(['3/other loaded', '4/click superseded', '5/click loaded']);
    });

    it('14. a late incremental dump merges, also below a committed full one', async () => {
      const world = await bench.loaded({}, dump(5n, full('click', clicks([1n, 'of 5']))));
      await world.write(dump(4n, incremental('click', clicks([1n, 'of 4'], [2n, 'of 4']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'of 5'), click(2n, 'of 4')]);
    });

    it('14. two manifests with one dump_id fail with a message naming both', async () => {
      const world = await bench.world();
      await world.write(
        dump(7n, full('click', clicks([1n, 'a']))),
        dump(6n, full('other', clicks([1n, 'b']))),
      );
      const manifest = (name: string): string => path.join(world.root, 'manifests', name);
      await copyFile(manifest('sync_7.json'), manifest('sync_007.json'));
      const { result } = await runBadly(world, ['7 - MANIFEST_DUPLICATE']);
      expect(result.failures[0]?.error.message).toContain('manifests/sync_7.json');
      expect(result.failures[0]?.error.message).toContain('manifests/sync_007.json');
      expect(await statuses(world)).toEqual(['6/other loaded']);
    });

    it("14. a dump_id that differs from its file's name fails with a message naming both; later dumps wait", async () => {
      const world = await bench.world();
      await world.write(
        dump(6n, full('click', clicks([1n, 'a']))),
        dump(7n, incremental('click', clicks([2n, 'b']))),
        dump(8n, incremental('click', clicks([3n, 'c']))),
      );
      await editManifest(world, 7n, (manifest) => (manifest.dump_id = 77));
      const ran = await runBadly(world, ['7 - MANIFEST_INVALID']);
      expect(ran.result.failures[0]?.error.message).toMatch(/sync_7\.json.*77/);
      expect(await statuses(world)).toEqual(['6/click loaded', '8/click pending']);
      expect(notesOf(ran).some((note) => note.startsWith('8 click: waits for dump 7'))).toBe(true);
      await editManifest(world, 7n, (manifest) => (manifest.dump_id = 7));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b'), click(3n, 'c')]);
    });

    it('14. one table twice in a manifest fails that table with a message naming both', async () => {
      const world = await bench.world();
      await world.write(
        dump(
          1n,
          full('click', clicks([1n, 'a'])),
          full('other', clicks([2n, 'b'])),
          incremental('again', clicks([3n, 'c'])),
        ),
      );
      await editManifest(world, 1n, ({ tables }) => {
        tables.forEach((table) => table.name === 'again' && (table.name = 'click'));
      });
      const { result } = await runBadly(world, ['1 click MANIFEST_DUPLICATE']);
      expect(result.failures[0]?.error.message).toMatch(/click.*tables\[0\].*tables\[2\]/);
      expect(await world.rows('other', 'event_id')).toEqual([click(2n, 'b')]);
    });

    it('14. a full dump whose rows all have NULL keys empties the table', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', clicks([1n, 'a']))),
        dump(2n, incremental('click', clicks([2n, 'b']))),
      );
      await world.write(dump(3n, full('click', clicks([null, 'x'], [null, 'y']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([]);
      expect(await countsOf(world, '3/click')).toBe(
        'read 2: inserted 0, updated 0, unchanged 0, filtered 0, rejected 2, values 0',
      );
    });

    it('14. a full dump whose files have no rows empties the table', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, full('click', clicks())));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([]);
    });
  });
}
