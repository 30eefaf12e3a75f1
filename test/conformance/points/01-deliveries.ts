import { describe, expect, it } from 'vitest';
import { type Bench, place, runWell } from '../bench.js';
import { click, clicks, dump, full, incremental } from '../data.js';
import { statuses, tableNames } from '../ledger.js';
import { loadsDone } from '../sessions.js';

export function deliveries(bench: Bench): void {
  describe('1. what counts', () => {
    it('1. a dump counts once it has a manifest', async () => {
      const world = await bench.world();
      const second = dump(2n, incremental('click', clicks([2n, 'b'])));
      await world.write(dump(1n, incremental('click', clicks([1n, 'a']))), { ...second, finished: false });
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await statuses(world)).toEqual(['1/click loaded']);
      await world.write(second);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
    });

    it('1. a half-written folder alone is nothing to do', async () => {
      const world = await bench.world();
      await world.write({ ...dump(2n, full('click', clicks([2n, 'b']))), finished: false });
      const ran = await runWell(world);
      expect(ran.result.status).toBe('nothing');
      expect(ran.statements).toEqual([]);
      expect(await tableNames(world)).toEqual([]);
    });

    it('1. ids order as numbers, however many digits they have', async () => {
      const ids = [9n, 10n, 999n, 1000n, 1_008_461_850n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
      const world = await bench.world();
      await world.write(
        ...ids.toReversed().map((id) => dump(id, incremental('click', clicks([1n, `of ${id.toString()}`])))),
      );
      const { events } = await runWell(world);
      expect(loadsDone(events)).toEqual(ids.map((id) => `${id.toString()} click`));
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, `of ${(2n ** 63n - 1n).toString()}`)]);
    });

    it('1. within one dump the tables come in the order of the manifest', async () => {
      const names = ['zebra', 'apple', 'mango'];
      const world = await bench.world();
      await world.write(dump(1n, ...names.map((name) => incremental(name, clicks([1n, name])))));
      const { events } = await runWell(world);
      expect(loadsDone(events)).toEqual(names.map((name) => `1 ${name}`));
    });

    it('1. what else lies in the bucket is ignored', async () => {
      const world = await bench.world();
      await world.write(dump(1n, incremental('click', clicks([1n, 'a']))));
      for (const key of [
        'sync_reports/1.json',
        'manifests/readme.txt',
        'manifests/sync_2.json.tmp',
        'manifests/old/sync_3.json',
        'sync_4.json',
      ]) {
        await place(world, key, 'not a manifest');
      }
      await runWell(world);
      expect(await statuses(world)).toEqual(['1/click loaded']);
    });

    it('1. a second run sends no statement that writes', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', clicks([1n, 'a'], [null, 'b'])), full('old', clicks([1n, 'x']))),
        dump(2n, incremental('click'), full('old'), incremental('_event_metadata', clicks([1n, 'm']))),
      );
      let executed = 0;
      const session = await world.connect();
      const ran = await runWell(world, {
        session: {
          execute: () => {
            executed += 1;
            return Promise.reject(new Error('a second run writes'));
          },
          query: (sql) => session.query(sql),
          close: () => session.close(),
        },
      });
      await session.close();
      expect({ status: ran.result.status, executed, statements: ran.statements }).toEqual({
        status: 'nothing',
        executed: 0,
        statements: [],
      });
    });
  });
}
