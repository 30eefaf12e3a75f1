import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/source/object-store.js';
import { openStore } from '../../../src/source/open-store.js';
import type { Operation } from '../../../src/warehouse/contract.js';
import { type World } from '../../support/world.js';
import { type Bench, runBadly, runWell, spoil } from '../bench.js';
import { clicks, dump, full, incremental } from '../data.js';
import { statuses, tableNames } from '../ledger.js';
import { dying, expireLease, loadsDone, takeLeaseAway } from '../sessions.js';

const TABLES = ['a', 'b', 'c', 'd', 'e'];

/** Each table: a full dump, then two that change its rows. */
const DUMPS = [
  dump(1n, ...TABLES.map((table) => full(table, clicks([1n, `${table}1`], [2n, `${table}1`])))),
  dump(
    2n,
    ...TABLES.map((table) =>
      incremental(table, { ...clicks([2n, `${table}2`]), name: '0.avro' }, clicks([3n, `${table}2`])),
    ),
  ),
  dump(3n, ...TABLES.map((table) => incremental(table, clicks([3n, `${table}3`], [null, 'lost'])))),
];

/** What is in the tables, and what the ledger says of their loads. */
async function content(world: World): Promise<unknown> {
  const tables = [];
  for (const table of TABLES) tables.push([table, await world.rows(table, 'event_id')]);
  const loads = (await world.rows('_heapload_loads', 'table_name', 'dump_id')).map(
    (load) => `${String(load['load_id'])} ${String(load['status'])} ${String(load['rows_updated'])}`,
  );
  const rejects = await world.rows('_heapload_rejects', 'table_name', 'dump_id');
  return { tables, loads, rejects: rejects.map((each) => String(each['raw_value'])) };
}

/** A store that holds back the first file of table `a` until all of `others` have been opened. */
async function holdingBack(world: World, others: readonly string[]): Promise<ObjectStore> {
  const store = await openStore(world.config.source);
  const missing = new Set(others);
  let release = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    ...store,
    open: async (key, options) => {
      const body = await store.open(key, options);
      const table = key.split('/').at(-2) ?? '';
      if (options?.etag === undefined) return body;
      missing.delete(table);
      if (missing.size === 0) release();
      if (table === 'a') await opened;
      return body;
    },
  };
}

export function sideBySide(bench: Bench): void {
  describe('10. several tables at once', () => {
    const started = async (overrides = {}): Promise<World> => {
      const world = await bench.world(overrides);
      await world.write(...DUMPS);
      return world;
    };
    const together = (world: World) => ({ connect: () => world.connect() });
    const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 5);

    it('10. loads of different tables overlap, those of one keep their order, and the result is the same', async () => {
      const model = await started();
      await runWell(model);
      const world = await started({ tables: { threads: 3 } });
      const store = await holdingBack(world, ['b', 'c']);
      const { events } = await runWell(world, { ...together(world), store });
      expect(await content(world)).toEqual(await content(model));
      for (const table of TABLES)
        expect(loadsDone(events).filter((load) => load.endsWith(` ${table}`))).toEqual(
          ['1', '2', '3'].map((id) => `${id} ${table}`),
        );
      expect((await runWell(world, together(world))).result.status).toBe('nothing');
    });

    it('10. no more of them than tables.threads, and only one publishes at a time', async () => {
      const world = await started({ tables: { threads: 2 } });
      const counts = { transfer: 0, publish: 0 };
      const most = { transfer: 0, publish: 0 };
      const kindOf = (operation: Operation): 'transfer' | 'publish' | undefined => {
        if (operation.kind === 'transfer') return 'transfer';
        return operation.transaction === undefined ? undefined : 'publish';
      };
      let sessions = 0;
      await runWell(world, {
        connect: () => {
          sessions += 1;
          return world.connect();
        },
        onOperation: (moment, operation) => {
          const kind = kindOf(operation);
          if (kind === undefined) return;
          counts[kind] += moment === 'before' ? 1 : -1;
          most[kind] = Math.max(most[kind], counts[kind]);
        },
      });
      expect(most.transfer).toBeLessThanOrEqual(2);
      expect(most.publish).toBeLessThanOrEqual(1);
      expect(sessions).toBeLessThanOrEqual(1);
    });

    it('10. one that fails stops neither the others nor what they have under way', async () => {
      const world = await started();
      await spoil(world, 'sync_2/b/0.avro', cut);
      await runBadly(world, ['2 b AVRO_INVALID'], together(world));
      expect((await statuses(world)).filter((status) => !status.endsWith('loaded'))).toEqual([
        '2/b pending',
        '3/b pending',
      ]);
    });

    it('10. a bad file that may be left out is planned around', async () => {
      const world = await started({ on_bad_file: 'skip' });
      await spoil(world, 'sync_2/b/0.avro', cut);
      await runWell(world, together(world));
      expect((await statuses(world)).filter((status) => !status.endsWith('loaded'))).toEqual([]);
      expect((await world.rows('b', 'event_id')).map((row) => row['label'])).toEqual(['b1', 'b1', 'b3']);
    });

    it('10. connections lost in the midst of it are repaired by the next run', async () => {
      const model = await started();
      await runWell(model);
      const expected = await content(model);
      for (const at of [2, 7]) {
        const world = await started();
        const connect = async () => dying(await world.connect(), at);
        const { result } = await world.run({ connect });
        expect(result.error, `after operation ${at}`).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
        await expireLease(world);
        await runWell(world, { ...together(world), holder: 'the next' });
        expect(await content(world), `repaired after operation ${at}`).toEqual(expected);
        expect(await tableNames(world)).toEqual(TABLES);
      }
    }, 300_000);

    it('10. a run whose lease was taken publishes on none of its sessions', async () => {
      const world = await started();
      let taken = false;
      const { result } = await world.run({
        connect: async () => {
          // Where two transactions may not change one row, it takes until no publish is under way.
          while (!taken) {
            taken = await takeLeaseAway(world).then(
              () => true,
              () => false,
            );
            if (!taken) await setTimeout(10);
          }
          return await world.connect();
        },
      });
      expect(result.error).toMatchObject({ code: 'LEASE_LOST' });
      const committed = result.loadsDone;
      expect((await statuses(world)).filter((status) => status.endsWith('loaded'))).toHaveLength(committed);
    });
  });
}
