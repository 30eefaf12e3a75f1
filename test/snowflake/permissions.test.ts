import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Permission } from '../../src/warehouse/contract.js';
import { cli } from '../cli/support.js';
import { clicks, dump, full } from '../conformance/data.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';
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
  models: readonly string[] = [],
): Promise<readonly Permission[]> {
  return await account.using(
    account.settings(change),
    async (session) => (await session.permissions?.(schema, models)) ?? [],
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

  describe('for models', () => {
    const MODELS = ['ANALYTICS', 'HEAP_MODELS'];
    const REST = ['USAGE', 'CREATE TABLE', 'CREATE VIEW'].map((privilege) => ({
      role: LOADER,
      privilege,
      on: MODELS,
    }));
    const forModels = async (): Promise<readonly Permission[]> =>
      (await permissions({}, 'heap', ['heap_models'])).filter(({ what }) => what.includes('heap_models'));

    it('their schema has to be made when it is not there', async () => {
      account.standIn.revoke({ role: LOADER, privilege: 'CREATE SCHEMA', on: ['ANALYTICS'] });
      const [missing, ...more] = await forModels();
      expect(more).toEqual([]);
      expect(missing?.what).toBe('create schema heap_models in database ANALYTICS');
      expect(missing?.error?.hint).toContain('GRANT CREATE SCHEMA ON DATABASE ANALYTICS TO ROLE "LOADER";');
    });

    it('tables and views are made in it, and what is missing is named', async () => {
      account.standIn.grant({ role: LOADER, privilege: 'OWNERSHIP', on: ['ANALYTICS'] });
      await account.using(account.settings(), (session) => session.query('CREATE SCHEMA HEAP_MODELS'));
      for (const on of [['ANALYTICS'], MODELS])
        account.standIn.revoke({ role: LOADER, privilege: 'OWNERSHIP', on });
      for (const grant of [...LEAST, ...REST]) account.standIn.grant(grant);
      const before = account.standIn.statements.length;
      expect(await forModels()).toEqual([
        { what: 'create tables in schema heap_models' },
        { what: 'create views in schema heap_models' },
      ]);
      const sent = account.standIn.statements.slice(before).map(({ sql }) => sql);
      const count = (word: string): number => sent.filter((sql) => sql.startsWith(word)).length;
      expect([count('CREATE'), count('DROP')]).toEqual([4, 4]);
      const [, , view] = REST;
      if (view !== undefined) account.standIn.revoke(view);
      const [, missing] = await forModels();
      expect(missing?.error).toMatchObject({
        code: 'WAREHOUSE_DENIED',
        hint: 'GRANT USAGE, CREATE VIEW ON SCHEMA ANALYTICS."HEAP_MODELS" TO ROLE "LOADER";',
      });
    });
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

describe('heapload check', () => {
  const { target, standIn, stop } = snowflakeTarget();
  afterAll(stop);

  it('asks for the schemas of the models that a project has, and prints the GRANT that is missing', async () => {
    const world = await World.create(target, { models: {} });
    await world.write(dump(1n, full('click', clicks([1n, 'a']))));
    const check = (): ReturnType<typeof cli> => cli(['check', '-c', world.configFile]);
    const shipped = await check();
    expect(shipped).toMatchObject({ code: 0, stderr: '' });
    expect(shipped.stdout).toContain('✓ warehouse  create schema heap_resolved in database ANALYTICS\n');
    expect(shipped.stdout).not.toContain('heap_models');
    await mkdir(path.join(path.dirname(world.configFile), 'models'));
    await writeFile(path.join(path.dirname(world.configFile), 'models', 'mine.sql'), 'SELECT 1 AS a');
    await world.execute('CREATE SCHEMA HEAP_MODELS');
    const both = await check();
    expect(both.stdout).toContain('✓ warehouse  create views in schema heap_models\n');
    const account = await standIn();
    for (const on of [['ANALYTICS'], ['ANALYTICS', 'HEAP_MODELS']])
      account.revoke({ role: LOADER, privilege: 'OWNERSHIP', on });
    account.grant({ role: LOADER, privilege: 'USAGE', on: ['ANALYTICS'] });
    account.grant({ role: LOADER, privilege: 'USAGE', on: ['ANALYTICS', 'HEAP_MODELS'] });
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain('✗ warehouse  create schema heap_resolved in database ANALYTICS\n');
    for (const privilege of ['CREATE TABLE', 'CREATE VIEW'])
      expect(stderr).toContain(
        `GRANT USAGE, ${privilege} ON SCHEMA ANALYTICS."HEAP_MODELS" TO ROLE "LOADER";`,
      );
    expect(stderr).toContain('GRANT CREATE SCHEMA ON DATABASE ANALYTICS TO ROLE "LOADER";');
    account.grant({ role: LOADER, privilege: 'OWNERSHIP', on: ['ANALYTICS'] });
    await world.dispose();
  });
});
