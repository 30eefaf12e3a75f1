import { describe, expect, it } from 'vitest';
import type { World } from '../../support/world.js';
import { type Bench, describeFailures, runWell } from '../bench.js';
import { CLICK, clicks, dump, file, incremental } from '../data.js';
import { statuses, tableNames } from '../ledger.js';
import { around, dying, expireLease, takeLeaseAway } from '../sessions.js';

const FIRST = dump(1n, incremental('click', clicks([1n, 'a'], [2n, 'a'])));
const SECOND = dump(
  2n,
  incremental(
    'click',
    file({ ...CLICK, plan: 'string' }, [{ event_id: 2n, label: 'b', plan: 'p' }, { event_id: null }]),
    file({ ...CLICK, label: 'bytes' }, [{ event_id: 3n, label: Buffer.from('c') }]),
  ),
);

/** What readers can see of dump 2: the rows, what the ledger says, and the rejects. */
async function visible(world: World): Promise<unknown> {
  const rows = (await world.rows('click', 'event_id')).map((row) =>
    // Columns are added ahead of the rows that fill them.
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' '),
  );
  const loads = (await world.rows('_heapload_loads', 'dump_id')).filter(
    (load) => load['status'] === 'loaded',
  );
  const files = await world.rows('_heapload_files', 'dump_id', 'file_index');
  const rejects = await world.rows('_heapload_rejects', 'dump_id');
  return {
    rows,
    loads: loads.map(
      (load) => `${String(load['load_id'])} ${String(load['rows_read'])} ${String(load['table_rows'])}`,
    ),
    files: files.map((each) => `${String(each['file_key'])} ${String(each['rows'])}`),
    rejects: rejects.map((each) => String(each['raw_value'])),
  };
}

export function commit(bench: Bench): void {
  const halfway = async (): Promise<World> => {
    const world = await bench.loaded({}, FIRST);
    await world.write(SECOND);
    return world;
  };

  describe('10. commit', () => {
    it('10. ledger and data commit together; a connection lost at any operation is repaired by the next run', async () => {
      const model = await halfway();
      const before = await visible(model);
      const { statements } = await runWell(model);
      const after = await visible(model);
      expect(after).not.toEqual(before);
      for (let at = 1; at <= statements.length; at += 1) {
        const world = await halfway();
        const session = await world.connect();
        const end = await world.run({ session: dying(session, at) }).then(
          ({ result }) => result.error,
          (error: unknown) => error,
        );
        expect(end, `after operation ${at}`).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
        await session.close();
        expect([before, after], `after operation ${at}`).toContainEqual(await visible(world));
        await expireLease(world);
        await runWell(world, { holder: 'the next' });
        expect(await visible(world), `repaired after operation ${at}`).toEqual(after);
        expect(await tableNames(world)).toEqual(['click']);
      }
    }, 300_000);

    it('10. an interruption leaves the loads committed so far, and the next run goes on', async () => {
      const world = await bench.world();
      await world.write(FIRST, SECOND);
      const stop = new AbortController();
      const session = await world.connect();
      const { result } = await world.run({
        signal: stop.signal,
        session: around(session, {
          before: (operation) => {
            if (
              operation.kind === 'transfer' &&
              operation.files.some((each) => each.key.startsWith('sync_2/'))
            )
              stop.abort();
          },
        }),
      });
      await session.close();
      expect(result).toMatchObject({ status: 'interrupted', loadsDone: 1 });
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click pending']);
      await runWell(world);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
    });

    it('10. of two runs at once the second stops with a clear message and changes nothing', async () => {
      const world = await halfway();
      const session = await world.connect();
      const told: unknown[] = [];
      const { result } = await world.run({
        session: around(session, {
          before: async (operation) => {
            if (operation.kind === 'transfer')
              told.push(
                await world.run().then(
                  () => 'it ran',
                  (error: unknown) => error,
                ),
              );
          },
        }),
      });
      await session.close();
      expect(result.status).toBe('done');
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ code: 'LEASE_HELD' });
      expect((told[0] as Error).message).toMatch(/Run .* has been working on this schema since 20\d\d-/);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
    });

    it('10. a run whose lease was taken can no longer publish', async () => {
      const world = await halfway();
      const before = await visible(world);
      const session = await world.connect();
      const { result } = await world.run({
        session: around(session, {
          after: async (operation) => {
            if (operation.kind === 'transfer') await takeLeaseAway(world);
            return undefined;
          },
        }),
      });
      await session.close();
      expect(result).toMatchObject({ status: 'failed', loadsDone: 0, error: { code: 'LEASE_LOST' } });
      expect(await visible(world)).toEqual(before);
      await expireLease(world);
      await runWell(world, { holder: 'the next' });
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
    });

    for (const moment of ['before', 'after'] as const) {
      it(`10. a run that another one overtook ${moment} its transfer publishes nothing`, async () => {
        const world = await halfway();
        const overtake = async (): Promise<void> => {
          await expireLease(world);
          await runWell(world, { holder: 'the faster' });
        };
        const session = await world.connect();
        const { result } = await world.run({
          session: around(session, {
            before: (operation) =>
              moment === 'before' && operation.kind === 'transfer' ? overtake() : undefined,
            after: async (operation) => {
              if (moment === 'after' && operation.kind === 'transfer') await overtake();
              return undefined;
            },
          }),
        });
        await session.close();
        expect(result).toMatchObject({ status: 'failed', loadsDone: 0, error: { code: 'LEASE_LOST' } });
        expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
        expect((await world.rows('click', 'event_id')).map((row) => row['event_id'])).toEqual([1n, 2n, 3n]);
        expect((await world.run()).result.status).toBe('nothing');
      });
    }

    it('10. a run that cannot take the lease is not recorded as working', async () => {
      const world = await halfway();
      const session = await world.connect();
      await world.run({
        session: around(session, {
          before: async (operation) => {
            if (operation.kind === 'transfer') await world.run().catch(() => undefined);
          },
        }),
      });
      await session.close();
      const runs = await world.rows('_heapload_runs', 'started_at');
      expect(runs.map((run) => run['status'])).toEqual(['done', 'done']);
      expect(describeFailures(await world.run())).toEqual([]);
    });
  });
}
