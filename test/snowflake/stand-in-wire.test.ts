import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SnowflakeStandIn, startSnowflakeStandIn } from '../stand-ins/snowflake/server.js';
import { type Client, logIn, logInOptions } from './client.js';

// What the stand-in promises the tests of the adapter, seen through Snowflake's own driver.

let standIn: SnowflakeStandIn;
let client: Client;

beforeAll(async () => {
  standIn = await startSnowflakeStandIn({ idleTransactionMs: 100 });
  client = await logIn(standIn);
  await client.rows('CREATE SCHEMA "WIRE"');
  await client.rows('CREATE TABLE "WIRE"."T" ("A" NUMBER(19,0))');
});
afterAll(async () => {
  await client.close();
  await standIn.stop();
});
beforeEach(async () => {
  await client.rows('DELETE FROM "WIRE"."T"');
});
afterEach(() => {
  standIn.clearFaults();
});

const count = async (): Promise<string | null | undefined> =>
  (await client.rows('SELECT count(*) AS "N" FROM "WIRE"."T"'))[0]?.['N'];

describe('login', () => {
  it.each([
    ['password', () => ({ authenticator: 'SNOWFLAKE', password: standIn.user.password })],
    ['OAuth', () => ({ authenticator: 'OAUTH', token: standIn.user.oauthToken })],
    [
      'programmatic access token',
      () => ({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: standIn.user.programmaticToken }),
    ],
  ])('with a %s', async (_, options) => {
    const other = await logIn(standIn, options());
    expect(await other.rows('SELECT CURRENT_USER() AS "U", CURRENT_ROLE() AS "R"')).toEqual([
      { U: 'HEAPLOAD', R: 'LOADER' },
    ]);
    await other.close();
  });

  it('not with the key of somebody else', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(logIn(standIn, { privateKey: pem })).rejects.toMatchObject({ code: '390144' });
  });

  it('not with a token for another account', async () => {
    await expect(logIn(standIn, { account: 'OTHER' })).rejects.toMatchObject({ code: '390144' });
  });

  it.each([
    ['390100', () => ({ authenticator: 'SNOWFLAKE', password: 'wrong' })],
    ['390303', () => ({ authenticator: 'OAUTH', token: 'wrong' })],
    ['394400', () => ({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'wrong' })],
    ['390189', () => ({ role: 'ACCOUNTADMIN' })],
  ])('is refused with %s', async (code, options) => {
    await expect(logIn(standIn, options())).rejects.toMatchObject({ code });
  });

  it('leaves out what is not there, as Snowflake does', async () => {
    const other = await logIn(standIn, { warehouse: 'NOWHERE', database: 'NOTHING' });
    expect(await other.rows('EXPLAIN USING JSON SELECT 1')).toHaveLength(1);
    expect(await other.failure('SELECT 1')).toMatchObject({ code: '000606', sqlState: '57P03' });
    await other.close();
  });
});

