import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { S3Source } from '../../../src/config/types.js';
import type { HeaploadError } from '../../../src/errors.js';
import type { ObjectInfo, ObjectStore } from '../../../src/source/object-store.js';
import { checkS3 } from '../../../src/source/s3/check.js';
import type { RequestKind, S3Options } from '../../../src/source/s3/options.js';
import { leastPolicy, listStatement, readStatement } from '../../../src/source/s3/policy.js';
import { openS3Store } from '../../../src/source/s3/store.js';
import { contentOf, patterned, sourceOf } from '../../stand-ins/s3/bucket.js';
import { stubAwsEnvironment } from '../../stand-ins/s3/environment.js';
import { type FaultProxy, startFaultProxy } from '../../stand-ins/s3/fault-proxy.js';
import { type Radosgw, startRadosgw } from '../../stand-ins/s3/radosgw.js';

/** What no output may show. */
const LOADER = { key: 'LOADERLOADERLOADERLO', secret: 'loader-secret-0123456789-loader-secret-01' };
const OWNER = { key: 'OWNEROWNEROWNEROWNER', secret: 'owner-secret-0123456789-owner-secret-0123' };
const PAGES = 1100;
const content = patterned(2_000_000);
const ODD = [
  'a+b',
  'a b',
  'a&b=c',
  '100%',
  'a%2Fb',
  'Zoë/データ/🦊',
  'quote\'"<>',
  'semi;colon,comma@at:x$!',
  '(p)*~',
  ' lead',
];

let gateway: Radosgw | undefined;
let reason: string | undefined;
let proxy: FaultProxy;
let owner: S3Client;
const tidy: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  const started = await startRadosgw();
  if ('missing' in started) {
    reason = started.missing;
    console.warn(`\n*** SKIPPED: the S3 suite against ceph radosgw did not run: ${reason} ***\n`);
    return;
  }
  gateway = started;
  tidy.unshift(() => started.stop());
  proxy = await startFaultProxy(started.address);
  tidy.unshift(() => proxy.stop());
  await makeUsers(started);
  owner = new S3Client({
    endpoint: started.address,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: OWNER.key, secretAccessKey: OWNER.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  tidy.unshift(() => {
    owner.destroy();
  });
  await fill();
}, 300_000);
afterAll(async () => {
  for (const step of tidy) await step();
});
beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
  stubAwsEnvironment({ AWS_ACCESS_KEY_ID: LOADER.key, AWS_SECRET_ACCESS_KEY: LOADER.secret });
  proxy.clear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function source(more: Partial<S3Source> = {}): S3Source {
  const address = gateway?.address ?? '';
  return sourceOf(address, { prefix: 'heap/', roleArn: 'arn:aws:iam:::role/heapload', ...more });
}

async function makeUsers(started: Radosgw): Promise<void> {
  const user = (uid: string, keys: typeof LOADER): Promise<void> =>
    started.admin(
      'user',
      'create',
      `--uid=${uid}`,
      `--display-name=${uid}`,
      `--access-key=${keys.key}`,
      `--secret=${keys.secret}`,
    );
  await user('owner', OWNER);
  await user('loader', LOADER);
  const place = sourceOf(started.address, { prefix: 'heap/' });
  await role(started, 'heapload', 'loader', leastPolicy(place));
  await role(started, 'cannot-read', 'loader', { Version: '2012-10-17', Statement: [listStatement(place)] });
  await role(started, 'cannot-list', 'loader', { Version: '2012-10-17', Statement: [readStatement(place)] });
  await role(started, 'of-another', 'owner', leastPolicy(place));
}

async function role(started: Radosgw, name: string, trusted: string, policy: object): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: [`arn:aws:iam:::user/${trusted}`] }, Action: ['sts:AssumeRole'] },
    ],
  };
  await started.admin(
    'role',
    'create',
    `--role-name=${name}`,
    `--assume-role-policy-doc=${JSON.stringify(trust)}`,
  );
  await started.admin(
    'role-policy',
    'put',
    `--role-name=${name}`,
    '--policy-name=least',
    `--policy-doc=${JSON.stringify(policy)}`,
  );
}

async function put(key: string, body: Uint8Array | string, bucket = 'heap-rs3-test'): Promise<void> {
  await owner.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
}

async function fill(): Promise<void> {
  for (const Bucket of ['heap-rs3-test', 'of-others']) await owner.send(new CreateBucketCommand({ Bucket }));
  await put('secret.txt', 'not for the loader');
  await put('heap/sync_7/secret.txt', 'not for the loader', 'of-others');
  await put('heap/sync_7/', '');
  await put('heap/sync_7/users/part-00000.avro', content);
  await put('heap/sync_7/users/empty.avro', '');
  for (const name of ODD) await put(`heap/sync_odd/${name}`, `content of ${name}`);
  const limit = pLimit(8);
  const manifests = Array.from({ length: PAGES }, (_, index) => `heap/manifests/sync_${index}.json`);
  await Promise.all(manifests.map((key) => limit(() => put(key, '{}'))));
}

