import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWell } from '../../conformance/bench.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { cli } from '../../cli/support.js';
import { click, clicks } from './support.js';

/** With this the event table of the tests counts as tens of megabytes, the ledger as less than ten. */
const BYTES_PER_VALUE = 100_000;
const ROWS = 100;

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget({}, { bytesPerValue: BYTES_PER_VALUE });
});
afterAll(async () => {
  await target.stop();
});

async function grown(): Promise<World> {
  const world = await World.create(target);
  const rows = Array.from({ length: ROWS }, (_, n) => click(n, '2024-01-01 10:00:00', 'a'));
  await world.write(clicks(1n, true, rows));
  await runWell(world);
  await world.write(clicks(2n, true, [click(1, '2024-02-01 10:00:00', 'b')]));
  return world;
}

async function labels(world: World): Promise<readonly unknown[]> {
  const rows = await world.rows('click', 'event_id');
  return [...new Set(rows.map((row) => row['label']))];
}

describe('what a person is told of costs', () => {
  it('plan --estimate: the look-up and the merge of each load, the sum, and USD, below the plan', async () => {
    const world = await grown();
    const { code, stdout, stderr } = await cli(['plan', '--estimate', '-c', world.configFile]);
    expect(code).toBe(0);
    expect(stdout).toContain('MERGE INTO');
    expect(stdout).not.toContain('stimate:');
    expect(stderr).toMatch(
      /^estimate: 2\/click: [\d.]+ MB \(USD 0\.000\d\) to find the partitions, and of [\d.]+ MB \(USD 0\.000\d\) what lies in them$/m,
    );
    expect(stderr).toMatch(/^Estimate: at most [\d.]+ MB \(USD 0\.000\d\); staged rows come on top\.$/m);
    expect(await labels(world)).toEqual(['a']);
    await world.dispose();
  });

  it('plan --estimate: a load that reads no table says so', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, true, [click(1, null, 'a')]));
    const { stderr } = await cli(['plan', '--estimate', '-c', world.configFile]);
    expect(stderr).toContain('estimate: 1/click: reads no table\n');
    await world.dispose();
  });

  it('a price of your own is used', async () => {
    const world = await grown();
    const dear = await world.reconfigured({ warehouse: { ...world.written, price_per_tib: 1_000_000 } });
    const { stderr } = await cli(['plan', '--estimate', '-c', dear.configFile]);
    expect(stderr).toMatch(/Estimate: at most [\d.]+ MB \(USD \d{2,}\.\d{4}\)/);
    await world.dispose();
  });
});

describe('maximum_bytes_billed', () => {
  it('is named by the estimate, refuses the statement before it runs, and says what to do', async () => {
    const world = await grown();
    const limited = await world.reconfigured({
      warehouse: { ...world.written, maximum_bytes_billed: '20MiB' },
    });
    const planned = await cli(['plan', '--estimate', '-c', limited.configFile]);
    expect(planned.stderr).toContain('(more than maximum_bytes_billed: it would be refused)');

    const ran = await cli(['run', '-c', limited.configFile]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/WAREHOUSE_LIMIT.*BigQuery would bill more than is allowed: .*20971520/s);
    expect(ran.stderr).toMatch(
      /Raise warehouse\.maximum_bytes_billed, or see what it costs: heapload plan --estimate/,
    );
    expect(ran.stderr).toMatch(/console\.cloud\.google\.com\/bigquery\?project=acme-analytics&j=/);
    expect(await labels(world)).toEqual(['a']);

    await runWell(world);
    expect(await labels(world)).toEqual(['a', 'b']);
    await world.dispose();
  });
});
