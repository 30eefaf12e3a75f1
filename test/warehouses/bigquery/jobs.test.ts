import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeFailures, runWell } from '../../conformance/bench.js';
import type { Fault, FaultTarget } from '../../stand-ins/bigquery/faults.js';
import type { Overrides } from '../../support/world.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { click, clicks } from './support.js';

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget();
});
afterEach(() => {
  target.server.clearFaults();
});
afterAll(async () => {
  await target.stop();
});

async function world(overrides: Overrides = {}): Promise<World> {
  const made = await World.create(target, overrides);
  await made.write(clicks(1n, false, [click(1, '2024-01-01 00:00:00', 'a')], [click(2, null, 'b')]));
  return made;
}

async function labels(made: World): Promise<readonly unknown[]> {
  return (await made.rows('click', 'event_id')).map((row) => row['label']);
}

describe('what passes is waited out, and nothing is doubled', () => {
  const LOAD: FaultTarget = { path: /upload/ };
  const PUBLISH: FaultTarget = {
    method: 'POST',
    sql: /MERGE INTO|insert-all|INSERT INTO `heap_\d+`.`click`/,
  };
  it.each<[string, FaultTarget, Fault, number]>([
    ['a load that is answered 503', LOAD, { kind: 'refuse', status: 503, reason: 'backendError' }, 2],
    ['a load over the rate limit', LOAD, { kind: 'refuse', status: 403, reason: 'rateLimitExceeded' }, 2],
    ['a load answered 429', LOAD, { kind: 'refuse', status: 429, reason: 'rateLimitExceeded' }, 1],
    ['an upload whose connection breaks', LOAD, { kind: 'reset', afterBytes: 600 }, 1],
    ['an upload whose reply is lost', LOAD, { kind: 'drop-reply' }, 1],
    ['a load job that fails in BigQuery', { job: 'LOAD' }, { kind: 'fail-job', reason: 'backendError' }, 1],
    ['a slow load job', { job: 'LOAD' }, { kind: 'slow', polls: 3 }, 1],
    ['a publish whose reply is lost', PUBLISH, { kind: 'drop-reply' }, 1],
    ['a publish answered 500', PUBLISH, { kind: 'refuse', status: 500, reason: 'internalError' }, 1],
    [
      'a publish that another transaction gets in the way of',
      PUBLISH,
      {
        kind: 'fail-job',
        reason: 'invalidQuery',
        message: 'Query error: Transaction is aborted due to concurrent update against table x',
      },
      1,
    ],
  ])('%s', async (_, where, fault, times) => {
    const made = await world();
    target.server.failNext(where, fault, times);
    await runWell(made);
    expect(target.server.faultsLeft).toBe(0);
    expect(await labels(made)).toEqual(['a', 'b']);
    expect((await made.run()).result.status).toBe('nothing');
    await made.dispose();
  });

  it('a lost reply starts no second job', async () => {
    const made = await world();
    const before = target.server.countJobs('LOAD');
    target.server.failNext({ path: /upload/ }, { kind: 'drop-reply' });
    await runWell(made);
    expect(target.server.countJobs('LOAD') - before).toBe(1);
    await made.dispose();
  });
});

describe('what does not pass is said at once', () => {
  it.each<[string, FaultTarget, Fault, string, RegExp]>([
    [
      'a missing permission, with the role that holds it',
      { path: /upload/ },
      {
        kind: 'refuse',
        status: 403,
        reason: 'accessDenied',
        message: 'Access Denied: User does not have bigquery.tables.updateData permission',
      },
      'WAREHOUSE_DENIED',
      /roles\/bigquery\.dataEditor/,
    ],
    [
      'a job that BigQuery refuses, with a link to it',
      { job: 'LOAD' },
      { kind: 'fail-job', reason: 'invalid', message: 'Cannot read the file' },
      'SQL_FAILED',
      /console\.cloud\.google\.com\/bigquery\?project=acme-analytics&j=bq:US:heapload_/,
    ],
    [
      'more bytes than maximum_bytes_billed',
      { job: 'QUERY', sql: /COMMIT TRANSACTION[^]*|INSERT INTO `heap_\d+`.`click`/ },
      {
        kind: 'fail-job',
        reason: 'bytesBilledLimitExceeded',
        message: 'Query exceeded limit for bytes billed',
      },
      'WAREHOUSE_LIMIT',
      /maximum_bytes_billed/,
    ],
  ])('%s', async (_, where, fault, code, hint) => {
    const made = await world();
    if (where.sql !== undefined) {
      // The first transaction records the dumps; the second is the load's.
      target.server.failNext({ job: 'QUERY', sql: /INSERT INTO `heap_\d+`.`click`/ }, fault);
    } else target.server.failNext(where, fault);
    const ran = await made.run();
    expect(describeFailures(ran)).toEqual([`1 click ${code}`]);
    expect(ran.result.failures[0]?.error.hint).toMatch(hint);
    await runWell(made);
    expect(await labels(made)).toEqual(['a', 'b']);
    await made.dispose();
  });
});

describe('an interruption', () => {
  it('cancels the job under way and gives the lease back', async () => {
    const made = await world();
    const controller = new AbortController();
    target.server.failNext({ job: 'LOAD' }, { kind: 'slow', polls: 1000 });
    const running = made.run({ signal: controller.signal });
    await expect.poll(() => target.server.jobs().at(-1)?.type, { timeout: 60_000 }).toBe('LOAD');
    controller.abort();
    expect((await running).result.status).toBe('interrupted');
    const cancelled = target.server.requests.filter(({ path }) => path.endsWith('/cancel'));
    expect(cancelled.length).toBeGreaterThan(0);
    await runWell(made);
    expect(await labels(made)).toEqual(['a', 'b']);
    await made.dispose();
  });
});

describe('jobs', () => {
  it('say in their id and labels which run and load they are for, and where', async () => {
    const made = await world();
    await runWell(made);
    const job = target.server.jobs().findLast(({ type }) => type === 'LOAD');
    expect(job?.reference).toMatchObject({ location: 'US', projectId: 'acme-analytics' });
    expect(job?.reference.jobId).toMatch(/^heapload_[0-9a-f-]{36}_[0-9a-f]{24}_0_1$/);
    expect(job?.configuration).toMatchObject({
      labels: { heapload_dump: '1', heapload_table: 'click' },
      load: {
        writeDisposition: 'WRITE_TRUNCATE',
        useAvroLogicalTypes: true,
        createDisposition: 'CREATE_NEVER',
      },
    });
    await made.dispose();
  });
});
