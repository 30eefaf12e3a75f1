import { afterAll, expect, it } from 'vitest';
import { clicks, dump, full } from '../conformance/data.js';
import { runWell } from '../conformance/bench.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, standIn, stop } = snowflakeTarget();
afterAll(stop);

const FILES = 2_500;

it('thousands of part files are one container, one PUT and one COPY', async () => {
  const world = await World.create(target);
  const files = Array.from({ length: FILES }, (_row, n) => clicks([BigInt(n), 'a']));
  await world.write(dump(1n, full('click', ...files)));
  const account = await standIn();
  const before = account.statements.length;
  await runWell(world);
  const sent = account.statements.slice(before).map(({ sql }) => sql);
  const count = (word: string): number => sent.filter((sql) => sql.startsWith(`${word} `)).length;
  expect([count('PUT'), count('COPY')]).toEqual([1, 1]);
  // Its files are in the ledger, and yet no statement is sent for each of them.
  expect(sent.length).toBeLessThan(100);
  const ids = (await world.rows('click', 'event_id')).map((row) => row['event_id']);
  expect(ids).toEqual(Array.from({ length: FILES }, (_row, n) => BigInt(n)));
  expect(await world.rows('_heapload_files', 'file_index')).toHaveLength(FILES);
  await world.dispose();
});
