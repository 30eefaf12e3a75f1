import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clicks, dump, full } from '../conformance/data.js';
import { runWell } from '../conformance/bench.js';
import { type Target, snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, standIn, stop } = snowflakeTarget();
afterAll(stop);

/** A world whose containers hold one file each and are written beside its configuration. */
async function spoolingWorld(): Promise<{
  readonly world: World;
  readonly spooled: () => Promise<readonly string[]>;
}> {
  const spooling: Target = {
    name: 'snowflake',
    fresh: async () => {
      const { warehouse, dispose } = await target.fresh();
      return { warehouse: { ...warehouse, spool_directory: 'spool' }, dispose };
    },
  };
  const world = await World.create(spooling);
  const folder = path.join(path.dirname(world.configFile), 'spool');
  return { world, spooled: () => readdir(folder).catch(() => []) };
}

const DUMP = dump(1n, full('click', clicks([1n, 'a']), clicks([2n, 'b'])));

describe('transfer: put', () => {
  it('writes below spool_directory while it works, and leaves nothing there or in the stage', async () => {
    const { world, spooled } = await spoolingWorld();
    await world.write(DUMP);
    const seen: number[] = [];
    const account = await standIn();
    account.failNext(
      ({ sql }) => {
        if (sql?.startsWith('PUT') === true) void spooled().then((names) => seen.push(names.length));
        return false;
      },
      { kind: 'reset' },
    );
    await runWell(world);
    account.clearFaults();
    expect(seen).toEqual([1]);
    expect(await spooled()).toEqual([]);
    expect(await world.query(`LIST '@${world.table('_heapload_transfer')}/'`)).toEqual([]);
    await world.dispose();
  });

  it.each(['PUT', 'COPY'])(
    'an interruption in the middle of a %s leaves no container behind',
    async (word) => {
      const { world, spooled } = await spoolingWorld();
      await world.write(DUMP);
      const stopping = new AbortController();
      (await standIn()).failNext(
        ({ sql }) => {
          if (sql?.startsWith(word) !== true) return false;
          setTimeout(() => {
            stopping.abort();
          }, 50);
          return true;
        },
        { kind: 'slow', polls: 1000 },
      );
      const { result } = await world.run({ signal: stopping.signal });
      expect(result.status).toBe('interrupted');
      expect(await spooled()).toEqual([]);
      (await standIn()).clearFaults();
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toHaveLength(2);
      expect(await world.query(`LIST '@${world.table('_heapload_transfer')}/'`)).toEqual([]);
      await world.dispose();
    },
  );

  it('a container that COPY refuses is not published, and the next run loads it', async () => {
    const { world } = await spoolingWorld();
    await world.write(DUMP);
    const account = await standIn();
    const { result } = await world.run({
      onOperation: (moment, operation) => {
        if (operation.kind !== 'transfer' || moment !== 'before') return;
        account.failNext(/^COPY/, {
          kind: 'error',
          code: '100084',
          sqlState: '22000',
          message: 'Error parsing Avro',
        });
      },
    });
    account.clearFaults();
    expect(result.failures.map(({ error }) => error.code)).toEqual(['SQL_FAILED']);
    expect(await world.rows('click', 'event_id')).toEqual([]);
    await runWell(world);
    expect(await world.rows('click', 'event_id')).toHaveLength(2);
    await world.dispose();
  });
});
