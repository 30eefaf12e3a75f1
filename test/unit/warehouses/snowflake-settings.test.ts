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
      transfer: { kind: 'put', stage: undefined },
      queryTag: undefined,
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
    expect(valid({ password: 'x', transfer: 'external', stage }).transfer).toEqual({
      kind: 'external',
      stage,
    });
  });

  it.each(['@heap_stage', 'heap_stage/folder', 'a; DROP TABLE b', '"a" "b"', 'a.b.c.d'])(
    'refuses %s',
    (stage) => {
      expect(problems({ ...PLACE, password: 'x', stage })['stage']).toContain('without @ and without a path');
    },
  );
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
