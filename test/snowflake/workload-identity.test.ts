import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TEST_KEY, TEST_SECRET, stubAwsEnvironment } from '../stand-ins/s3/environment.js';
import { issued, signedByAws } from '../stand-ins/snowflake/attestations.js';
import { type MetadataService, startMetadataService } from '../stand-ins/snowflake/metadata-service.js';
import { type Account, failureOf, openAccount } from './support.js';

// How a machine of a cloud shows Snowflake who it is, without a secret of ours. What the clouds' own services answer is theirs.

let account: Account;
let metadata: MetadataService;
const TOKENS = { AZURE: 'token-of-entra-id', GCP: 'token-of-google' };
const REGION = 'eu-central-1';

beforeAll(async () => {
  metadata = await startMetadataService(TOKENS);
  account = await openAccount({
    users: [
      {
        name: 'CLOUD',
        roles: ['LOADER'],
        defaultRole: 'LOADER',
        workload: {
          AWS: signedByAws({ id: TEST_KEY, secret: TEST_SECRET }, REGION),
          AZURE: issued(TOKENS.AZURE),
          GCP: issued(TOKENS.GCP),
        },
      },
    ],
  });
});
afterAll(async () => {
  await account.stop();
  await metadata.stop();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The environment of a machine, without what a developer's has. */
function onMachine(variables: Readonly<Record<string, string>>): void {
  stubAwsEnvironment();
  for (const name of Object.keys(process.env)) {
    if (/^(AZURE_|GOOGLE_|GCE_)/.test(name)) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent');
  vi.stubEnv('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES', '127.0.0.1');
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

const login = async (provider: string): Promise<unknown> => {
  const settings = account.settings({
    user: 'CLOUD',
    private_key_path: undefined,
    authenticator: 'workload_identity',
    workload_identity_provider: provider,
  });
  return await account.using(settings, (session) => session.query('SELECT CURRENT_USER() AS "USER"'));
};

const AWS = { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: TEST_KEY, AWS_SECRET_ACCESS_KEY: TEST_SECRET };

describe('a workload identity', () => {
  it.each([
    ['aws', 'keys in the environment', () => AWS],
    ['azure', 'the identity endpoint of App Service', () => metadata.environment.AZURE],
    ['gcp', 'the metadata server', () => metadata.environment.GCP],
  ])('of %s: %s', async (provider, _, environment) => {
    onMachine(environment());
    expect(await login(provider)).toEqual([{ USER: 'CLOUD' }]);
  });

  it('with keys of somebody else is refused, and no secret is told', async () => {
    onMachine({ ...AWS, AWS_SECRET_ACCESS_KEY: `${TEST_SECRET}X` });
    const error = await failureOf(login('aws'));
    expect(error.code).toBe('WAREHOUSE_DENIED');
    expect(error.hint).toContain('WORKLOAD_IDENTITY');
    expect(`${error.message} ${error.hint} ${error.stack ?? ''}`).not.toContain(TEST_SECRET);
  });

  it('goes to hosts of Snowflake’s alone', async () => {
    onMachine(AWS);
    vi.stubEnv('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES', undefined);
    const before = account.standIn.requests.length;
    expect(await failureOf(login('aws'))).toMatchObject({ code: 'WAREHOUSE_DENIED' });
    expect(account.standIn.requests.slice(before)).toEqual([]);
  });
});
