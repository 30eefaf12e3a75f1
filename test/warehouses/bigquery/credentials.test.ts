import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Output, built } from '../../cli/support.js';
import { makeCertificate } from '../../stand-ins/google/certificate.js';
import type { Accounts } from '../../stand-ins/google/grants.js';
import {
  IDENTITY_HOSTS,
  type IdentityStandIn,
  startIdentityStandIn,
} from '../../stand-ins/google/identity.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { click, clicks } from './support.js';

const LOADER = 'loader@acme-analytics.iam.gserviceaccount.com';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const ACCOUNTS: Accounts = {
  serviceAccount: {
    email: 'ci@acme-analytics.iam.gserviceaccount.com',
    publicKey,
    token: 'token-of-the-key',
  },
  user: {
    clientId: 'client-id',
    clientSecret: 'client-secret',
    refreshToken: 'refresh-token-of-a-user',
    token: 'token-of-a-user',
  },
  federated: {
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github',
    subjectToken: 'subject-token-of-another-cloud',
    token: 'token-of-a-federated-identity',
  },
  impersonated: {
    email: LOADER,
    by: ['token-of-the-key', 'token-of-a-user', 'token-of-a-federated-identity'],
    token: 'token-of-the-loader',
  },
};
/** What must be seen nowhere. */
const SECRETS = [
  ...[privateKey, other.privateKey].map((pem) => pem.split('\n')[3] ?? pem),
  ACCOUNTS.user.clientSecret,
  ACCOUNTS.user.refreshToken,
  ACCOUNTS.federated.subjectToken,
  ...[ACCOUNTS.serviceAccount, ACCOUNTS.user, ACCOUNTS.federated, ACCOUNTS.impersonated].map(
    ({ token }) => token,
  ),
];

let folder: string;
let identity: IdentityStandIn | undefined;
let certificate: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-google-'));
  const made = makeCertificate(folder, IDENTITY_HOSTS);
  if (made === undefined) {
    console.warn('SKIPPED: credentials of Google were not tested; there is no openssl.');
    return;
  }
  certificate = made.file;
  identity = await startIdentityStandIn(made, ACCOUNTS);
  await writeFile(path.join(folder, 'subject-token'), ACCOUNTS.federated.subjectToken);
});
afterAll(async () => {
  await identity?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  if (identity === undefined) context.skip('there is no openssl');
});

