import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget, type Target } from '../../support/target.js';
import { World } from '../../support/world.js';
import { type Proxy, startBoundScripts } from './bound-scripts.js';
import { type Emulator, startEmulator } from './emulator.js';

const PROJECT = 'acme-analytics';
const DUMPS = path.resolve(import.meta.dirname, '../../../examples/dumps');

let emulator: Emulator | undefined;
let proxy: Proxy | undefined;
let reason: string | undefined;
beforeAll(async () => {
  const started = await startEmulator(PROJECT);
  if ('missing' in started) {
    reason = started.missing;
    console.warn(`\n*** SKIPPED: the BigQuery suite against bqemulator did not run: ${reason} ***\n`);
    return;
  }
  emulator = started;
  proxy = await startBoundScripts(started.address);
}, 600_000);
afterAll(async () => {
  await proxy?.stop();
  emulator?.stop();
});
beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

let schemas = 0;
const emulated: Target = {
  name: 'bigquery',
  fresh: () => {
    schemas += 1;
    const warehouse = {
      type: 'bigquery',
      schema: `heap_${schemas}`,
      project: PROJECT,
      credentials: 'none',
      api_endpoint: proxy?.address ?? '',
    };
    return Promise.resolve({ warehouse, dispose: () => Promise.resolve() });
  },
};

describe('the sample dumps on an emulator that shares nothing with heapload', () => {
  it('leave the rows that DuckDB has, after one run for each dump', async () => {
    const [there, here] = await Promise.all([load(emulated), load(duckdbTarget)]);
    expect([...there.keys()]).toEqual([...here.keys()]);
    for (const [table, rows] of here) expect(there.get(table), table).toEqual(rows);
    expect(here.size).toBeGreaterThan(5);
  });
});

/** A load, schema growth by later dumps, and a full resync at last; gives the rows of each table. */
async function load(target: Target): Promise<ReadonlyMap<string, readonly string[]>> {
  const world = await World.create(target, {}, DUMPS);
  try {
    for (const toDump of [98n, 99n, 101n, 102n]) {
      const { result } = await world.run({ toDump });
      if (result.error !== undefined) throw result.error;
      if (result.failures[0] !== undefined) throw result.failures[0].error;
    }
    const { tables } = await world.state();
    const found = new Map<string, readonly string[]>();
    for (const name of [...tables.keys()].sort())
      found.set(name, (await rowsOf(world, name)).map(text).sort());
    return found;
  } finally {
    await world.dispose();
  }
}

async function rowsOf(world: World, table: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return await world.query(`SELECT * FROM ${world.table(table)}`);
}

function text(row: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, value]) => `${name}=${String(value)}`).join(' ');
}