async function keysOf(listing: AsyncIterable<ObjectInfo>): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of listing) keys.push(object.key);
  return keys.sort();
}

function open(more: Partial<S3Source> = {}, options: S3Options = {}): Promise<ObjectStore> {
  return openS3Store(source(more), { pauseMs: 5, attempts: 3, ...options });
}

async function failure(work: Promise<unknown>): Promise<HeaploadError> {
  const error = (await work.then(
    () => expect.unreachable('it should have been refused'),
    (thrown: unknown) => thrown,
  )) as HeaploadError;
  const cause = error.cause instanceof Error ? `${error.cause.message} ${error.cause.stack ?? ''}` : '';
  const shown = [error.message, error.hint, error.stack ?? '', cause, JSON.stringify(error)].join('\n');
  for (const secret of [LOADER.key, LOADER.secret, OWNER.key, OWNER.secret])
    expect(shown).not.toContain(secret);
  return error;
}

describe('under the least policy, with the credentials of an assumed role', () => {
  it('a listing follows the pages the server makes', async () => {
    const counts: Record<RequestKind, number> = { LIST: 0, GET: 0, HEAD: 0 };
    const store = await open({}, { onRequest: (kind) => (counts[kind] += 1) });
    const keys = await keysOf(store.list('heap/manifests/'));
    expect(keys).toEqual(
      Array.from({ length: PAGES }, (_, index) => `heap/manifests/sync_${index}.json`).sort(),
    );
    expect(counts).toEqual({ LIST: 2, GET: 0, HEAD: 0 });
  });

  it('folder markers are left out', async () => {
    const store = await open();
    expect(await keysOf(store.list('heap/sync_7'))).toEqual([
      'heap/sync_7/users/empty.avro',
      'heap/sync_7/users/part-00000.avro',
    ]);
  });

  it('odd keys come back as they were written, and can be read', async () => {
    const store = await open();
    expect(await keysOf(store.list('heap/sync_odd/'))).toEqual(
      ODD.map((name) => `heap/sync_odd/${name}`).sort(),
    );
    for (const name of ODD) {
      expect((await contentOf(await store.open(`heap/sync_odd/${name}`))).toString()).toBe(
        `content of ${name}`,
      );
    }
  });

  it.each([
    [0, undefined],
    [0, 1],
    [100, 200_000],
    [1_999_999, 3_000_000],
  ])('the bytes from %d to %s are read', async (start, end) => {
    const store = await open();
    const range = { start, ...(end === undefined ? {} : { end }) };
    const body = await store.open('heap/sync_7/users/part-00000.avro', range);
    expect(body.info.size).toBe(content.length);
    expect((await contentOf(body)).equals(content.subarray(start, end))).toBe(true);
  });

  it('an empty object, and a range beyond the end, give no bytes', async () => {
    const store = await open();
    const empty = await store.open('heap/sync_7/users/empty.avro');
    expect(empty.info.size).toBe(0);
    expect(await contentOf(empty)).toHaveLength(0);
    const beyond = await store.open('heap/sync_7/users/part-00000.avro', { start: 5_000_000 });
    expect(beyond.info.size).toBe(content.length);
    expect(await contentOf(beyond)).toHaveLength(0);
  });

  it('an object that changed is noticed', async () => {
    const store = await open();
    await put('heap/sync_8/a.avro', 'first');
    const { etag } = (await store.open('heap/sync_8/a.avro')).info;
    expect((await contentOf(await store.open('heap/sync_8/a.avro', { etag }))).toString()).toBe('first');
    await put('heap/sync_8/a.avro', 'other');
    expect((await failure(store.open('heap/sync_8/a.avro', { etag }))).code).toBe('SOURCE_CHANGED');
    expect((await failure(store.open('heap/sync_8/nothing.avro'))).code).toMatch(/^SOURCE_(MISSING|DENIED)$/);
  });

  it('a body that breaks is taken up with a signature of its own', async () => {
    const range = (request: { readonly range: string | undefined }): boolean => request.range !== undefined;
    proxy.add({ when: range, fault: { kind: 'reset', afterBytes: 700_000 }, times: 2 });
    const store = await open({ endpoint: proxy.address });
    const body = await store.open('heap/sync_7/users/part-00000.avro');
    expect((await contentOf(body)).equals(content)).toBe(true);
    expect(proxy.requests.flatMap((request) => request.range ?? [])).toEqual([
      'bytes=0-',
      'bytes=700000-1999999',
      'bytes=1400000-1999999',
    ]);
  });

  it('the check passes', async () => {
    const store = await open();
    expect((await checkS3(source(), store)).map((result) => [result.ok, result.error?.message])).toEqual(
      Array(4).fill([true, undefined]),
    );
  });

  it('the region need not be given', async () => {
    const store = await open({ region: undefined });
    expect(await keysOf(store.list('heap/sync_7'))).toHaveLength(2);
  });

  it('a clock an hour off is corrected by what the server says', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const store = await open({ roleArn: undefined, bucket: 'versions-of-loader' });
    const error = await failure(keysOf(store.list('')));
    // The signature was accepted in the end: the bucket is looked for.
    expect(error.code).toBe('SOURCE_MISSING');
  });
});

