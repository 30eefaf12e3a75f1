import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/warehouse/contract.js';
import { clicks, dump, full, incremental } from '../conformance/data.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { type Account, executing, failureOf, openAccount } from './support.js';

let account: Account;
beforeAll(async () => {
  account = await openAccount();
});
afterAll(async () => {
  await account.stop();
});

const statement = (sql: string, more: Partial<Statement> = {}): Statement => ({
  kind: 'statement',
  sql,
  parameters: [],
  ...more,
});

describe('statements', () => {
  it('say in the query history what they are for', async () => {
    const load = { loadId: '9/users', dumpId: 9n, table: 'users' };
    await account.using(account.settings({ query_tag: 'nightly "run"' }), async (session) => {
      await session.execute(
        statement('SELECT 1 AS "TAGGED"'),
        executing({ purpose: { runId: 'run-7', load } }),
      );
    });
    const tag = account.standIn.statements.find(({ sql }) => sql.includes('TAGGED'))?.tag;
    expect(JSON.parse(tag ?? '')).toEqual({
      app: 'heapload',
      run: 'run-7',
      dump: '9',
      table: 'users',
      tag: 'nightly "run"',
    });
  });

  it('are sent each under an id of its own, in a session that means the same everywhere', async () => {
    const before = account.standIn.requests.length;
    await account.using(account.settings({ statement_timeout: 600 }), (session) =>
      session.query('SELECT 1 AS "A"'),
    );
    const sent = account.standIn.requests.slice(before).filter(({ sql }) => sql !== undefined);
    expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(sent.length);
    expect(sent[0]?.sql).toMatch(
      /^ALTER SESSION SET AUTOCOMMIT = TRUE .* STATEMENT_TIMEOUT_IN_SECONDS = 600$/,
    );
  });

  it('an interruption stops them in Snowflake too', async () => {
    const stopping = new AbortController();
    await account.using(account.settings(), async (session) => {
      account.standIn.failNext(/"SLOW"/, { kind: 'slow', polls: 1000 });
      const before = account.standIn.requests.length;
      const since = (path: RegExp): boolean =>
        account.standIn.requests.slice(before).some((request) => path.test(request.path));
      const running = failureOf(
        session.execute(statement('SELECT 1 AS "SLOW"'), executing({ signal: stopping.signal })),
      );
      await expect.poll(() => since(/\/result$/)).toBe(true);
      stopping.abort();
      expect((await running).code).toBe('INTERRUPTED');
      expect(since(/abort-request$/)).toBe(true);
      expect(await session.query('SELECT 1 AS "A"')).toEqual([{ A: 1n }]);
    });
    account.standIn.clearFaults();
  });

  it('one that fails in a transaction has been rolled back', async () => {
    await account.using(account.settings(), async (session) => {
      await session.execute(statement('CREATE TABLE PUBLIC.T (A NUMBER(19,0))'), executing());
      await session.execute(statement('BEGIN TRANSACTION', { transaction: 'begin' }), executing());
      await session.execute(
        statement('INSERT INTO PUBLIC.T VALUES (1)', { transaction: 'within' }),
        executing(),
      );
      const broken = statement('SELECT NO_SUCH FROM PUBLIC.T', { transaction: 'within' });
      const error = await failureOf(session.execute(broken, executing()));
      expect(error).toMatchObject({ code: 'SQL_FAILED' });
      expect(error.message).toMatch(/SQLSTATE \d{5}, query [0-9a-f-]+\] \(in: SELECT NO_SUCH/);
      expect(await session.query('SELECT * FROM PUBLIC.T')).toEqual([]);
    });
  });
});

describe('a session that is lost', () => {
  const { target, standIn, stop } = snowflakeTarget();
  afterAll(stop);

  it('at COMMIT: the run stops, and the ledger tells the next one what was done', async () => {
    const world = await World.create(target);
    await world.write(
      dump(1n, full('click', clicks([1n, 'a']))),
      dump(2n, incremental('click', clicks([2n, 'b']))),
    );
    let commits = 0;
    (await standIn()).failNext(({ sql }) => sql === 'COMMIT' && (commits += 1) === 2, {
      kind: 'session-gone',
    });
    const { result } = await world.run();
    expect(result.error).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(result.error?.hint).toContain('ledger');
    await world.execute(
      `UPDATE ${world.table('_heapload_lease')} SET "EXPIRES_AT" = "ACQUIRED_AT" WHERE "NAME" = 'run'`,
    );
    expect((await world.run()).result).toMatchObject({ status: 'done', failures: [] });
    expect(await world.rows('click', 'event_id')).toEqual([
      { event_id: 1n, label: 'a' },
      { event_id: 2n, label: 'b' },
    ]);
    await world.dispose();
  });
});

describe('what a statement would cost', () => {
  it('is what EXPLAIN says, or why it says nothing', async () => {
    await account.using(account.settings(), async (session) => {
      await session.execute(statement('CREATE TABLE PUBLIC.E (A NUMBER(19,0))'), executing());
      await session.execute(statement('INSERT INTO PUBLIC.E VALUES (1)'), executing());
      const known = await session.estimate?.(statement('DELETE FROM PUBLIC.E WHERE TRUE'));
      expect(typeof known?.bytes).toBe('bigint');
      expect(known?.partitions).toEqual({ read: 1, of: 1 });
      const missing = await session.estimate?.(statement('SELECT * FROM PUBLIC.NOT_YET'));
      expect(missing).toEqual({
        bytes: undefined,
        note: expect.stringContaining('once the tables') as string,
      });
      const ddl = await session.estimate?.(statement('CREATE TABLE PUBLIC.NEVER (A NUMBER(19,0))'));
      expect(ddl?.bytes).toBeUndefined();
      await expect(session.query('SELECT * FROM PUBLIC.NEVER')).rejects.toMatchObject({ code: 'SQL_FAILED' });
    });
  });
});

describe('a virtual warehouse', () => {
  it.each([
    ['that resumes by itself is left to itself', true, 'SUSPENDED', []],
    [
      'that would not is resumed for a run, and suspended behind it',
      false,
      'SUSPENDED',
      ['ALTER WAREHOUSE LOAD_WH RESUME IF SUSPENDED', 'ALTER WAREHOUSE LOAD_WH SUSPEND'],
    ],
    ['that is at work is left at work', false, 'STARTED', []],
  ] as const)('%s', async (_, autoResume, state, expected) => {
    const own = await openAccount({ warehouses: [{ name: 'LOAD_WH', autoResume, state }] });
    try {
      await own.using(own.settings(), (session) => session.query('SELECT 1 AS "A"'));
      const altered = own.standIn.statements
        .map(({ sql }) => sql)
        .filter((sql) => sql.startsWith('ALTER WAREHOUSE'));
      expect(altered).toEqual(expected);
      if (!autoResume) expect(own.standIn.warehouses[0]?.state).toBe(state);
    } finally {
      await own.stop();
    }
  });
});