describe('requests', () => {
  it.each(['drop-reply', 'reset'] as const)('a statement is carried out once after %s', async (kind) => {
    standIn.failNext(/^INSERT/, { kind });
    const sent = standIn.requests.length;
    expect(await client.changed('INSERT INTO "WIRE"."T" VALUES (1)')).toBe(1);
    const requests = standIn.requests.slice(sent);
    expect(requests.length).toBe(2);
    expect(new Set(requests.map(({ requestId }) => requestId)).size).toBe(1);
    expect(await count()).toBe('1');
  });

  it.each([429, 500, 502, 503])('the driver repeats after %d', async (status) => {
    standIn.failNext(/^INSERT/, { kind: 'status', status });
    expect(await client.changed('INSERT INTO "WIRE"."T" VALUES (1)')).toBe(1);
    expect(await count()).toBe('1');
  });

  it.each([401, 403])('the driver gives up when %d comes a second time', async (status) => {
    standIn.failNext(/^INSERT/, { kind: 'status', status }, 2);
    expect(await client.failure('INSERT INTO "WIRE"."T" VALUES (1)')).toMatchObject({
      name: 'RequestFailedError',
    });
    expect(await count()).toBe('0');
  });

  it('a slow statement is asked for until it is done', async () => {
    standIn.failNext(/^INSERT/, { kind: 'slow', polls: 2 });
    const sent = standIn.requests.length;
    expect(await client.changed('INSERT INTO "WIRE"."T" VALUES (1), (2)')).toBe(2);
    const paths = standIn.requests.slice(sent).map(({ path }) => path.replace(/[0-9a-f-]{36}/, 'id'));
    expect(paths.slice(0, 2)).toEqual(['/queries/v1/query-request', '/queries/id/result']);
    expect(await count()).toBe('2');
  });

  it('an expired session is renewed and the statement carried out', async () => {
    standIn.failNext(/^INSERT/, { kind: 'session-expired' });
    expect(await client.changed('INSERT INTO "WIRE"."T" VALUES (1)')).toBe(1);
    expect(standIn.requests.some(({ path }) => path === '/session/token-request')).toBe(true);
    expect(await count()).toBe('1');
  });

  it.each([['master-expired'], ['session-gone']] as const)('after %s the session is lost', async (kind) => {
    const other = await logIn(standIn);
    standIn.failNext(/^INSERT/, { kind });
    const error = await other.failure('INSERT INTO "WIRE"."T" VALUES (1)');
    expect(String(error.code)).toBe('407002');
    expect(await count()).toBe('0');
  });

  it('an error that is asked for arrives with its number and state', async () => {
    standIn.failNext(/^INSERT/, { kind: 'error', code: '000630', sqlState: '57014', message: 'too slow' });
    const error = await client.failure('INSERT INTO "WIRE"."T" VALUES (1)');
    expect(error).toMatchObject({ code: '000630', sqlState: '57014', message: 'too slow' });
    expect(await count()).toBe('0');
  });

  it('the same request id in the same session gives the first answer again', async () => {
    const requestId = randomUUID();
    const send = (): Promise<number> =>
      new Promise((resolve, reject) => {
        client.connection.execute({
          sqlText: 'INSERT INTO "WIRE"."T" VALUES (1)',
          requestId,
          complete: (error, statement) => {
            if (error) reject(error);
            else resolve(statement.getNumUpdatedRows() ?? -1);
          },
        });
      });
    expect([await send(), await send()]).toEqual([1, 1]);
    expect(await count()).toBe('1');
  });

  it('a statement is stopped on request, and by its query id others learn what became of it', async () => {
    const other = await logIn(standIn);
    await other.rows('BEGIN');
    await other.rows('UPDATE "WIRE"."T" SET "A" = 1');
    let isOver = false;
    const keepBusy = async (): Promise<void> => {
      while (!isOver) {
        await other.rows('SELECT 1');
        await pause(5);
      }
    };
    const busy = keepBusy();
    const stopped = new Promise<unknown>((resolve) => {
      const statement = client.connection.execute({
        sqlText: 'UPDATE "WIRE"."T" SET "A" = 2',
        complete: resolve,
      });
      setTimeout(() => {
        statement.cancel();
      }, 60);
    });
    expect(await stopped).toMatchObject({ code: '000604', sqlState: '57014' });
    isOver = true;
    // Closing its session would cancel a statement that is under way.
    await busy;
    const last = standIn.statements.find(({ sql }) => sql.endsWith('SET "A" = 2'));
    expect(await client.connection.getQueryStatus(last?.queryId ?? '')).toBe('FAILED_WITH_ERROR');
    await other.close();
  });

  it('statements keep the tag they were sent with', async () => {
    await new Promise((resolve) => {
      client.connection.execute({
        sqlText: 'SELECT 7',
        parameters: { QUERY_TAG: 'of a test' },
        complete: resolve,
      });
    });
    await client.rows(`ALTER SESSION SET QUERY_TAG = 'of the session'`);
    await client.rows('SELECT 8');
    const tagOf = (wanted: string): string | undefined =>
      standIn.statements.findLast(({ sql }) => sql === wanted)?.tag;
    expect([tagOf('SELECT 7'), tagOf('SELECT 8')]).toEqual(['of a test', 'of the session']);
  });

  it('nothing that proves who somebody is is kept of requests', () => {
    const kept = JSON.stringify(standIn.requests);
    for (const secret of [standIn.user.password, standIn.user.oauthToken, standIn.user.programmaticToken]) {
      expect(kept).not.toContain(secret);
    }
    expect(logInOptions(standIn).privateKey).toContain('PRIVATE KEY');
  });
});
