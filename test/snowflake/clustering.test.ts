import { afterAll, describe, expect, it } from 'vitest';
import { clicks, dump, file, full, incremental } from '../conformance/data.js';
import { describeFailures, runWell } from '../conformance/bench.js';
import { type Target, snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, stop } = snowflakeTarget();
afterAll(stop);

/** Settings on top of those of the target. */
function asking(cluster_by: Readonly<Record<string, readonly string[]>>): Target {
  return {
    name: target.name,
    fresh: async () => {
      const { warehouse, dispose } = await target.fresh();
      return { warehouse: { ...warehouse, cluster_by }, dispose };
    },
  };
}

async function clusteringKeys(world: World): Promise<readonly unknown[]> {
  const schema = world.dialect.literal(world.config.warehouse.schema.toUpperCase());
  const rows = await world.query(
    `SELECT "TABLE_NAME", "CLUSTERING_KEY" FROM INFORMATION_SCHEMA.TABLES WHERE "TABLE_SCHEMA" = ${schema} ORDER BY "TABLE_NAME"`,
  );
  return rows.filter((row) => row['CLUSTERING_KEY'] !== null).map((row) => Object.values(row));
}

const users = full('users', file({ user_id: 'long', plan: 'string' }, [{ user_id: 1n, plan: 'free' }]));
const both = dump(1n, full('click', clicks([1n, 'a'])), users);

describe('clustering', () => {
  it('is there for tables it was asked for, and for no other', async () => {
    const world = await World.create(asking({ click: ['label', 'event_id'] }));
    await world.write(both);
    await runWell(world);
    expect(await clusteringKeys(world)).toEqual([['CLICK', 'LINEAR(LABEL, EVENT_ID)']]);
    await world.dispose();
  });

  it('a table that is there is left as it is, whatever is asked for', async () => {
    const world = await World.create(target);
    await world.write(both);
    await runWell(world);
    const asked = { ...world.written, cluster_by: { click: ['label'], users: ['no_such_column'] } };
    const again = await world.reconfigured({ warehouse: asked });
    await again.write(dump(2n, incremental('click', clicks([2n, 'b']))));
    const { statements } = await runWell(again);
    expect(await clusteringKeys(again)).toEqual([]);
    expect(JSON.stringify(statements)).not.toContain('CLUSTER BY');
    await world.dispose();
  });

  it('by a column that is not there stops that table, and the others load', async () => {
    const world = await World.create(asking({ click: ['lable'] }));
    await world.write(both);
    const ran = await world.run();
    expect(describeFailures(ran)).toEqual(['1 click CONFIG_INVALID']);
    expect(ran.result.failures[0]?.error.message).toContain('warehouse.cluster_by.click names lable');
    expect(ran.result.loadsDone).toBe(1);
    await world.dispose();
  });

  it('of a table nobody knows stops the run before it makes any', async () => {
    const world = await World.create(asking({ clik: ['label'] }));
    await world.write(both);
    await expect(world.run()).rejects.toMatchObject({
      code: 'TABLE_UNKNOWN',
      message: 'warehouse.cluster_by names table clik, which is neither in the dumps nor in the ledger.',
      hint: expect.stringContaining('Known tables: click, users.') as string,
    });
    expect((await world.state()).schemaExists).toBe(false);
    await world.dispose();
  });

  it('of a table of a later dump waits for it', async () => {
    const world = await World.create(asking({ purchase: ['label'] }));
    await world.write(both, dump(2n, incremental('purchase', clicks([1n, 'p']))));
    expect((await world.run({ toDump: 1n })).result.status).toBe('done');
    expect((await world.run()).result).toMatchObject({ status: 'done', failures: [] });
    expect(await clusteringKeys(world)).toEqual([['PURCHASE', 'LINEAR(LABEL)']]);
    await world.dispose();
  });
});
