import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Permission } from '../../src/warehouse/contract.js';
import { type Account, openAccount } from './support.js';

const LOADER = 'LOADER';
const HEAP = ['ANALYTICS', 'HEAP'];

/** The least a role needs for a schema that is there, as the documentation gives it. */
const LEAST = [
  { role: LOADER, privilege: 'USAGE', on: ['LOAD_WH'] },
  { role: LOADER, privilege: 'USAGE', on: ['ANALYTICS'] },
  { role: LOADER, privilege: 'USAGE', on: HEAP },
  { role: LOADER, privilege: 'CREATE TABLE', on: HEAP },
  { role: LOADER, privilege: 'CREATE STAGE', on: HEAP },
];

let account: Account;
beforeAll(async () => {
  account = await openAccount();
  await account.using(account.settings(), (session) => session.query('CREATE SCHEMA HEAP'));
  for (const on of [['ANALYTICS'], HEAP])
    account.standIn.revoke({ role: LOADER, privilege: 'OWNERSHIP', on });
  for (const grant of LEAST) account.standIn.grant(grant);
});
afterAll(async () => {
  await account.stop();
});

async function permissions(
  change: Readonly<Record<string, unknown>> = {},
  schema = 'heap',
): Promise<readonly Permission[]> {
  return await account.using(
    account.settings(change),
    async (session) => (await session.permissions?.(schema)) ?? [],
    'probe',
  );
}

describe('permissions', () => {
  it('are all there for the role of the documentation, and what tried them is gone', async () => {
    const before = account.standIn.statements.length;
    const found = await permissions();
    expect(found).toEqual([
      { what: 'create tables in schema heap' },
      { what: 'create stages in schema heap' },
    ]);
    const sent = account.standIn.statements.slice(before).map(({ sql }) => sql);
    const made = sent.filter((sql) => sql.startsWith('CREATE')).length;
    expect(made).toBe(2);
    expect(sent.filter((sql) => sql.startsWith('DROP'))).toHaveLength(made);
  });

  it.each([
    [
      'CREATE TABLE',
      'create tables',
      'GRANT USAGE, CREATE TABLE ON SCHEMA ANALYTICS."HEAP" TO ROLE "LOADER";',
    ],
    ['CREATE STAGE', 'create stages', 'GRANT CREATE STAGE ON SCHEMA ANALYTICS."HEAP" TO ROLE "LOADER";'],
  ])('%s that is missing is named with its GRANT', async (privilege, what, grant) => {
    account.standIn.revoke({ role: LOADER, privilege, on: HEAP });
    const missing = (await permissions()).filter(({ error }) => error !== undefined);
    account.standIn.grant({ role: LOADER, privilege, on: HEAP });
    expect(missing).toHaveLength(1);
    expect(missing[0]?.what).toContain(what);
    expect(missing[0]?.error).toMatchObject({ code: 'WAREHOUSE_DENIED', hint: grant });
    expect(missing[0]?.error?.message).toContain('42501');
  });

  it('a schema that is not there has to be made', async () => {
    const [missing, ...more] = await permissions({}, 'other');
    expect(more).toEqual([]);
    expect(missing?.what).toBe('create schema other in database ANALYTICS');
    expect(missing?.error?.hint).toContain('GRANT CREATE SCHEMA ON DATABASE ANALYTICS TO ROLE "LOADER";');
    account.standIn.grant({ role: LOADER, privilege: 'CREATE SCHEMA', on: ['ANALYTICS'] });
    expect(await permissions({}, 'other')).toEqual([{ what: 'create schema other in database ANALYTICS' }]);
  });

  it('a stage of the user’s is written to, or read', async () => {
    await account.using(account.settings(), (session) => session.query('CREATE STAGE HEAP.FILES'));
    const stage = 'ANALYTICS.HEAP.FILES';
    expect((await permissions({ stage })).map(({ what, error }) => [what, error])).toContainEqual([
      `put files into stage ${stage} and remove them`,
      undefined,
    ]);
    const left = await account.using(account.settings(), (session) => session.query(`LIST '@${stage}'`));
    expect(left).toEqual([]);
    const missing = await permissions({ stage: 'ANALYTICS.HEAP.NOWHERE', transfer: 'external' });
    expect(missing.find(({ error }) => error !== undefined)?.error?.hint).toContain(
      'GRANT USAGE ON STAGE ANALYTICS.HEAP.NOWHERE TO ROLE "LOADER";',
    );
  });
});
