import { readdir } from 'node:fs/promises';
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/warehouse/contract.js';
import { clicks, dump, file, full, incremental } from '../conformance/data.js';
import type { SeenRequest } from '../stand-ins/snowflake/faults.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { deathOf, runAndDie } from './child.js';

/** A full dump, then one that merges, with a new column, a NULL key and a time that is none. */
const DUMPS = [
  dump(1n, full('click', clicks([1n, 'a'], [2n, 'b']))),
  dump(
    2n,
    incremental(
      'click',
      file({ event_id: 'long', label: 'string', time: 'string' }, [
        { event_id: 2n, label: 'c', time: '2024-01-01 00:00:00' },
        { event_id: 3n, label: 'd', time: 'never' },
        { event_id: null, label: 'e', time: null },
      ]),
    ),
  ),
];

const TABLES: readonly (readonly [name: string, ...orderBy: string[]])[] = [
  ['click', 'event_id'],
  ['_heapload_loads', 'load_id'],
  ['_heapload_dumps', 'dump_id'],
  ['_heapload_files', 'dump_id', 'file_index'],
  ['_heapload_columns', 'column_name'],
  ['_heapload_rejects', 'row_index', 'kind'],
];

/** What names a run, a moment or a world. */
const CHANGING = ['run_id', 'finished_at', 'recorded_at', 'manifest_etag', 'etag', 'modified_ms', 'load_id'];

function lasting(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !CHANGING.includes(name)));
}

/** Every row of every table that lasts, and what should not be there. */
async function content(world: World): Promise<unknown> {
  const tables = [];
  for (const [table, ...orderBy] of TABLES)
    tables.push([table, (await world.rows(table, ...orderBy)).map(lasting)]);
  const { tables: found } = await world.state();
  const staging = [...found.keys()].filter((name) => name.startsWith('_heapload_stage'));
  return { tables, staging, staged: await stagedFiles(world) };
}

async function stagedFiles(world: World): Promise<readonly Row[]> {
  return await world.query(`LIST '@${world.table('_heapload_transfer')}/'`);
}

async function spools(): Promise<readonly string[]> {
  return (await readdir(os.tmpdir())).filter((name) => name.startsWith('heapload-spool-'));
}

async function inWorld<T>(
  { target }: ReturnType<typeof snowflakeTarget>,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const world = await World.create(target);
  try {
    await world.write(...DUMPS);
    return await work(world);
  } finally {
    await world.dispose();
  }
}

describe('Snowflake', () => {
  const accounts = Array.from({ length: 4 }, () => snowflakeTarget());
  const [account = snowflakeTarget()] = accounts;
  let expected: unknown;
  let operations = 0;

  beforeAll(async () => {
    [expected, operations] = await inWorld(account, async (world) => {
      const { result, statements } = await world.run();
      expect(result).toMatchObject({ status: 'done', failures: [] });
      return [await content(world), statements.length];
    });
    expect(operations).toBeGreaterThan(40);
  });
  afterAll(async () => {
    for (const { stop } of accounts) await stop();
  });

  it.each([
    ['at every request', { kind: 'drop-reply' }, 1],
    ['at every statement, so often that the driver gives up', { kind: 'garbled-reply' }, 2],
  ] as const)('a reply that is lost is looked up and nothing is done twice, %s', async (_, fault, times) => {
    const shares = accounts.map(async (mine, share) => {
      const standIn = await mine.standIn();
      await inWorld(mine, async (world) => {
        const dropped = everyOther(accounts.length, share, times);
        standIn.failNext(dropped.when, fault, 1000);
        const before = standIn.statements.length;
        const { result } = await world.run();
        standIn.clearFaults();
        expect(result).toMatchObject({ status: 'done', failures: [], loadsDone: 2 });
        expect(dropped.count()).toBeGreaterThan(10);
        const sent = standIn.statements.slice(before).map(({ sql }) => sql);
        for (const word of ['COMMIT', 'PUT', 'COPY', 'MERGE'])
          expect(sent.filter((sql) => sql.startsWith(word)).length).toBe(COUNTS[word]);
        expect(await content(world)).toEqual(expected);
      });
    });
    await Promise.all(shares);
  });

  it('a token that expires is renewed, at every statement of a run', async () => {
    const standIn = await account.standIn();
    await inWorld(account, async (world) => {
      const seen = everyOther(1, 0);
      standIn.failNext(seen.when, { kind: 'session-expired' }, 1000);
      const { result } = await world.run();
      standIn.clearFaults();
      expect(result).toMatchObject({ status: 'done', failures: [] });
      expect(seen.count()).toBeGreaterThan(40);
      expect(await content(world)).toEqual(expected);
    });
  });

  it('SIGKILL before every operation, which is after every other, is repaired by the next run', async () => {
    const failed: string[] = [];
    const queue = Array.from({ length: operations }, (_, n) => n + 1);
    const worker = async (mine: typeof account): Promise<void> => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
        const at = n;
        await inWorld(mine, async (world) => {
          const died = await deathOf(runAndDie(world.configFile, 'before', String(at)));
          expect(died).toBe('SIGKILL');
          await expireLease(world);
          expect((await world.run()).result).toMatchObject({ failures: [], error: undefined });
          expect(await content(world)).toEqual(expected);
        }).catch((error: unknown) => failed.push(`before ${at}: ${String(error)}`));
      }
    };
    await Promise.all(accounts.slice(0, 2).map(worker));
    expect(failed).toEqual([]);
  }, 600_000);

  it('SIGKILL in the middle of a transfer leaves nothing that the next run does not clear', async () => {
    const standIn = await account.standIn();
    await inWorld(account, async (world) => {
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
      expect(await content(world)).toEqual(expected);
      expect(await spools()).toEqual([]);
    });
  });
});

/** How often a run of {@link DUMPS} sends each: two loads, one of which merges, and what was found. */
const COUNTS: Readonly<Record<string, number>> = { COMMIT: 3, PUT: 2, COPY: 2, MERGE: 1 };

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

async function expireLease(world: World): Promise<void> {
  const { ledgerTables } = await world.state();
  if (!ledgerTables.has('lease')) return;
  const name = (text: string): string => world.dialect.quoteIdentifier(text);
  await world.execute(
    `UPDATE ${world.table('_heapload_lease')} SET ${name('expires_at')} = ${name('acquired_at')} WHERE ${name('name')} = 'run'`,
  );
}
