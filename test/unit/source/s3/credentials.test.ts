import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type S3Source, Secret } from '../../../../src/config/types.js';
import { defaultSessionName, stsEndpoint } from '../../../../src/source/s3/credentials.js';
import { openS3Store } from '../../../../src/source/s3/store.js';
import { contentOf, sourceOf, startBucket, type TestBucket } from '../../../stand-ins/s3/bucket.js';
import { stubAwsEnvironment, stubAwsKeys, TEST_KEY, TEST_SECRET } from '../../../stand-ins/s3/environment.js';
import { type FaultProxy, startFaultProxy } from '../../../stand-ins/s3/fault-proxy.js';
import { startSts, type StsRules, type StsServer } from '../../../stand-ins/s3/sts.js';

const ROLE = 'arn:aws:iam::123456789012:role/heapload';
const EXTERNAL = 'external-id-4711-not-to-be-shown';
let bucket: TestBucket;
let proxy: FaultProxy;
let folder: string;
const started: StsServer[] = [];

beforeAll(async () => {
  bucket = await startBucket();
  proxy = await startFaultProxy(bucket.address);
  folder = await mkdtemp(join(tmpdir(), 'heapload-s3-'));
  await bucket.put('a', 'content');
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.clear();
  for (const server of started.splice(0)) await server.stop();
});

async function sts(rules: Partial<StsRules> = {}): Promise<StsServer> {
  const server = await startSts({ roleArn: ROLE, ...rules });
  started.push(server);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', server.address);
  return server;
}

async function read(source: Partial<S3Source> = {}, times = 1): Promise<string> {
  const store = await openS3Store(sourceOf(proxy.address, source), { pauseMs: 1, attempts: 2 });
  let content = '';
  for (let round = 0; round < times; round += 1)
    content = (await contentOf(await store.open('a'))).toString();
  return content;
}

function keysUsed(): (string | undefined)[] {
  return proxy.requests.map((request) => request.accessKey);
}

async function failureOf(reading: Promise<unknown>): Promise<Error & { code: string; hint: string }> {
  return (await reading.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  )) as Error & { code: string; hint: string };
}

/** Everything of an error that could be printed somewhere. */
function shown(error: Error & { hint: string }): string {
  const cause = error.cause instanceof Error ? `${error.cause.message} ${error.cause.stack ?? ''}` : '';
  return [error.message, error.hint, error.stack ?? '', cause, JSON.stringify(error)].join('\n');
}

describe('own credentials', () => {
  it('come from the environment', async () => {
    stubAwsKeys();
    expect(await read()).toBe('content');
    expect(keysUsed()).toEqual([TEST_KEY]);
  });

  it('come from a named profile, even when the environment has others', async () => {
    stubAwsKeys();
    const file = join(folder, 'credentials');
    await writeFile(
      file,
      '[heap]\naws_access_key_id = AKIAPROFILEPROFILE00\naws_secret_access_key = of-the-profile\n',
    );
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    expect(await read({ profile: 'heap' })).toBe('content');
    expect(keysUsed()).toEqual(['AKIAPROFILEPROFILE00']);
  });

  it('come from the role of a profile', async () => {
    stubAwsEnvironment();
    const server = await sts({ externalId: EXTERNAL });
    const file = join(folder, 'config');
    await writeFile(
      file,
      `[profile base]\naws_access_key_id = AKIABASEBASEBASEBASE\naws_secret_access_key = of-the-base\n[profile role]\nrole_arn = ${ROLE}\nsource_profile = base\nexternal_id = ${EXTERNAL}\n`,
    );
    vi.stubEnv('AWS_CONFIG_FILE', file);
    expect(await read({ profile: 'role' })).toBe('content');
    expect(server.requests.map((request) => request.accessKey)).toEqual(['AKIABASEBASEBASEBASE']);
    expect(keysUsed()).toEqual(server.issued);
  });

  it('come from web identity, as in CI', async () => {
    stubAwsEnvironment();
    const server = await sts({ webIdentityToken: 'token-of-the-ci' });
    const file = join(folder, 'token');
    await writeFile(file, 'token-of-the-ci');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    expect(await read()).toBe('content');
    expect(server.requests).toMatchObject([{ action: 'AssumeRoleWithWebIdentity', accessKey: undefined }]);
    expect(keysUsed()).toEqual(server.issued);
  });

  it('are missing with a hint, and nothing is asked of the store', async () => {
    stubAwsEnvironment();
    const failure = await failureOf(read());
    expect(failure.code).toBe('SOURCE_DENIED');
    expect(failure.message).toContain('No AWS credentials were found');
    expect(failure.hint).toContain('AWS_ACCESS_KEY_ID');
    expect(proxy.requests).toHaveLength(0);
  });

  it('of a profile that is not there are missing with its name', async () => {
    stubAwsKeys();
    const failure = await failureOf(read({ profile: 'nobody' }));
    expect(failure.code).toBe('SOURCE_DENIED');
    expect(failure.message).toContain('The profile nobody gives no credentials');
    expect(failure.hint).toContain('aws sso login --profile nobody');
  });

  it('of a web identity that is refused say where to look', async () => {
    stubAwsEnvironment();
    await sts({ webIdentityToken: 'another-token' });
    const file = join(folder, 'token');
    await writeFile(file, 'token-of-the-ci');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    const failure = await failureOf(read());
    expect(failure.code).toBe('SOURCE_DENIED');
    expect(failure.hint).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
    expect(shown(failure)).not.toContain('token-of-the-ci');
  });
});

