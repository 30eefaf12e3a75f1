import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWell } from '../conformance/bench.js';
import { expireLease } from '../conformance/sessions.js';
import type { FaultTarget } from '../stand-ins/bigquery/faults.js';
import type { Job } from '../stand-ins/bigquery/jobs.js';
import { type BigQueryTarget, bigqueryTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { click, clicks } from '../warehouses/bigquery/support.js';
import { deathOf, runAndDie } from './child.js';

const DUMPS = [
  clicks(1n, false, [click(1, '2024-01-01 00:00:00', 'a')], [click(2, null, 'b')]),
  clicks(2n, true, [click(2, '2024-01-02 00:00:00', 'c'), click(3, 'never', 'd')]),
];

let target: BigQueryTarget;
let expected: unknown;
beforeAll(async () => {
  target = await bigqueryTarget();
  const world = await filled();
  await runWell(world);
  expected = await content(world);
});
afterAll(async () => {
  await target.stop();
});

async function filled(): Promise<World> {
  const world = await World.create(target);
  await world.write(...DUMPS);
  return world;
}

/** Every row that lasts, less what names a run or a moment. */
async function content(world: World): Promise<unknown> {
  const less = (rows: readonly object[]): unknown =>
    rows.map((row) => Object.entries(row).filter(([name]) => !/run_id|_at$|etag|modified_ms/.test(name)));
  return {
    click: less(await world.rows('click', 'event_id')),
    loads: less(await world.rows('_heapload_loads', 'load_id')),
    files: less(await world.rows('_heapload_files', 'load_id', 'file_index')),
    rejects: less(await world.rows('_heapload_rejects', 'load_id', 'row_index')),
    columns: less(await world.rows('_heapload_columns', 'table_name', 'column_name')),
    tables: [...(await world.state()).tables.keys()],
  };
}

/** Matches every `stride`-th request it is asked about, from `offset` on. */
class Every extends RegExp {
  #seen = 0;
  readonly #stride: number;
  readonly #offset: number;

  constructor(stride: number, offset: number) {
    super('');
    this.#stride = stride;
    this.#offset = offset;
  }

  override test(): boolean {
    this.#seen += 1;
    return this.#seen % this.#stride === this.#offset;
  }
}

describe('the reply to a request is lost after the work was done', () => {
  const STRIDE = 5;
  it.each([0, 1, 2, 3, 4])(
    'requests %i of every 5: each job is adopted, none is repeated',
    async (offset) => {
      const world = await filled();
      const before = target.server.countJobs('LOAD');
      target.server.failNext({ path: new Every(STRIDE, offset) }, { kind: 'drop-reply' }, 10_000);
      try {
        await runWell(world);
      } finally {
        target.server.clearFaults();
      }
      expect(target.server.countJobs('LOAD') - before).toBe(2);
      expect(await content(world)).toEqual(expected);
      await world.dispose();
    },
  );
});

describe('SIGKILL before every operation', () => {
  it('is repaired by the next run, at each of them', async () => {
    const counted = await filled();
    const { stdout } = await runAndDie(counted.configFile, 'never', '-1');
    const { operations } = JSON.parse(stdout) as { operations: number };
    expect(operations).toBeGreaterThan(20);
    const queue = Array.from({ length: operations }, (_, n) => n + 1);
    const failed: string[] = [];
    const worker = async (): Promise<void> => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
        const world = await filled();
        const died = await deathOf(runAndDie(world.configFile, 'before', String(n)));
        try {
          expect(died, `before ${n}`).toBe('SIGKILL');
          // The dead run's lease would be waited for.
          const state = await world.state();
          if (state.ledger.version !== undefined) await expireLease(world);
          await runWell(world);
          expect(await content(world), `before ${n}`).toEqual(expected);
        } catch (error) {
          failed.push(`before ${n}: ${String(error)}`);
        }
        await world.dispose();
      }
    };
    await Promise.all([worker(), worker()]);
    expect(failed).toEqual([]);
  }, 600_000);
});

describe('a job of a killed run goes on, and ends after the next run has taken over', () => {
  it.each<[string, FaultTarget, RegExp | undefined]>([
    // Its fence finds the lease taken.
    ['its publish', { job: 'QUERY', sql: /(INSERT|MERGE) INTO `heap_\d+`\.`click`/ }, /LEASE_LOST/],
    ['its record of dumps', { job: 'QUERY', sql: /INSERT INTO `heap_\d+`\.`_heapload_dumps`/ }, /LEASE_LOST/],
    // Its staging table has the number of the lease in its name, and load jobs make no tables.
    ['its load job', { job: 'LOAD' }, /Not found: Table/],
    ['the staging table it asked for', { job: 'QUERY', sql: /CREATE OR REPLACE TABLE/ }, undefined],
  ])('%s changes nothing any more', async (_title, slow, refused) => {
    const world = await filled();
    target.server.failNext(slow, { kind: 'slow', polls: Number.MAX_SAFE_INTEGER });
    const dead = await killedWhileWaiting(world, slow);
    expect(dead.state).toBe('RUNNING');
    await expireLease(world);
    await runWell(world);
    expect(await content(world)).toEqual(expected);

    await dead.begin();
    if (refused === undefined) expect(dead.error).toBeUndefined();
    else expect(dead.error?.message).toMatch(refused);
    const { tables: _tables, ...rows } = (await content(world)) as Readonly<Record<string, unknown>>;
    expect(expected).toMatchObject(rows);
    // What it may have left behind goes with the run after.
    await world.write(clicks(3n, true));
    await runWell(world);
    expect([...(await world.state()).tables.keys()]).toEqual(['click']);
    await world.dispose();
  });
});

/** A run in a process of its own that is killed once its job is under way; gives that job. */
async function killedWhileWaiting(world: World, slow: FaultTarget): Promise<Job> {
  const running = runAndDie(world.configFile, 'never', '-1');
  const ended = deathOf(running);
  const started = (): Job | undefined =>
    target.server
      .jobs()
      .findLast(
        ({ type, state, configuration }) =>
          state === 'RUNNING' &&
          type === slow.job &&
          (slow.sql?.test(configuration.query?.query ?? '') ?? true),
      );
  await expect.poll(started, { timeout: 60_000 }).toBeDefined();
  running.child.kill('SIGKILL');
  await ended;
  const job = started();
  if (job === undefined) throw new Error('the job is over');
  return job;
}
