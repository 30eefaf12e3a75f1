import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Row } from '../../src/warehouse/contract.js';
import { expireLease } from '../conformance/sessions.js';
import type { Fault, SeenRequest } from '../stand-ins/snowflake/faults.js';
import type { SnowflakeStandIn } from '../stand-ins/snowflake/server.js';
import { snowflakeTarget } from '../support/target.js';
import type { World } from '../support/world.js';
import { deathOf, runAndDie } from './child.js';
import { type CrashBench, type Losing, content, crash, filled, undisturbed } from './suite.js';

interface SnowflakeBench extends CrashBench {
  readonly standIn: SnowflakeStandIn;
}

async function startBench(): Promise<SnowflakeBench> {
  const [first, second] = [snowflakeTarget(), snowflakeTarget()];
  const standIn = await first.standIn();
  const count = (word: string): number => standIn.statements.filter(({ sql }) => sql.startsWith(word)).length;
  return {
    standIn,
    targets: [first.target, second.target],
    left: stagedFiles,
    counts: () => Object.fromEntries(['COMMIT', 'PUT', 'COPY', 'MERGE'].map((word) => [word, count(word)])),
    stop: async () => {
      await first.stop();
      await second.stop();
    },
  };
}

async function stagedFiles(world: World): Promise<readonly Row[]> {
  return await world.query(`LIST '@${world.table('_heapload_transfer')}/'`);
}

const SHARES = 4;
const losing = (title: string, fault: Fault, times: number): Losing<SnowflakeBench> => ({
  title,
  shares: SHARES,
  begin: ({ standIn }, share) => {
    const { when, count } = everyOther(SHARES, share, times);
    standIn.failNext(when, fault, 1000);
    return {
      lost: count,
      end: () => {
        standIn.clearFaults();
      },
    };
  },
});

crash('Snowflake', startBench, [
  losing('at every request', { kind: 'drop-reply' }, 1),
  losing('at every statement, so often that the driver gives up', { kind: 'garbled-reply' }, 2),
]);

describe('Snowflake, in a run', () => {
  let bench: SnowflakeBench;
  let expected: unknown;
  beforeAll(async () => {
    bench = await startBench();
    expected = await undisturbed(bench.targets[0], stagedFiles);
  });
  afterAll(async () => {
    await bench.stop();
  });

  it('a token that expires is renewed, at every statement of a run', async () => {
    const { standIn } = bench;
    const world = await filled(bench.targets[0]);
    const seen = everyOther(1, 0);
    standIn.failNext(seen.when, { kind: 'session-expired' }, 1000);
    const { result } = await world.run();
    standIn.clearFaults();
    expect(result).toMatchObject({ status: 'done', failures: [] });
    expect(seen.count()).toBeGreaterThan(40);
    expect(await content(world, stagedFiles)).toEqual(expected);
    await world.dispose();
  });

  it('SIGKILL in the middle of a transfer leaves nothing that the next run does not clear', async () => {
    const { standIn } = bench;
    const world = await filled(bench.targets[0]);
    // A folder of its own: sessions of other tests clear what they find in the common one.
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-crash-'));
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    });
    const spools = async (): Promise<readonly string[]> => await readdir(folder);
    const before = standIn.requests.length;
    const isCopied = (): boolean =>
      standIn.requests.slice(before).some(({ sql }) => sql?.startsWith('COPY') === true);
    standIn.failNext(/^COPY/, { kind: 'hang' });
    const child = runAndDie(world.configFile, 'never', '-1');
    const ended = deathOf(child);
    await expect.poll(isCopied, { timeout: 60_000 }).toBe(true);
    child.child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await stagedFiles(world)).toHaveLength(1);
    expect(await spools()).toHaveLength(1);
    await expireLease(world);
    expect((await world.run()).result).toMatchObject({ failures: [], error: undefined });
    expect(await content(world, stagedFiles)).toEqual(expected);
    expect(await spools()).toEqual([]);
    await world.dispose();
  });
});

/** Requests that are sent for the first time, or the first so many times, each n-th of them; more times: statements alone. */
function everyOther(
  n: number,
  share: number,
  times = 1,
): {
  readonly when: (request: SeenRequest) => boolean;
  readonly count: () => number;
} {
  const seen = new Set<string>();
  const left = new Map<string, number>();
  let count = 0;
  return {
    when: ({ query, sql, path: place }) => {
      const id = query.get('requestId');
      if (id === null) return false;
      if (seen.has(id)) {
        const more = left.get(id) ?? 0;
        left.set(id, more - 1);
        return more > 0;
      }
      seen.add(id);
      if ((n === 1 || times > 1) && sql === undefined) return false;
      if (place === '/session' || seen.size % n !== share) return false;
      left.set(id, times - 1);
      count += 1;
      return true;
    },
    count: () => count,
  };
}
