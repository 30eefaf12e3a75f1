import { createPrivateKey } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, failureOf, openAccount } from './support.js';

let account: Account;
beforeAll(async () => {
  // The driver gives what proves a workload's identity to hosts of Snowflake's alone, and to those named here.
  process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'] = '127.0.0.1';
  account = await openAccount();
  const key = createPrivateKey(account.standIn.user.privateKey);
  const sealed = { cipher: 'aes-256-cbc', passphrase: 'open sesame' };
  const files = {
    'encrypted.p8': key.export({ type: 'pkcs8', format: 'pem', ...sealed }),
    'traditional.pem': key.export({ type: 'pkcs1', format: 'pem' }),
    'traditional-encrypted.pem': key.export({ type: 'pkcs1', format: 'pem', ...sealed }),
    'no-key.p8': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(account.folder, name), content);
});
afterAll(async () => {
  await account.stop();
});

const NO_KEY = { private_key_path: undefined };

describe('ways to log in', () => {
  const { user } = { user: () => account.standIn.user };

  it.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['a key', () => ({})],
    ['an encrypted key', () => ({ private_key_path: 'encrypted.p8', private_key_passphrase: 'open sesame' })],
    ['a key of the older kind', () => ({ private_key_path: 'traditional.pem' })],
    [
      'an encrypted key of the older kind',
      () => ({ private_key_path: 'traditional-encrypted.pem', private_key_passphrase: 'open sesame' }),
    ],
    ['a password', () => ({ ...NO_KEY, password: user().password })],
    ['an OAuth token', () => ({ ...NO_KEY, authenticator: 'oauth', token: user().oauthToken })],
    [
      'a programmatic access token',
      () => ({ ...NO_KEY, authenticator: 'programmatic_access_token', token: user().programmaticToken }),
    ],
    [
      'a workload identity',
      () => ({
        ...NO_KEY,
        authenticator: 'workload_identity',
        workload_identity_provider: 'oidc',
        token: user().workloadToken,
      }),
    ],
  ])('%s', async (_, change) => {
    const rows = await account.using(account.settings(change()), (session) =>
      session.query('SELECT CURRENT_USER() AS "USER", CURRENT_ROLE() AS "ROLE"'),
    );
    expect(rows).toEqual([{ USER: 'HEAPLOAD', ROLE: 'LOADER' }]);
  });

  it('leave no file of the driver’s, and no session', async () => {
    const before = await readdir(process.cwd());
    await account.using(account.settings(), (session) => session.query('SELECT 1 AS "A"'));
    expect(await readdir(process.cwd())).toEqual(before);
    expect(account.standIn.openSessions).toBe(0);
  });
});

describe('what is refused', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    ['a role', { role: 'NOBODY' }, 'refused role NOBODY', 'GRANT ROLE NOBODY TO USER HEAPLOAD;'],
    [
      'a virtual warehouse',
      { warehouse: 'NO_WH' },
      'Virtual warehouse NO_WH',
      'GRANT USAGE ON WAREHOUSE NO_WH TO ROLE LOADER;',
    ],
    ['a database', { database: 'NO_DB' }, 'Database NO_DB', 'GRANT USAGE ON DATABASE NO_DB TO ROLE LOADER;'],
    ['a password', { ...NO_KEY, password: 's3cret' }, 'refused the login', 'password'],
    ['a token', { ...NO_KEY, authenticator: 'oauth', token: 's3cret' }, 'refused the login', 'token'],
    ['a key that is not there', { private_key_path: 'nowhere.p8' }, 'ENOENT', 'private_key_path'],
    ['a key without its passphrase', { private_key_path: 'encrypted.p8' }, 'encrypted', 'passphrase'],
    [
      'a wrong passphrase',
      { private_key_path: 'encrypted.p8', private_key_passphrase: 's3cret' },
      'does not open',
      'PEM',
    ],
    ['a file that is no key', { private_key_path: 'no-key.p8' }, 'no private key', 'PEM'],
  ])('%s', async (_, change, message, hint) => {
    const error = await failureOf(account.using(account.settings(change), () => Promise.resolve()));
    expect(error.code).toBe('WAREHOUSE_DENIED');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(`${error.message} ${error.hint} ${String(error.cause)} ${error.stack ?? ''}`).not.toContain(
      's3cret',
    );
    expect(account.standIn.openSessions).toBe(0);
  });
});