describe('what the least policy does not allow is refused by the server', () => {
  it('other prefixes, other objects, other buckets', async () => {
    const store = await open();
    expect((await failure(keysOf(store.list('')))).code).toBe('SOURCE_DENIED');
    expect((await failure(store.open('secret.txt'))).code).toBe('SOURCE_DENIED');
    const others = await open({ bucket: 'of-others' });
    expect((await failure(keysOf(others.list('heap/sync_7')))).code).toBe('SOURCE_DENIED');
    expect((await failure(others.open('heap/sync_7/secret.txt'))).code).toBe('SOURCE_DENIED');
  });

  it('anything at all without the role', async () => {
    const store = await open({ roleArn: undefined });
    expect((await failure(keysOf(store.list('heap/manifests/')))).code).toBe('SOURCE_DENIED');
  });
});

describe('a policy that is too short', () => {
  it('without s3:ListBucket is named by the check', async () => {
    const short = source({ roleArn: 'arn:aws:iam:::role/cannot-list' });
    const results = await checkS3(short, await openS3Store(short));
    expect(results.map((result) => result.ok)).toEqual([false]);
    expect(results[0]?.error?.message).toContain('s3:ListBucket on arn:aws:s3:::heap-rs3-test is missing');
    expect(results[0]?.error?.hint).toContain('"s3:prefix"');
  });

  it('without s3:GetObject is named by the check', async () => {
    const short = source({ roleArn: 'arn:aws:iam:::role/cannot-read' });
    const results = await checkS3(short, await openS3Store(short));
    expect(results.map((result) => result.ok)).toEqual([true, false, true, false]);
    expect(results[1]?.error?.message).toContain(
      's3:GetObject on arn:aws:s3:::heap-rs3-test/heap/manifests/',
    );
  });
});

describe('credentials the server refuses', () => {
  it('a role that trusts somebody else', async () => {
    const store = await open({ roleArn: 'arn:aws:iam:::role/of-another' });
    const error = await failure(keysOf(store.list('heap/manifests/')));
    expect(error.code).toBe('SOURCE_DENIED');
    expect(error.message).toContain('AWS refused the role arn:aws:iam:::role/of-another');
  });

  it('a wrong secret', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-the-secret');
    const store = await open({ roleArn: undefined });
    const error = await failure(keysOf(store.list('heap/manifests/')));
    expect(error.code).toBe('SOURCE_DENIED');
    expect(error.message).toContain('refuses the signature');
  });

  it('a key nobody has', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIANOBODYNOBODYNOBO');
    const store = await open({ roleArn: undefined });
    const error = await failure(keysOf(store.list('heap/manifests/')));
    expect(error.code).toBe('SOURCE_DENIED');
    expect(error.message).toContain('does not know the access key');
    expect(error.message).not.toContain('AKIANOBODYNOBODYNOBO');
  });
});

describe('a versioned bucket', () => {
  it('gives the newest version, and a deleted object as missing', async () => {
    const Bucket = 'versioned';
    await owner.send(new CreateBucketCommand({ Bucket }));
    await owner.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await put('heap/a.avro', 'old', Bucket);
    vi.stubEnv('AWS_ACCESS_KEY_ID', OWNER.key);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', OWNER.secret);
    const store = await open({ bucket: Bucket, roleArn: undefined });
    const { etag } = (await store.open('heap/a.avro')).info;
    await put('heap/a.avro', 'new', Bucket);
    expect((await failure(store.open('heap/a.avro', { etag }))).code).toBe('SOURCE_CHANGED');
    expect((await contentOf(await store.open('heap/a.avro'))).toString()).toBe('new');
    await owner.send(new DeleteObjectCommand({ Bucket, Key: 'heap/a.avro' }));
    expect(await keysOf(store.list('heap/'))).toEqual([]);
    expect((await failure(store.open('heap/a.avro'))).code).toBe('SOURCE_MISSING');
  });
});
