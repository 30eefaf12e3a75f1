import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWell } from '../../conformance/bench.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { type Click, click, clicks } from './support.js';

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget({ load_chunk: '1MB' });
});
afterAll(async () => {
  await target.stop();
});

/** Files of about 0.75 MB that hardly compress, so that two of them are more than a chunk. */
function large(file: number): readonly Click[] {
  return Array.from({ length: 500 }, (_, n) =>
    click(file * 1000 + n, null, randomBytes(1500).toString('base64')),
  );
}

describe('upload', () => {
  it('more than a chunk goes through tables of their own, one job each, and one copy', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, false, large(0), large(1), large(2)));
    const loads = target.server.countJobs('LOAD');
    await runWell(world);
    expect(target.server.countJobs('LOAD') - loads).toBe(3);
    expect(target.server.countJobs('COPY')).toBe(1);
    expect(await world.rows('click', 'event_id')).toHaveLength(1500);
    const { tables } = await world.state();
    expect([...tables.keys()]).toEqual(['click']);
    await world.dispose();
  });

  it('a chunk that is cut off is sent again from its first byte, and nothing is doubled', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, false, large(0), large(1)));
    target.server.failNext({ path: /upload/ }, { kind: 'reset', afterBytes: 100_000 });
    target.server.failNext({ job: 'COPY' }, { kind: 'fail-job', reason: 'backendError' });
    await runWell(world);
    expect(target.server.faultsLeft).toBe(0);
    expect(await world.rows('click', 'event_id')).toHaveLength(1000);
    await world.dispose();
  });

  it('hundreds of files are one load job, and their list goes through a table of its own', async () => {
    const world = await World.create(target);
    const files = Array.from({ length: 601 }, (_, n) => [click(n, null, `row ${n}`)]);
    await world.write(clicks(1n, true, ...files));
    const loads = target.server.countJobs('LOAD');
    const { statements } = await runWell(world);
    expect(target.server.countJobs('LOAD') - loads).toBe(1);
    expect(await world.rows('_heapload_files', 'file_index')).toHaveLength(601);
    expect(await world.rows('click', 'event_id')).toHaveLength(601);
    const scripts = statements.flatMap((each) => (each.kind === 'statement' ? [each.sql] : []));
    const publish = scripts.find((sql) => sql.includes('MERGE INTO')) ?? '';
    expect(publish).toContain('_heapload_stage_files_');
    expect(publish.length).toBeLessThan(20_000);
    const { tables } = await world.state();
    expect([...tables.keys()]).toEqual(['click']);
    await world.dispose();
  });
});
