import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_SECONDS } from '../../src/render/make.js';
import type { Operation, Session } from '../../src/warehouse/contract.js';
import { runWell } from '../conformance/bench.js';
import { clicks, dump, full } from '../conformance/data.js';
import { around, takeLeaseAway } from '../conformance/sessions.js';
import { duckdbTarget } from '../support/target.js';
import { NO_MODELS, World } from '../support/world.js';
import { type Files, writeFiles } from './support.js';

let world: World;
afterEach(async () => {
  vi.useRealTimers();
  await world.dispose();
});

async function project(threads: number, files: Files): Promise<void> {
  world = await World.create(duckdbTarget, { models: { ...NO_MODELS, threads } });
  await world.write(dump(1n, full('click', clicks([1n, 'a']))));
  await runWell(world);
  await writeFiles(world, files);
}

/** Sessions that let `work` do something while a model's table is made. */
function whileBuilding(work: (model: string) => Promise<void>): () => Promise<Session> {
  const modelOf = (operation: Operation): string | undefined =>
    operation.kind === 'statement'
      ? /^CREATE .* "heap_models"\."(\w+)" AS/.exec(operation.sql)?.[1]
      : undefined;
  return async () =>
    around(await world.connect(), {
      before: async (operation) => {
        const model = modelOf(operation);
        if (model !== undefined) await work(model);
      },
    });
}

const MODELS_ONLY = { want: { models: true, tests: false } };

describe('models side by side', () => {
  const table = '{{config materialized="table"}}';
  const six: Files = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`models/${name}.sql`, `${table} select 1 as x`]),
  );

  it.each([1, 2, 3])('of those that do not wait for each other, %i at a time', async (threads) => {
    await project(threads, six);
    let inside = 0;
    let most = 0;
    let sessions = 0;
    let arrived: (() => void)[] = [];
    const connect = whileBuilding(async () => {
      inside += 1;
      most = Math.max(most, inside);
      // Nobody goes on before as many as may are here: were they to come one by one, this would never end.
      await new Promise<void>((goOn) => {
        arrived.push(goOn);
        if (arrived.length < threads) return;
        for (const each of arrived) each();
        arrived = [];
      });
      inside -= 1;
    });
    const counted = async (): Promise<Session> => {
      sessions += 1;
      return await connect();
    };
    const { result } = await world.build(MODELS_ONLY, { connect: counted });
    expect(result.nodes.map(({ status }) => status)).toEqual(Array(6).fill('success'));
    expect(most).toBe(threads);
    expect(sessions).toBe(threads);
  });

  it('none before what it reads is there, and nothing of what reads one that fails', async () => {
    await project(4, {
      'models/a.sql': `${table} select 1 as x`,
      'models/b.sql': `${table} select 1 as x`,
      'models/ab.sql': `${table} select a.x from {{ref "a"}} as a join {{ref "b"}} as b on a.x = b.x`,
      'models/abc.sql': `${table} select x from {{ref "ab"}}`,
      'models/bad.sql': `${table} select 1 / nothing as x from {{ref "a"}}`,
      'models/badly.sql': `${table} select x from {{ref "bad"}}`,
      'models/worse.sql': `${table} select x from {{ref "badly"}} union all select x from {{ref "abc"}}`,
    });
    const begun: string[] = [];
    const connect = whileBuilding((model) => {
      begun.push(model);
      return Promise.resolve();
    });
    const { result } = await world.build(MODELS_ONLY, { connect });
    const place = (name: string): number => begun.indexOf(name);
    expect(place('ab')).toBeGreaterThan(Math.max(place('a'), place('b')));
    expect(place('abc')).toBeGreaterThan(place('ab'));
    expect(begun.toSorted()).toEqual(['a', 'ab', 'abc', 'b', 'bad']);
    const skipped = result.nodes.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ error }) => error?.message)).toEqual([
      'Model badly was not built: bad, which it reads, could not be built.',
      'Model worse was not built: badly, which it reads, is not built.',
    ]);
    expect(result.status).toBe('failed');
  });
});

describe('the lease, while a model takes its time', () => {
  beforeEach(async () => {
    await project(1, { 'models/a.sql': 'select 1 as x', 'models/b.sql': 'select x from {{ref "a"}}' });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });

  const lease = async (): Promise<Readonly<Record<string, unknown>>> => {
    const [row] = await world.query(
      `SELECT "token", epoch_us("expires_at") AS "until" FROM ${world.table('_heapload_lease')} WHERE "name" = 'run'`,
    );
    return row ?? {};
  };

  it('is renewed three times in its term', async () => {
    const seen: Readonly<Record<string, unknown>>[] = [];
    const connect = whileBuilding(async (model) => {
      if (model !== 'a') return;
      seen.push(await lease());
      for (let third = 0; third < 3; third += 1) {
        const before = seen.at(-1);
        await vi.advanceTimersByTimeAsync((LEASE_SECONDS / 3) * 1000);
        await vi.waitUntil(async () => (await lease())['until'] !== before?.['until'], { timeout: 20_000 });
        seen.push(await lease());
      }
    });
    const { result } = await world.build(MODELS_ONLY, { connect });
    expect(result).toMatchObject({ status: 'done', error: undefined });
    const until = seen.map((row) => row['until'] as bigint);
    expect(until.length).toBe(4);
    expect(until).toEqual(until.toSorted((x, y) => (x < y ? -1 : 1)));
    expect(new Set(seen.map((row) => row['token'])).size).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that another run has taken ends the build before its next model', async () => {
    const begun: string[] = [];
    const connect = whileBuilding(async (model) => {
      begun.push(model);
      await takeLeaseAway(world);
      await vi.advanceTimersByTimeAsync((LEASE_SECONDS / 3) * 1000);
    });
    const { result } = await world.build(MODELS_ONLY, { connect });
    expect(result.error?.code).toBe('LEASE_LOST');
    expect(result.status).toBe('failed');
    expect(begun).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
