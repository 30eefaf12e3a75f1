import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { S3World } from '../../s3/support.js';
import { stubAwsEnvironment } from '../../stand-ins/s3/environment.js';
import { type FaultProxy, startFaultProxy } from '../../stand-ins/s3/fault-proxy.js';
import { DEFAULT_BUCKET } from '../../support/dump-writer.js';
import { compareSample, expectedSample, sampleObjects } from '../../support/expected-sample.js';
import { type Moto, startMoto } from './moto.js';

const LOADER = { accessKeyId: 'AKIALOADERLOADERLOAD', secretAccessKey: 'loader-secret-0123456789' };

let moto: Moto | undefined;
let proxy: FaultProxy | undefined;
let reason: string | undefined;

beforeAll(async () => {
  const started = await startMoto();
  if ('missing' in started) {
    reason = started.missing;
    console.warn(`\n*** SKIPPED: no role was assumed at moto's STS: ${reason} ***\n`);
    return;
  }
  moto = started;
  proxy = await startFaultProxy(started.address);
  const owner = new S3Client({
    endpoint: started.address,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: LOADER,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await owner.send(new CreateBucketCommand({ Bucket: DEFAULT_BUCKET }));
  for (const { key, body } of await sampleObjects())
    await owner.send(new PutObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key, Body: body }));
  owner.destroy();
}, 600_000);
afterAll(async () => {
  await proxy?.stop();
  moto?.stop();
});
beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

describe("a role assumed with an external id at moto's STS", () => {
  it('loads the sample from its S3 to exactly the expected tables, with the credentials of the session alone', async () => {
    stubAwsEnvironment({
      AWS_ACCESS_KEY_ID: LOADER.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOADER.secretAccessKey,
    });
    const source = {
      role_arn: 'arn:aws:iam::123456789012:role/heapload',
      external_id: 'the-external-id-of-acme',
    };
    const s3 = await S3World.create(proxy?.address ?? '', { source });
    try {
      const { result } = await s3.run();
      expect(result).toMatchObject({ status: 'done', failures: [] });
      await compareSample(s3.world, expectedSample('one-run'));
      const read = proxy?.requests.filter((request) => request.method === 'GET') ?? [];
      expect(read.length).toBeGreaterThan(20);
      const keys = new Set(read.map((request) => request.accessKey));
      expect(keys.size).toBe(1);
      expect([...keys].join('')).toMatch(/^ASIA/);
    } finally {
      await s3.dispose();
      vi.unstubAllEnvs();
    }
  });
});
