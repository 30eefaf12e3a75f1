import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWell } from '../conformance/bench.js';
import { dump, incremental } from '../conformance/data.js';
import { expireLease } from '../conformance/sessions.js';
import type { FaultTarget } from '../stand-ins/bigquery/faults.js';
import type { Job } from '../stand-ins/bigquery/jobs.js';
import { type BigQueryTarget, bigqueryTarget } from '../support/target.js';
import type { World } from '../support/world.js';
import { deathOf, runAndDie } from './child.js';
import { type CrashBench, content, crash, filled, undisturbed } from './suite.js';

interface BigQueryBench extends CrashBench {
  readonly target: BigQueryTarget;
}

async function startBench(): Promise<BigQueryBench> {
  const target = await bigqueryTarget();
  return {
    target,
    targets: [target, target],
    counts: () => ({ 'load jobs': target.server.countJobs('LOAD') }),
    stop: () => target.stop(),
  };
}

/** Matches every `stride`-th request it is asked about, from `offset` on. */
class Every extends RegExp {
  matched = 0;
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
    const matches = this.#seen % this.#stride === this.#offset;
    if (matches) this.matched += 1;
    return matches;
  }
}

const SHARES = 5;
crash('BigQuery', startBench, [
  {
    title: 'at every request',
    shares: SHARES,
    begin: ({ target: { server } }, share) => {
      const path = new Every(SHARES, share);
      server.failNext({ path }, { kind: 'drop-reply' }, 10_000);
      return {
        lost: () => path.matched,
        end: () => {
          server.clearFaults();
        },
      };
    },
  },
]);

describe('a job of a killed run goes on, and ends after the next run has taken over', () => {
  let target: BigQueryTarget;
  let expected: unknown;
  beforeAll(async () => {
    target = await bigqueryTarget();
    expected = await undisturbed(target);
  });
  afterAll(async () => {
    await target.stop();
  });

  it.each<[string, FaultTarget, RegExp | undefined]>([
    // Its fence finds the lease taken.
    ['its publish', { job: 'QUERY', sql: /(INSERT|MERGE) INTO `heap_\d+`\.`click`/ }, /LEASE_LOST/],
    ['its record of dumps', { job: 'QUERY', sql: /INSERT INTO `heap_\d+`\.`_heapload_dumps`/ }, /LEASE_LOST/],
    // Its staging table has the number of the lease in its name, and load jobs make no tables.
    ['its load job', { job: 'LOAD' }, /Not found: Table/],
    ['the staging table it asked for', { job: 'QUERY', sql: /CREATE OR REPLACE TABLE/ }, undefined],
  ])('%s changes nothing any more', async (_title, slow, refused) => {
    const world = await filled(target);
    target.server.failNext(slow, { kind: 'slow', polls: Number.MAX_SAFE_INTEGER });
    const dead = await killedWhileWaiting(target, world, slow);
    expect(dead.state).toBe('RUNNING');
    await expireLease(world);
    await runWell(world);
    expect(await content(world, undefined)).toEqual(expected);

    await dead.begin();
    if (refused === undefined) expect(dead.error).toBeUndefined();
    else expect(dead.error?.message).toMatch(refused);
    const { rows } = (await content(world, undefined)) as { rows: object };
    expect(expected).toMatchObject({ rows });
    // What it may have left behind goes with the run after.
    await world.write(dump(101n, incremental('click')));
    await runWell(world);
    expect([...(await world.state()).tables.keys()]).toEqual(['click']);
    await world.dispose();
  });
});

/** A run in a process of its own that is killed once its job is under way; gives that job. */
async function killedWhileWaiting(target: BigQueryTarget, world: World, slow: FaultTarget): Promise<Job> {
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
