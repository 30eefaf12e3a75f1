import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Session, Statement } from '../../src/warehouse/contract.js';
import type { Fault, When } from '../stand-ins/snowflake/faults.js';
import { type Account, executing, failureOf, openAccount } from './support.js';

// The driver asks twice after a reply it cannot read, and gives up. What is asked after that, heapload asks.

let account: Account;
let session: Session;
let mark = 0;
let sentMark = 0;

beforeAll(async () => {
  account = await openAccount();
});
afterAll(async () => {
  await account.stop();
});
beforeEach(async () => {
  session = await connect();
  await run('CREATE OR REPLACE TABLE PUBLIC.T (A NUMBER(38,0))');
  mark = account.standIn.requests.length;
  sentMark = account.standIn.statements.length;
});
afterEach(async () => {
  account.standIn.clearFaults();
  await session.close();
});

async function connect(): Promise<Session> {
  const { connectSnowflake } = await import('../../warehouses/snowflake/session.js');
  return await connectSnowflake(account.settings(), { mode: 'write', signal: new AbortController().signal });
}

async function run(sql: string, more: Partial<Statement> = {}, signal?: AbortSignal): Promise<number> {
  const statement: Statement = { kind: 'statement', sql, parameters: [], ...more };
  return (await session.execute(statement, executing(signal === undefined ? {} : { signal }))).rows;
}

function lose(when: When, times: number, kind: 'garbled-reply' | 'drop-reply' = 'garbled-reply'): void {
  account.standIn.failNext(when, { kind }, times);
}

const requests = (): readonly {
  readonly path: string;
  readonly sql: string | undefined;
  readonly requestId?: string | undefined;
}[] => account.standIn.requests.slice(mark);
const asks = (sql: RegExp) =>
  requests().filter((request) => request.sql !== undefined && sql.test(request.sql));
const fetches = (): number =>
  requests().filter(({ path }) => /^\/queries\/[0-9a-f-]{36}\/result$/.test(path)).length;
/** Statements that were carried out, each once however often it was sent. */
const done = (sql: RegExp): readonly string[] =>
  account.standIn.statements
    .slice(sentMark)
    .filter((each) => sql.test(each.sql))
    .map(({ state }) => state);
const rowsOfT = async (): Promise<unknown> =>
  (await session.query('SELECT A FROM PUBLIC.T ORDER BY A')).map(({ A }) => A);

