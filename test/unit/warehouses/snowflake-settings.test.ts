import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type SnowflakeSettings, parseSnowflakeSettings } from '../../../warehouses/snowflake/settings.js';

const PLACE = { account: 'acme-analytics', user: 'LOADER', warehouse: 'LOAD_WH', database: 'ANALYTICS' };

function valid(input: Record<string, unknown>): SnowflakeSettings {
  const parsed = parseSnowflakeSettings({ ...PLACE, ...input }, '/etc/heapload');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

function problems(input: Record<string, unknown>): Record<string, string> {
  const parsed = parseSnowflakeSettings(input, '/etc/heapload');
  if (parsed.ok) throw new Error('no problems');
  return Object.fromEntries(parsed.problems.map(({ path, message }) => [path.join('.'), message]));
}

describe('defaults', () => {
  it('needs a place and a way to log in', () => {
    expect(valid({ private_key_path: 'key.p8' })).toEqual({
      account: 'acme-analytics',
      user: 'LOADER',
      authentication: { kind: 'key_pair', path: '/etc/heapload/key.p8', passphrase: undefined },
      role: undefined,
      warehouse: 'LOAD_WH',
      database: 'ANALYTICS',
      transfer: { kind: 'put', stage: undefined, containerBytes: 200_000_000, spoolDirectory: undefined },
      clusterBy: {},
      queryTag: undefined,
      accessUrl: undefined,
      statementTimeout: undefined,
    });
  });
});

describe('ways to log in', () => {
  it.each([
    [{ private_key_path: 'k', private_key_passphrase: 's3cret' }, 'key_pair'],
    [{ authenticator: 'key_pair', private_key_path: 'k', private_key_passphrase: 's3cret' }, 'key_pair'],
    [{ password: 's3cret' }, 'password'],
    [{ authenticator: 'oauth', token: 's3cret' }, 'oauth'],
    [{ authenticator: 'programmatic_access_token', token: 's3cret' }, 'programmatic_access_token'],
    [
      { authenticator: 'workload_identity', workload_identity_provider: 'oidc', token: 's3cret' },
      'workload_identity',
    ],
  ])('%o is %s, and shows no secret', (input, kind) => {
    const { authentication } = valid(input);
    expect(authentication.kind).toBe(kind);
    const shown = `${JSON.stringify(authentication)} ${inspect(authentication, { depth: 9 })}`;
    expect(shown).toContain('***');
    expect(shown).not.toContain('s3cret');
    const secret =
      authentication.kind === 'key_pair'
        ? authentication.passphrase
        : authentication.kind === 'password'
          ? authentication.password
          : authentication.token;
    expect(secret?.reveal()).toBe('s3cret');
  });

  it.each([
    [{}, { private_key_path: 'give private_key_path, password or token to log in' }],
    [
      { password: 's3cret', private_key_path: 'k' },
      { password: 'give private_key_path or password, not both' },
    ],
    [
      { token: 's3cret' },
      { authenticator: 'with a token, expected authenticator: oauth or programmatic_access_token' },
    ],
    [
      { authenticator: 'key_pair', password: 's3cret' },
      {
        private_key_path: 'authenticator: key_pair needs it',
        password: 'not used with authenticator: key_pair',
      },
    ],
    [
      { password: 's3cret', private_key_passphrase: 's3cret' },
      { private_key_passphrase: 'only used with private_key_path' },
    ],
    [
      { authenticator: 'workload_identity', token: 's3cret' },
      { workload_identity_provider: 'authenticator: workload_identity needs it' },
    ],
    [
      { authenticator: 'workload_identity', workload_identity_provider: 'aws', token: 's3cret' },
      { token: 'not used with authenticator: workload_identity' },
    ],
    [
      { authenticator: 'workload_identity', workload_identity_provider: 'oidc' },
      { token: 'authenticator: workload_identity needs it' },
    ],
    [
      { password: 's3cret', workload_identity_provider: 'aws' },
      { workload_identity_provider: 'only used with authenticator: workload_identity' },
    ],
    [{ password: '' }, { password: 'expected a password; it is empty' }],
  ])('%o is refused', (input, expected) => {
    expect(problems({ ...PLACE, ...input })).toEqual(expected);
  });
});

describe('transfer', () => {
  it('external needs a stage', () => {
    expect(problems({ ...PLACE, password: 'x', transfer: 'external' })).toEqual({
      stage: 'transfer: external needs a stage on the bucket of the source',
    });
  });

  it.each(['heap_stage', 'analytics.loads.heap_stage', '"My Stage"'])('takes the stage %s', (stage) => {
    expect(valid({ password: 'x', transfer: 'external', stage, stage_prefix: 'heap/' }).transfer).toEqual({
      kind: 'external',
      stage,
      prefix: 'heap/',
    });
  });

  it('put takes the size of containers and a directory for them', () => {
    const settings = { password: 'x', container_size: '120 MB', spool_directory: 'spool' };
    expect(valid(settings).transfer).toEqual({
      kind: 'put',
      stage: undefined,
      containerBytes: 120_000_000,
      spoolDirectory: '/etc/heapload/spool',
    });
  });

  it('each way refuses what only the other one uses', () => {
    const put = { container_size: '100MB', spool_directory: '/tmp' };
    expect(problems({ ...PLACE, password: 'x', transfer: 'external', stage: 's', ...put })).toEqual({
      container_size: 'not used with transfer: external',
      spool_directory: 'not used with transfer: external',
    });
    expect(problems({ ...PLACE, password: 'x', stage_prefix: 'heap/' })).toEqual({
      stage_prefix: 'not used with transfer: put',
    });
  });

  it.each(['@heap_stage', 'heap_stage/folder', 'a; DROP TABLE b', '"a" "b"', 'a.b.c.d'])(
    'refuses %s',
    (stage) => {
      expect(problems({ ...PLACE, password: 'x', stage })['stage']).toContain('without @ and without a path');
    },
  );
});

describe('cluster_by', () => {
  it('names columns of tables, in order', () => {
    const cluster_by = { click: ['time', 'user_id'], users: ['user_id'] };
    expect(valid({ password: 'x', cluster_by }).clusterBy).toEqual(cluster_by);
  });

  it.each([
    [{ click: [] }, 'cluster_by.click', 'expected at least one column'],
    [{ click: 'time' }, 'cluster_by.click', 'expected a list of columns'],
    [{ click: [''] }, 'cluster_by.click.0', 'expected the name of a column'],
    [{ click: ['time', 'TIME'] }, 'cluster_by.click.1', 'expected each column once'],
    [{ 'Sign Up': ['time'] }, 'cluster_by.Sign Up', 'expected sign_up'],
    [['click'], 'cluster_by', 'expected a mapping of tables'],
  ])('%o is refused', (cluster_by, path, message) => {
    const found = problems({ ...PLACE, password: 'x', cluster_by });
    expect(Object.keys(found)).toEqual([path]);
    expect(found[path]).toContain(message);
  });
});

describe('another endpoint', () => {
  it.each(['https://snowflake.acme.example', 'https://a.example:8443', 'http://127.0.0.1:9000'])(
    'takes %s',
    (access_url) => {
      expect(valid({ password: 'x', access_url }).accessUrl).toBe(access_url);
    },
  );

  it.each([
    'http://snowflake.acme.example',
    'https://user:pw@a.example',
    'https://a.example/path',
    'a.example',
  ])('refuses %s: a login may not go where anybody can read it, or elsewhere than it seems', (access_url) => {
    expect(Object.keys(problems({ ...PLACE, password: 'x', access_url }))).toEqual(['access_url']);
  });
});

describe('mistakes', () => {
  it('come out together, one for each key, rules across keys among them', () => {
    const found = problems({
      account: 'acme.snowflakecomputing.com',
      user: 'LOADER',
      warehouse: 'load wh',
      private_key_passphrase: 's3cret',
      authenticator: 'keypair',
      transfer: 'external',
      statement_timeout: 0.5,
      qery_tag: 'x',
    });
    expect(Object.keys(found).sort()).toEqual([
      'account',
      'authenticator',
      'database',
      'private_key_passphrase',
      'qery_tag',
      'stage',
      'statement_timeout',
      'warehouse',
    ]);
    expect(found['account']).toContain('without .snowflakecomputing.com');
    expect(JSON.stringify(found)).not.toMatch(/s3cret|load wh/);
  });
});
