import { afterAll, beforeAll, expect, it } from 'vitest';
import { runWell } from '../../conformance/bench.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { cli } from '../../cli/support.js';
import { click, clicks } from './support.js';

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget();
});
afterAll(async () => {
  await target.stop();
});

async function twoDays(): Promise<World> {
  const world = await World.create(target);
  await world.write(
    clicks(1n, false, [
      click(1, '2024-01-01 10:00:00', 'a'),
      click(2, '2024-02-02 10:00:00', 'b'),
      click(3, null, 'without a time'),
    ]),
  );
  await runWell(world);
  return world;
}

it('a key whose row moves to another day, or gets or loses its time, stays one row', async () => {
  const world = await twoDays();
  await world.write(
    clicks(2n, true, [
      click(1, '2024-03-03 10:00:00', 'moved'),
      click(2, null, 'lost its time'),
      click(3, '2024-01-01 00:00:00', 'got a time'),
      click(4, null, 'new'),
    ]),
  );
  const { statements } = await runWell(world);
  expect(
    statements.some((each) => each.kind === 'statement' && each.sql.includes('SET _heapload_days')),
  ).toBe(true);
  expect((await world.rows('click', 'event_id')).map((row) => row['label'])).toEqual([
    'moved',
    'lost its time',
    'got a time',
    'new',
  ]);
  await world.dispose();
});

it('a load says what it was billed', async () => {
  const world = await twoDays();
  await world.write(clicks(2n, true, [click(1, '2024-01-01 10:00:00', 'c')]));
  const { events } = await runWell(world);
  const done = events.find((event) => event.kind === 'load-done');
  expect(done).toMatchObject({ bytesBilled: expect.any(BigInt) as bigint });
  await world.dispose();
});

it('plan --estimate prices the merge and the look-up, and changes nothing', async () => {
  const world = await twoDays();
  await world.write(clicks(2n, true, [click(1, '2024-01-01 10:00:00', 'c')]));
  const planned = await cli(['plan', '--estimate', '--json', '-c', world.configFile]);
  expect(planned.code).toBe(0);
  const end = JSON.parse(planned.stdout.trim().split('\n').at(-1) ?? '') as {
    estimate: { loads: { statements: { about: string; bytes: string | null }[] }[] };
  };
  const [load] = end.estimate.loads;
  expect(load?.statements.map(({ about }) => about)).toEqual(['find-days', 'count-merge', 'merge']);
  for (const { bytes } of load?.statements ?? []) expect(bytes).toMatch(/^\d+$/);
  expect((await world.rows('click', 'event_id')).map((row) => row['label'])).toContain('a');
  await world.dispose();
});

it('check tries each permission, names a missing role, and leaves nothing behind', async () => {
  const world = await twoDays();
  const good = await cli(['check', '-c', world.configFile]);
  expect(good.stderr).toBe('');
  expect(good.stdout).toContain('bigquery.tables.updateData');
  target.server.failNext(
    { method: 'POST', path: /\/tables$/ },
    {
      kind: 'refuse',
      status: 403,
      reason: 'accessDenied',
      message: 'Permission bigquery.tables.create denied',
    },
  );
  const bad = await cli(['check', '-c', world.configFile]);
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain('roles/bigquery.dataEditor');
  expect([...(await world.state()).tables.keys()]).toEqual(['click']);
  await world.dispose();
});

it('check tries what models need in their datasets, made or not made yet', async () => {
  const world = await World.create(target, { models: {} });
  await world.write(clicks(1n, false, [click(1, '2024-01-01 10:00:00', 'a')]));
  await runWell(world);
  const check = async (method: string, path: RegExp, permission: string, sql?: RegExp): Promise<string> => {
    target.server.failNext(
      { method, path, ...(sql === undefined ? {} : { sql }) },
      { kind: 'refuse', status: 403, reason: 'accessDenied', message: `Permission ${permission} denied` },
    );
    const { code, stderr } = await cli(['check', '-c', world.configFile]);
    expect(code).toBe(1);
    return stderr;
  };
  const missing = await cli(['check', '-c', world.configFile]);
  expect(missing).toMatchObject({ code: 0, stderr: '' });
  expect(missing.stdout).toContain(
    '✓ warehouse  create the dataset heap_resolved (bigquery.datasets.create)\n',
  );
  expect(missing.stdout).not.toContain('heap_models');
  expect(await check('POST', /\/jobs$/, 'bigquery.datasets.create', /CREATE SCHEMA/)).toContain(
    'roles/bigquery.user on the project (or create the dataset yourself)',
  );
  await world.execute('CREATE SCHEMA heap_resolved');
  expect((await cli(['check', '-c', world.configFile])).stdout).toContain(
    '✓ warehouse  create tables in heap_resolved (bigquery.tables.create)\n',
  );
  expect(await check('POST', /heap_resolved\/tables$/, 'bigquery.tables.create')).toContain(
    'roles/bigquery.dataEditor on the dataset',
  );
  await world.dispose();
});