describe('the reply to a statement', () => {
  it('is asked for under the same request id when the driver has given up', async () => {
    lose(/^INSERT/, 4);
    expect(await run('INSERT INTO PUBLIC.T VALUES (1), (2)')).toBe(2);
    expect(asks(/^INSERT/)).toHaveLength(5);
    expect(new Set(asks(/^INSERT/).map(({ requestId }) => requestId)).size).toBe(1);
    expect(done(/^INSERT/)).toEqual(['done']);
    expect(await rowsOfT()).toEqual([1n, 2n]);
  });

  it.each([
    ['lost', { kind: 'drop-reply' }],
    ['failed', { kind: 'status', status: 503 }],
  ] as const)(
    'that is still at work: the driver asks for its result again when that is %s',
    async (_, fault: Fault) => {
      account.standIn.failNext(/^INSERT/, { kind: 'slow', polls: 1 });
      account.standIn.failNext(/\/result$/, fault);
      expect(await run('INSERT INTO PUBLIC.T VALUES (1)')).toBe(1);
      expect([asks(/^INSERT/).length, fetches()]).toEqual([1, 2]);
      expect(done(/^INSERT/)).toEqual(['done']);
    },
  );

  it('that is still at work is looked up by its query id when the driver has given up', async () => {
    account.standIn.failNext(/^INSERT/, { kind: 'slow', polls: 1 });
    lose(/\/result$/, 3);
    expect(await run('INSERT INTO PUBLIC.T VALUES (1)')).toBe(1);
    expect([asks(/^INSERT/).length, fetches()]).toEqual([1, 4]);
    expect(done(/^INSERT/)).toEqual(['done']);
    expect(await rowsOfT()).toEqual([1n]);
  });

  it('may be that it has failed, which is not tried again', async () => {
    lose(/^INSERT/, 2);
    const error = await failureOf(run(`INSERT INTO PUBLIC.T SELECT TO_NUMBER('x')`));
    expect(error).toMatchObject({ code: 'SQL_FAILED', message: expect.stringContaining('100038') as string });
    expect(asks(/^INSERT/)).toHaveLength(3);
    expect(done(/^INSERT/)).toEqual(['failed']);
  });

  it('is no refusal of Snowflake’s when somebody on the way answers', async () => {
    account.standIn.failNext(/^INSERT/, { kind: 'status', status: 403 }, 2);
    expect(await run('INSERT INTO PUBLIC.T VALUES (1)')).toBe(1);
    expect(done(/^INSERT/)).toEqual(['done']);
  });

  it('is asked for so often and no more; then nobody knows, and it ran once', async () => {
    lose(/^INSERT/, 1000);
    const error = await failureOf(run('INSERT INTO PUBLIC.T VALUES (1)'));
    expect(error).toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      hint: expect.stringContaining('ledger') as string,
    });
    expect(asks(/^INSERT/)).toHaveLength(6);
    expect(done(/^INSERT/)).toEqual(['done']);
    expect(await rowsOfT()).toEqual([1n]);
  });

  it('is not waited for after an interruption, and the statement is stopped', async () => {
    const stopping = new AbortController();
    lose(({ sql }) => {
      const isIt = sql?.startsWith('INSERT') === true;
      if (isIt && asks(/^INSERT/).length >= 2) stopping.abort();
      return isIt;
    }, 1000);
    expect(await failureOf(run('INSERT INTO PUBLIC.T VALUES (1)', {}, stopping.signal))).toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(asks(/^INSERT/)).toHaveLength(2);
    await expect.poll(() => requests().some(({ path }) => path.endsWith('abort-request'))).toBe(true);
  });

  it('is not asked for in a session that is gone', async () => {
    account.standIn.failNext(/^INSERT/, { kind: 'session-gone' });
    expect(await failureOf(run('INSERT INTO PUBLIC.T VALUES (1)'))).toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
    });
    expect(asks(/^INSERT/)).toHaveLength(1);
    expect(done(/^INSERT/)).toEqual([]);
  });
});

describe('in a transaction', () => {
  const begin = (): Promise<number> => run('BEGIN TRANSACTION', { transaction: 'begin' });
  const insert = (value: number): Promise<number> =>
    run(`INSERT INTO PUBLIC.T VALUES (${value})`, { transaction: 'within' });
  const commit = (): Promise<number> => run('COMMIT', { transaction: 'commit' });

  it('each statement is looked up, and all of it commits once', async () => {
    lose(/^(BEGIN|INSERT|COMMIT)/, 2);
    await begin();
    lose(/^INSERT/, 2);
    expect(await insert(1)).toBe(1);
    lose(/^COMMIT/, 2);
    await commit();
    for (const word of ['BEGIN', 'INSERT', 'COMMIT']) {
      expect(asks(new RegExp(`^${word}`))).toHaveLength(3);
      expect(done(new RegExp(`^${word}`))).toEqual(['done']);
    }
    expect(await rowsOfT()).toEqual([1n]);
  });

  it('that has been broken by its statement, the failure is found out', async () => {
    await begin();
    lose(/^INSERT/, 2);
    const wrong = run(`INSERT INTO PUBLIC.T SELECT TO_NUMBER('x')`, { transaction: 'within' });
    expect(await failureOf(wrong)).toMatchObject({ code: 'SQL_FAILED' });
    expect(done(/^INSERT/)).toEqual(['failed']);
  });

  it('that is gone, a statement that never arrived is not sent again, to commit by itself', async () => {
    await begin();
    await insert(1);
    await run('UPDATE PUBLIC.T SET A = 7', { transaction: 'within' });
    const other = await connect();
    // Who waits for the lock of a transaction that does nothing gets it in the end.
    await other.execute({ kind: 'statement', sql: 'DELETE FROM PUBLIC.T', parameters: [] }, executing());
    await other.close();
    account.standIn.failNext(/VALUES \(2\)/, { kind: 'status', status: 403 }, 2);
    expect(await failureOf(insert(2))).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(asks(/VALUES \(2\)/)).toHaveLength(2);
    expect(await rowsOfT()).toEqual([]);
  });
});