describe('an assumed role', () => {
  const source = { roleArn: ROLE, externalId: new Secret(EXTERNAL) };

  it('is assumed once, with the external id and a session that names heapload', async () => {
    stubAwsKeys();
    const server = await sts({ externalId: EXTERNAL });
    expect(await read(source, 3)).toBe('content');
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      action: 'AssumeRole',
      roleArn: ROLE,
      externalId: EXTERNAL,
      sessionName: defaultSessionName(),
      accessKey: TEST_KEY,
    });
    expect(keysUsed()).toEqual(Array(3).fill(server.issued[0]));
  });

  it('is assumed anew before its credentials end, in the middle of a run', async () => {
    stubAwsKeys();
    // The SDK renews what has less than five minutes left: the first ones after a second.
    const server = await sts({ externalId: EXTERNAL, lifetime: (before) => (before === 0 ? 301 : 3600) });
    const store = await openS3Store(sourceOf(proxy.address, source));
    await contentOf(await store.open('a'));
    await contentOf(await store.open('a'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await contentOf(await store.open('a'));
    await contentOf(await store.open('a'));
    expect(server.issued).toHaveLength(2);
    const [first, second] = server.issued;
    expect(keysUsed()).toEqual([first, first, second, second]);
  });

  it('is assumed anew when the store calls its credentials expired, and once only for many requests', async () => {
    stubAwsKeys();
    const server = await sts({ externalId: EXTERNAL });
    const store = await openS3Store(sourceOf(proxy.address, source));
    proxy.add({
      when: (request) => request.accessKey === 'ASIATESTTESTTEST0000',
      fault: { kind: 'answer', status: 400, code: 'ExpiredToken' },
      times: 100,
    });
    const bodies = await Promise.all(Array.from({ length: 8 }, async () => contentOf(await store.open('a'))));
    expect(bodies.map(String)).toEqual(Array(8).fill('content'));
    expect(server.issued).toHaveLength(2);
    expect(keysUsed().filter((key) => key === server.issued[1])).toHaveLength(8);
  });

  it.each([
    ['a wrong external id', new Secret('another-external-id'), 'must equal the one in the trust policy'],
    ['no external id', undefined, 'source.external_id is not set'],
  ])('refused for %s tells what to do, and no secret', async (_what, externalId, hint) => {
    stubAwsKeys();
    const server = await sts({ externalId: EXTERNAL });
    const failure = await failureOf(read({ roleArn: ROLE, externalId }));
    expect(failure.code).toBe('SOURCE_DENIED');
    expect(failure.message).toContain(`AWS refused the role ${ROLE}`);
    expect(failure.hint).toContain(hint);
    expect(failure.hint).toContain('"sts:AssumeRole"');
    expect(server.requests).toHaveLength(1);
    expect(proxy.requests).toHaveLength(0);
    for (const secret of [EXTERNAL, 'another-external-id', TEST_KEY, TEST_SECRET]) {
      expect(shown(failure)).not.toContain(secret);
    }
  });

  it('without own credentials says that those are missing', async () => {
    stubAwsEnvironment();
    await sts();
    const failure = await failureOf(read({ roleArn: ROLE }));
    expect(failure.code).toBe('SOURCE_DENIED');
    expect(failure.message).toContain('No AWS credentials were found');
  });

  it('whose service cannot be reached is worth another run', async () => {
    stubAwsKeys();
    const server = await sts();
    await server.stop();
    started.length = 0;
    const failure = await failureOf(read({ roleArn: ROLE }));
    expect(failure.code).toBe('SOURCE_UNREADABLE');
    expect(failure.message).toContain('ECONNREFUSED');
  });
});

describe('the session name', () => {
  it('has only characters STS allows', () => {
    expect(defaultSessionName('my machine/1:é')).toBe('heapload-my-machine-1--');
    expect(defaultSessionName('x'.repeat(100))).toHaveLength(64);
  });
});

describe('where roles are assumed', () => {
  it.each([
    [undefined, {}, undefined],
    ['http://127.0.0.1:9000', {}, 'http://127.0.0.1:9000'],
    ['https://minio.example.com', {}, 'https://minio.example.com'],
    ['https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com', {}, undefined],
    ['https://s3.cn-north-1.amazonaws.com.cn', {}, undefined],
    ['http://127.0.0.1:9000', { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' }, undefined],
    ['http://127.0.0.1:9000', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, undefined],
    ['http://127.0.0.1:9000', { AWS_ENDPOINT_URL_STS: '' }, 'http://127.0.0.1:9000'],
  ])('for %s and %j is %s', (endpoint, environment, expected) => {
    expect(stsEndpoint(endpoint, environment)).toBe(expected);
  });
});
