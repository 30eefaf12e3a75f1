import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderObservation } from '../../../src/render/observation.js';
import { type ResetContext, applyReset, missingForReset, planReset } from '../../../src/run/reset.js';
import { openStore } from '../../../src/source/open-store.js';
import type { World } from '../../support/world.js';
import { type Bench, runWell } from '../bench.js';
import { click, clicks, dump, file, full, incremental } from '../data.js';
import { columnsOf, rejects, statuses } from '../ledger.js';
import { loadsDone } from '../sessions.js';

export function reset(bench: Bench): void {
  describe('2. reset', () => {
    const history = [
      dump(1n, full('click', clicks([1n, 'a'])), full('other', clicks([1n, 'x']))),
      dump(2n, full('click', file({ event_id: 'long', plan: 'string' }, [{ event_id: 2n, plan: 'p' }]))),
      dump(3n, incremental('click', clicks([3n, 'c'], [null, 'd']))),
    ];
    const loadedOneByOne = async (): Promise<World> => {
      const world = await bench.world();
      for (const each of history) {
        await world.write(each);
        await runWell(world);
      }
      return world;
    };

    it('2. a reset table is empty until the next run has loaded it again from its floor; others stay', async () => {
      const world = await loadedOneByOne();
      await resetTable(world, 'click');
      expect(await world.rows('click', 'event_id')).toEqual([]);
      expect(await columnsOf(world, 'click')).toEqual(['event_id int64', 'label string', 'plan string']);
      expect(await rejects(world)).toEqual([]);
      expect(await statuses(world)).toEqual([
        '1/click pending',
        '1/other loaded',
        '2/click pending',
        '3/click pending',
      ]);
      const { events } = await runWell(world);
      expect(loadsDone(events)).toEqual(['2 click', '3 click']);
      expect(await world.rows('click', 'event_id')).toEqual([
        { event_id: 2n, label: null, plan: 'p' },
        { event_id: 3n, label: 'c', plan: null },
      ]);
      expect(await rejects(world)).toHaveLength(1);
      expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'x')]);
    });

    it('2. a reset tells which dumps it would need and the source no longer has', async () => {
      const world = await loadedOneByOne();
      await rm(path.join(world.root, 'manifests/sync_1.json'));
      expect(await missing(world, 'click')).toEqual([]);
      await rm(path.join(world.root, 'manifests/sync_3.json'));
      expect(await missing(world, 'click')).toEqual(['3']);
      expect(await missing(world, 'other')).toEqual(['1']);
    });

    it('2. a reset waits for nobody: while a run works it stops with a clear message', async () => {
      const world = await loadedOneByOne();
      await world.write(dump(4n, incremental('click', clicks([4n, 'e']))));
      const session = await world.connect();
      const told: unknown[] = [];
      await world.run({
        session: {
          execute: async (operation, options) => {
            if (operation.kind === 'transfer')
              told.push(await resetTable(world, 'click').catch((error: unknown) => error));
            return await session.execute(operation, options);
          },
          query: (sql) => session.query(sql),
          close: () => session.close(),
        },
      });
      await session.close();
      expect(told).toMatchObject([{ code: 'LEASE_HELD' }]);
      expect(await world.rows('click', 'event_id')).toHaveLength(3);
    });
  });
}

async function contextOf(world: World): Promise<ResetContext> {
  const { config, dialect } = world;
  const queries = renderObservation(dialect, config.warehouse.schema);
  return {
    config,
    store: await openStore(config.source),
    dialect,
    queries,
    signal: new AbortController().signal,
  };
}

async function resetTable(world: World, table: string): Promise<void> {
  const context = await contextOf(world);
  const operations = planReset(table, await world.state(), context);
  await world.using((session) =>
    applyReset(operations, session, context, { runId: randomUUID(), holder: 'test' }),
  );
}

async function missing(world: World, table: string): Promise<readonly string[]> {
  const context = await contextOf(world);
  return await world.using((session) => missingForReset(table, session, context), 'read');
}
