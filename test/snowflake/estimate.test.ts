import { Dialect, parse } from '@polyglot-sql/sdk';
import { afterAll, expect, it } from 'vitest';
import { cli, jsonEndOf } from '../cli/support.js';
import { clicks, dump, file, full, incremental } from '../conformance/data.js';
import { runWell } from '../conformance/bench.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

const { target, standIn, stop } = snowflakeTarget();
afterAll(stop);

/** A table of two rows, and what is merged into it next. */
async function loaded(...next: Parameters<typeof dump>[1][]): Promise<World> {
  const world = await World.create(target);
  await world.write(dump(1n, full('click', clicks([1n, 'a'], [2n, 'b']))));
  await runWell(world);
  await world.write(...next.map((table, n) => dump(BigInt(n + 2), table)));
  return world;
}

it('plan --estimate says what each merge would scan, and makes nothing for it', async () => {
  const world = await loaded(incremental('click', clicks([2n, 'newer'])));
  const before = (await standIn()).statements.length;
  const { code, stderr } = await cli(['plan', '--estimate', '-c', world.configFile]);
  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => /estimate/i.test(line));
  expect(lines[0]).toMatch(
    /^estimate: 2\/click: up to \d+ B in (\d+) of \1 partitions \(Snowflake leaves out more while it runs\)$/,
  );
  expect(lines[1]).toMatch(/^Estimate: at most \d+ B in (\d+) of \1 partitions; staged rows come on top\.$/);
  expect(stderr).not.toContain('USD');
  const sent = (await standIn()).statements.slice(before).map(({ sql }) => sql);
  expect(sent.filter((sql) => sql.startsWith('EXPLAIN'))).toHaveLength(2);
  expect(sent.filter((sql) => !/^(EXPLAIN|SELECT|ALTER SESSION)\b/.test(sql))).toEqual([]);
  await world.dispose();
});

it('each statement it asks about is SQL to a parser that is not ours, whatever the types of the columns', async () => {
  const row = { event_id: 1n, real: 0.5, flag: true, raw: new Uint8Array([1]), day: 1, at: 1n, tags: ['a'] };
  const everyType = file(
    {
      event_id: 'long',
      real: 'double',
      flag: 'boolean',
      raw: 'bytes',
      day: { type: 'int', logicalType: 'date' },
      at: { type: 'long', logicalType: 'timestamp-micros' },
      tags: { type: 'array', items: 'string' },
    },
    [row],
  );
  const world = await World.create(target);
  await world.write(dump(1n, full('odd', everyType)));
  await runWell(world);
  await world.write(dump(2n, incremental('odd', everyType)));
  const before = (await standIn()).statements.length;
  const { stderr } = await cli(['plan', '--estimate', '-c', world.configFile]);
  expect(stderr).toMatch(/estimate: 2\/odd: up to \d+ B in/);
  const asked = (await standIn()).statements.slice(before).flatMap(({ sql }) => {
    const [, statement] = /^EXPLAIN USING JSON (.*)$/s.exec(sql) ?? [];
    return statement === undefined ? [] : [statement];
  });
  expect(asked.map((sql) => sql.split(' ', 1)[0])).toEqual(['UPDATE', 'MERGE']);
  for (const type of ['BINARY', 'DATE', 'TIMESTAMP_NTZ(6)', 'VARIANT', 'BOOLEAN', 'FLOAT'])
    expect(asked[1]).toContain(`CAST(TO_VARIANT(RANDOM()) AS ${type})`);
  for (const sql of asked) expect(parse(sql, Dialect.Snowflake)).toMatchObject({ success: true });
  await world.dispose();
});

it('the figure is that of the scans, which grow with the table and do not vanish for want of staged rows', async () => {
  const bytesOf = async (world: World): Promise<readonly [string, bigint][]> => {
    const end = jsonEndOf((await cli(['plan', '--estimate', '--json', '-c', world.configFile])).stdout) as {
      estimate: { usd: null; loads: { statements: { about: string; bytes: string }[] }[] };
    };
    expect(end.estimate.usd).toBeNull();
    return (end.estimate.loads[0]?.statements ?? []).map(({ about, bytes }) => [about, BigInt(bytes)]);
  };
  const world = await loaded(incremental('click', clicks([2n, 'newer'])));
  const small = await bytesOf(world);
  expect(small.map(([about]) => about)).toEqual(['count-merge', 'merge']);
  for (const [, bytes] of small) expect(bytes).toBeGreaterThan(0n);
  await world.execute(
    `INSERT INTO ${world.table('click')} ("EVENT_ID", "LABEL") SELECT "EVENT_ID" + 100, "LABEL" FROM ${world.table('click')}`,
  );
  const larger = await bytesOf(world);
  expect(larger.find(([about]) => about === 'merge')?.[1]).toBe(2n * (small[1]?.[1] ?? 0n));
  await world.dispose();
});

it('a load that adds columns is explained, and one that merges into a table still to be made says why not', async () => {
  const wider = file(
    { event_id: 'long', label: 'string', raw: 'bytes', day: { type: 'int', logicalType: 'date' } },
    [],
  );
  const world = await loaded(
    incremental('click', wider),
    incremental('sessions', clicks([1n, 'a'])),
    incremental('sessions', clicks([2n, 'b'])),
  );
  const { code, stderr } = await cli(['plan', '--estimate', '-c', world.configFile]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/estimate: 2\/click: up to \d+ B in/);
  expect(stderr).toContain('estimate: 3/sessions: reads no table');
  expect(stderr).toContain(
    'estimate: 4/sessions: not known before it runs: Snowflake explains it once the tables and columns it names are there',
  );
  expect(stderr).toContain('; 1 load not counted in it; staged rows come on top.');
  await world.dispose();
});