const serviceAccount = (key = privateKey): object => ({
  type: 'service_account',
  project_id: 'acme-analytics',
  private_key_id: 'abc',
  private_key: key,
  client_email: ACCOUNTS.serviceAccount.email,
});
const authorizedUser = (refreshToken = ACCOUNTS.user.refreshToken): object => ({
  type: 'authorized_user',
  client_id: ACCOUNTS.user.clientId,
  client_secret: ACCOUNTS.user.clientSecret,
  refresh_token: refreshToken,
});
/** Workload identity: no secret in it, only where the token of another provider is found. */
const externalAccount = (audience = ACCOUNTS.federated.audience, impersonates = false): object => ({
  type: 'external_account',
  audience,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: path.join(folder, 'subject-token') },
  ...(impersonates
    ? {
        service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${LOADER}:generateAccessToken`,
      }
    : {}),
});

interface Case {
  /** The key `credentials`, given the name of a key file. */
  readonly credentials: (keyFile: string) => string;
  readonly key: object;
  readonly env?: (keyFile: string) => Readonly<Record<string, string>>;
  readonly impersonate?: string;
}

const FILE = (keyFile: string): string => keyFile;
const DEFAULT = (): string => 'application_default';
const INLINE = (): string => '${GOOGLE_KEY}';

/** Runs the built program with such credentials against a service that takes `token` only. */
async function withCredentials(
  { credentials, key, env = () => ({}), impersonate }: Case,
  token: string,
  work: (cli: (...argv: readonly string[]) => Promise<Output>, target: BigQueryTarget) => Promise<void>,
): Promise<void> {
  const keyFile = path.join(folder, 'key.json');
  await writeFile(keyFile, JSON.stringify(key));
  const settings = {
    credentials: credentials(keyFile),
    ...(impersonate === undefined ? {} : { impersonate_service_account: impersonate }),
  };
  const target = await bigqueryTarget(settings, { token });
  const inline = { GOOGLE_KEY: JSON.stringify(key) };
  const world = await World.create(target, {}, undefined, undefined, inline);
  await world.write(clicks(1n, false, [click(1, '2024-01-01 10:00:00', 'a')]));
  const cli = (...argv: readonly string[]): Promise<Output> =>
    built([...argv, '-c', world.configFile], {
      env: {
        ...inline,
        HOME: folder,
        CLOUDSDK_CONFIG: folder,
        HTTPS_PROXY: identity?.proxy ?? '',
        NO_PROXY: '127.0.0.1',
        NODE_EXTRA_CA_CERTS: certificate,
        ...env(keyFile),
      },
    });
  try {
    await work(cli, target);
  } finally {
    await world.dispose();
    await target.stop();
  }
}

function expectNoSecrets(...outputs: readonly Output[]): void {
  for (const { stdout, stderr } of outputs)
    for (const secret of SECRETS) expect(`${stdout}${stderr}`).not.toContain(secret);
}

describe('credentials on the wire', () => {
  it.each<[string, () => Case, string, readonly string[]]>([
    [
      'a key file: an assertion signed with it',
      () => ({ credentials: FILE, key: serviceAccount() }),
      ACCOUNTS.serviceAccount.token,
      ['service-account'],
    ],
    [
      'the key itself, from the environment',
      () => ({ credentials: INLINE, key: serviceAccount() }),
      ACCOUNTS.serviceAccount.token,
      ['service-account'],
    ],
    [
      "application default: a user's, as gcloud leaves them, by the environment",
      () => ({
        credentials: DEFAULT,
        key: authorizedUser(),
        env: (keyFile) => ({ GOOGLE_APPLICATION_CREDENTIALS: keyFile }),
      }),
      ACCOUNTS.user.token,
      ['user'],
    ],
    [
      'a service account that another impersonates',
      () => ({ credentials: FILE, key: serviceAccount(), impersonate: LOADER }),
      ACCOUNTS.impersonated.token,
      ['service-account', 'impersonated'],
    ],
    [
      'a service account that a user impersonates',
      () => ({ credentials: INLINE, key: authorizedUser(), impersonate: LOADER }),
      ACCOUNTS.impersonated.token,
      ['user', 'impersonated'],
    ],
    [
      "workload identity: another provider's token exchanged",
      () => ({ credentials: FILE, key: externalAccount() }),
      ACCOUNTS.federated.token,
      ['federated'],
    ],
    [
      'workload identity that impersonates, by its own configuration',
      () => ({ credentials: INLINE, key: externalAccount(undefined, true) }),
      ACCOUNTS.impersonated.token,
      ['federated', 'impersonated'],
    ],
    [
      'workload identity that impersonates, by the settings',
      () => ({ credentials: FILE, key: externalAccount(), impersonate: LOADER }),
      ACCOUNTS.impersonated.token,
      ['federated', 'impersonated'],
    ],
  ])('%s', async (_title, of, token, kinds) => {
    await withCredentials(of(), token, async (cli, target) => {
      const before = identity?.grants.length ?? 0;
      const ran = await cli('run');
      expect(ran.stderr).not.toContain('error');
      expect(ran.code).toBe(0);
      // Tokens are asked for once, and used for statements and uploads alike.
      expect(identity?.grants.slice(before).map(({ kind, status }) => [kind, status])).toEqual(
        kinds.map((kind) => [kind, 200]),
      );
      expect(new Set(target.server.requests.map(({ headers }) => headers.authorization))).toEqual(
        new Set([`Bearer ${token}`]),
      );
      expect(target.server.countJobs('LOAD')).toBe(1);
      expectNoSecrets(ran);
    });
  });
});

describe('credentials that are refused', () => {
  it.each<[string, () => Case, RegExp]>([
    [
      'a key that was revoked',
      () => ({ credentials: INLINE, key: serviceAccount(other.privateKey) }),
      /gives no token for them \(invalid_grant\)/,
    ],
    [
      'a key that is none',
      () => ({ credentials: INLINE, key: serviceAccount('no key at all') }),
      /key|DECODER/,
    ],
    [
      'a refresh token that was revoked',
      () => ({ credentials: FILE, key: authorizedUser('refresh-token-of-a-user-revoked') }),
      /gives no token for them \(invalid_grant\)/,
    ],
    [
      'an identity that the pool does not let in',
      () => ({ credentials: FILE, key: externalAccount('//iam.googleapis.com/other') }),
      /gives no token for them \(unauthorized_client\)/,
    ],
    [
      'an account that may not be impersonated',
      () => ({
        credentials: FILE,
        key: serviceAccount(),
        impersonate: 'admin@acme-analytics.iam.gserviceaccount.com',
      }),
      /iam\.serviceAccounts\.getAccessToken/,
    ],
  ])('%s: said at once, with what to do and without a secret', async (_title, of, message) => {
    await withCredentials(of(), 'nobody has it', async (cli, target) => {
      const told = await cli('run');
      const json = await cli('run', '--json');
      expect(told.code).toBe(json.code);
      expect(told.code).not.toBe(0);
      expect(told.stderr).toContain('WAREHOUSE_DENIED');
      expect(told.stderr).toMatch(message);
      expect(told.stderr).toMatch(/Check warehouse\.credentials|roles\/iam\.serviceAccountTokenCreator/);
      expect(json.stdout).toContain('WAREHOUSE_DENIED');
      expectNoSecrets(told, json);
      expect(target.server.countJobs('LOAD')).toBe(0);
    });
  });
});
