import { afterAll, beforeAll, expect, it } from 'vitest';
import { runWell } from '../../conformance/bench.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { click, clicks } from './support.js';

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget({ transfer: 'gcs', gcs_bucket: 'acme-loads', gcs_prefix: 'heap' });
});
afterAll(async () => {
  await target.stop();
});

it('transfer: gcs writes an object, loads it by its address and removes it', async () => {
  const world = await World.create(target);
  await world.write(clicks(1n, false, [click(1, null, 'a')], [click(2, null, 'b')]));
  await runWell(world);
  expect((await world.rows('click', 'event_id')).map((row) => row['label'])).toEqual(['a', 'b']);
  const load = target.server.jobs().find(({ type }) => type === 'LOAD');
  expect(JSON.stringify(load?.configuration)).toMatch(/gs:\/\/acme-loads\/heap\/[^"]*\/1-click\/0\.avro/);
  expect(target.server.objects()).toEqual([]);
  await world.dispose();
});

it('a load that fails leaves no object behind', async () => {
  const world = await World.create(target);
  await world.write(clicks(1n, false, [click(1, null, 'a')]));
  target.server.failNext({ job: 'LOAD' }, { kind: 'fail-job', reason: 'invalid' });
  expect((await world.run()).result.status).toBe('failed');
  expect(target.server.objects()).toEqual([]);
  await runWell(world);
  await world.dispose();
});
