import { afterAll, describe, expect, it } from 'vitest';
import { dump, file, full, incremental, unscaled } from '../conformance/data.js';
import { columnsOf } from '../conformance/ledger.js';
import { runWell } from '../conformance/bench.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, stop } = snowflakeTarget();
afterAll(stop);

const ID = { event_id: 'long' };
const TOTAL = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 0 };

/** A world whose schema is there, and in it a table `t` with these columns. */
async function withTable(columns: string): Promise<World> {
  const world = await World.create(target);
  await world.write(dump(1n, full('other', file(ID, []))));
  await runWell(world);
  await world.execute(`CREATE TABLE ${world.table('t')} (${columns})`);
  return world;
}

describe('a table made by hand', () => {
  it('has int64 in its columns of whole numbers, whatever they were called', async () => {
    const world = await withTable('event_id BIGINT, a INT, b NUMBER, c INTEGER');
    await world.execute(`INSERT INTO ${world.table('t')} (event_id) VALUES (1)`);
    const big = -(2n ** 63n);
    const row = { event_id: 1n, a: big, b: big, c: big };
    await world.write(
      dump(
        2n,
        incremental('t', file({ ...ID, a: 'long', b: 'long', c: 'long' }, [row, { ...row, event_id: 2n }])),
      ),
    );
    const { statements } = await runWell(world);
    expect(statements.some((step) => step.kind === 'statement' && step.sql.startsWith('MERGE'))).toBe(true);
    const types = ['event_id int64', 'a int64', 'b int64', 'c int64'];
    expect(await columnsOf(world, 't')).toEqual(types);
    expect(await world.rows('t', 'event_id')).toEqual([row, { ...row, event_id: 2n }]);
    await world.dispose();
  });

  it.each([
    ['with the words of heapload in its comment', `'All of it. heapload: decimal(38,0)'`, 'total'],
    ['with another comment', `'All of it'`, 'total__decimal'],
  ])(
    '%s a column of 38 digits takes its decimals, or leaves them to one beside it',
    async (_, comment, column) => {
      const world = await withTable(`event_id BIGINT, total NUMBER(38,0) COMMENT ${comment}`);
      const row = { event_id: 1n, total: unscaled(5n) };
      for (const dumpId of [2n, 3n]) {
        await world.write(dump(dumpId, incremental('t', file({ ...ID, total: TOTAL }, [row]))));
        await runWell(world);
      }
      expect(await world.rows('t', 'event_id')).toMatchObject([{ event_id: 1n, [column]: 5n }]);
      expect(await columnsOf(world, 't')).toContain(`${column} decimal(38,0)`);
      await world.dispose();
    },
  );
});
