import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openS3Store } from '../../../../src/source/s3/store.js';
import { contentOf, sourceOf, startBucket, type TestBucket } from '../../../stand-ins/s3/bucket.js';
import { stubAwsKeys } from '../../../stand-ins/s3/environment.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../../../stand-ins/s3/fault-proxy.js';

let bucket: TestBucket;
let proxy: FaultProxy;

beforeAll(async () => {
  bucket = await startBucket();
  proxy = await startFaultProxy(bucket.address);
  await bucket.put('a', 'content');
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
});
beforeEach(stubAwsKeys);
afterEach(() => {
  vi.unstubAllEnvs();
  proxy.clear();
});

function onHead(fault: Fault): void {
  proxy.add({ when: (request) => request.method === 'HEAD', fault });
}

function onGet(fault: Fault): void {
  proxy.add({ when: (request) => request.method === 'GET', fault, times: 10 });
}

async function regions(region?: string): Promise<(string | undefined)[]> {
  const store = await openS3Store(sourceOf(proxy.address, { region }), { pauseMs: 1, attempts: 2 });
  await contentOf(await store.open('a'));
  return proxy.requests.map((request) => `${request.method} ${request.region ?? ''}`);
}

const named = { 'x-amz-bucket-region': 'eu-central-1' };

describe('the region', () => {
  it('is the configured one, without asking', async () => {
    expect(await regions('ap-southeast-2')).toEqual(['GET ap-southeast-2']);
  });

  it.each([
    [301, 'PermanentRedirect'],
    [400, 'BadRequest'],
    [403, 'AccessDenied'],
  ])('is the one S3 names when it answers %d', async (status, code) => {
    onHead({ kind: 'answer', status, code, headers: named });
    expect(await regions()).toEqual(['HEAD us-east-1', 'GET eu-central-1']);
  });

  it('is asked for in the region of the environment, which also stands when the store names none', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-3');
    expect(await regions()).toEqual(['HEAD eu-west-3', 'GET eu-west-3']);
  });

  it('is asked for in the region of the profile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heapload-s3-'));
    const file = join(folder, 'config');
    await writeFile(
      file,
      '[profile heap]\nregion = sa-east-1\naws_access_key_id = AKIAPROFILEPROFILE00\naws_secret_access_key = x\n',
    );
    vi.stubEnv('AWS_CONFIG_FILE', file);
    const store = await openS3Store(sourceOf(proxy.address, { region: undefined, profile: 'heap' }));
    await contentOf(await store.open('a'));
    expect(proxy.requests.map((request) => request.region)).toEqual(['sa-east-1', 'sa-east-1']);
    await rm(folder, { recursive: true });
  });

  it('of a store whose policy hides the bucket and that names none is a guess', async () => {
    onHead({ kind: 'answer', status: 403, code: 'AccessDenied' });
    expect(await regions()).toEqual(['HEAD us-east-1', 'GET us-east-1']);
  });

  it('of a bucket that is not there is an error', async () => {
    onHead({ kind: 'answer', status: 404, code: 'NoSuchBucket' });
    await expect(regions()).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.stringContaining('There is no bucket heap-rs3-test') as string,
    });
  });
});

describe('a wrong region', () => {
  it.each<[string, Fault]>([
    ['a redirect', { kind: 'answer', status: 301, code: 'PermanentRedirect', headers: named }],
    [
      'a refused signature',
      {
        kind: 'answer',
        status: 400,
        code: 'AuthorizationHeaderMalformed',
        message:
          "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        extra: '<Region>eu-central-1</Region>',
      },
    ],
    ['a header alone', { kind: 'answer', status: 400, code: 'BadRequest', headers: named }],
  ])('told by %s is an error that names the right one', async (_what, fault) => {
    onGet(fault);
    await expect(regions('us-east-1')).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
      message: 'The bucket heap-rs3-test lies in the region eu-central-1, not in us-east-1.',
      hint: expect.stringContaining('source.region: eu-central-1') as string,
    });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is an error also when the store does not name the right one', async () => {
    onGet({ kind: 'answer', status: 301, code: 'PermanentRedirect' });
    await expect(regions('us-east-1')).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
      message: 'The bucket heap-rs3-test lies in another region than us-east-1.',
    });
  });
});
