import { afterAll, describe, expect, it } from 'vitest';
import { clicks, dump, file, full, incremental } from '../conformance/data.js';
import { runBadly, runWell } from '../conformance/bench.js';
import type { Target } from '../support/target.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, standIn, stop } = snowflakeTarget();
afterAll(stop);

/** A stage on the dumps of the world, as on the bucket they lie in. */
async function externalWorld(name: string): Promise<World> {
  const external: Target = {
    name: 'snowflake',
    fresh: async () => {
      const { warehouse, dispose } = await target.fresh();
      return { warehouse: { ...warehouse, transfer: 'external', stage: `PUBLIC.${name}` }, dispose };
    },
  };
  const world = await World.create(external);
  await (await standIn()).addExternalStage('ANALYTICS', 'PUBLIC', name, world.root);
  return world;
}

describe('transfer: external', () => {
  it('loads what put would, in the same order, and puts nothing', async () => {
    const world = await externalWorld('LIKE_PUT');
    await world.write(
      dump(
        1n,
        full('click', clicks([1n, 'a'], [2n, 'b']), clicks([2n, 'newer'], [2n, 'newest'], [null, 'x'])),
      ),
      dump(
        2n,
        incremental(
          'click',
          clicks([3n, 'c']),
          file({ event_id: 'long', label: 'long', at: 'double', on: 'boolean' }, [
            { event_id: 4n, label: 7n, at: 0.5, on: true },
          ]),
        ),
      ),
    );
    await runWell(world);
    expect(await world.rows('click', 'event_id')).toEqual([
      { event_id: 1n, label: 'a', at: null, on: null },
      { event_id: 2n, label: 'newest', at: null, on: null },
      { event_id: 3n, label: 'c', at: null, on: null },
      { event_id: 4n, label: '7', at: 0.5, on: true },
    ]);
    const rejects = await world.rows('_heapload_rejects', 'row_index');
    expect(rejects.map((row) => row['row_index'])).toEqual([2n]);
    const sent = (await standIn()).statements.map(({ sql }) => sql);
    expect(sent.filter((sql) => /^(PUT|REMOVE|CREATE STAGE)/.test(sql))).toEqual([]);
    await world.dispose();
  });

  it.each([
    ['bytes', 'bytes'],
    ['a date', { type: 'int', logicalType: 'date' }],
    ['a timestamp', { type: 'long', logicalType: 'timestamp-micros' }],
    ['a decimal', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
    ['a list', { type: 'array', items: 'long' }],
    ['several scalars', ['null', 'long', 'string']],
  ])('refuses %s, which Snowflake may read otherwise, before it copies anything', async (what, type) => {
    const world = await externalWorld(`REFUSES_${what.replaceAll(' ', '_').toUpperCase()}`);
    await world.write(
      dump(
        1n,
        full('a', file({ event_id: 'long', odd: type }, [{ event_id: 1n, odd: null }])),
        full('b', clicks([1n, 'b'])),
      ),
    );
    const before = (await standIn()).statements.length;
    const { result } = await runBadly(world, ['1 a TRANSFER_UNSUPPORTED']);
    expect(result.failures[0]?.error.message).toContain('"odd"');
    const copies = (await standIn()).statements.slice(before).filter(({ sql }) => sql.startsWith('COPY'));
    expect(copies).toHaveLength(1);
    expect(await world.rows('b', 'event_id')).toHaveLength(1);
    await world.dispose();
  });
});
