import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leastPolicy } from '../../../src/source/s3/policy.js';
import { cli } from '../../cli/support.js';
import { S3World } from '../../s3/support.js';
import { sourceOf } from '../../stand-ins/s3/bucket.js';
import { stubAwsEnvironment } from '../../stand-ins/s3/environment.js';
import { type FaultProxy, startFaultProxy } from '../../stand-ins/s3/fault-proxy.js';
import { type Radosgw, startRadosgw } from '../../stand-ins/s3/radosgw.js';
import { DEFAULT_BUCKET } from '../../support/dump-writer.js';
import { compareSample, expectedSample, sampleObjects } from '../../support/expected-sample.js';

const LOADER = { key: 'LOADERLOADERLOADERLO', secret: 'loader-secret-0123456789-loader-secret-01' };
const OWNER = { key: 'OWNEROWNEROWNEROWNER', secret: 'owner-secret-0123456789-owner-secret-0123' };
const ROLE = 'arn:aws:iam:::role/heapload';

let gateway: Radosgw | undefined;
let proxy: FaultProxy | undefined;
let reason: string | undefined;
let s3: S3World;

beforeAll(async () => {
  const started = await startRadosgw();
  if ('missing' in started) {
    reason = started.missing;
    console.warn(`\n*** SKIPPED: the sample was not loaded from ceph radosgw: ${reason} ***\n`);
    return;
  }
  gateway = started;
  proxy = await startFaultProxy(started.address);
  await makeUsers(started);
  await fill(started.address);
}, 300_000);
afterAll(async () => {
  await proxy?.stop();
  await gateway?.stop();
});
beforeEach(async (context) => {
  if (reason !== undefined) context.skip(reason);
  stubAwsEnvironment({ AWS_ACCESS_KEY_ID: LOADER.key, AWS_SECRET_ACCESS_KEY: LOADER.secret });
  proxy?.clear();
  s3 = await S3World.create(
    proxy?.address ?? '',
    { source: { role_arn: ROLE } },
    { stallMs: 5000, responseMs: 5000 },
  );
});
afterEach(async () => {
  vi.unstubAllEnvs();
  if (reason === undefined) await s3.dispose();
});

/** The loader may only assume a role, and that role only what docs/s3.md says is the least. */
async function makeUsers(gateway: Radosgw): Promise<void> {
  const { address } = gateway;
  const admin = (...args: readonly string[]): Promise<void> => gateway.admin(...args);
  for (const [uid, keys] of Object.entries({ owner: OWNER, loader: LOADER })) {
    await admin(
      'user',
      'create',
      `--uid=${uid}`,
      `--display-name=${uid}`,
      `--access-key=${keys.key}`,
      `--secret=${keys.secret}`,
    );
  }
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: ['arn:aws:iam:::user/loader'] },
    Action: ['sts:AssumeRole'],
  };
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await admin('role', 'create', '--role-name=heapload', `--assume-role-policy-doc=${trust}`);
  const policy = JSON.stringify(leastPolicy(sourceOf(address, { bucket: DEFAULT_BUCKET })));
  await admin('role-policy', 'put', '--role-name=heapload', '--policy-name=least', `--policy-doc=${policy}`);
}

async function fill(endpoint: string): Promise<void> {
  const owner = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: OWNER.key, secretAccessKey: OWNER.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await owner.send(new CreateBucketCommand({ Bucket: DEFAULT_BUCKET }));
  for (const { key, body } of await sampleObjects()) {
    await owner.send(new PutObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key, Body: body }));
  }
  owner.destroy();
}

/** The same from a directory: test/unit/sample.test.ts; from fauxqs: test/s3. */
describe('the sample loads from ceph radosgw, under the least policy, to exactly the expected tables', () => {
  it('all dumps in one run, and a second run costs one listing', async () => {
    const files = (await sampleObjects()).filter(({ key }) => key.endsWith('.avro'));
    const first = await s3.run();
    expect(first.result).toMatchObject({ status: 'done', failures: [] });
    await compareSample(s3.world, expectedSample('one-run'));
    // Superseded full dumps are not read, so it is less than a header and a body for every file.
    expect(first.counts.LIST).toBe(1);
    expect(first.counts.GET).toBeLessThan(5 + 2 * files.length);
    const second = await s3.run();
    expect(second.result.status).toBe('nothing');
    expect(second.counts).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
  });

  it('dump by dump, with bodies that break in between', async () => {
    const expected = expectedSample('run-per-dump');
    for (const dump of expected.dumps) {
      proxy?.add({
        when: (request) => request.path.includes(`/sync_${dump}/users/`) && request.range === 'bytes=0-',
        fault: { kind: 'reset', afterBytes: 700 },
      });
      expect((await s3.run({ toDump: BigInt(dump) })).result).toMatchObject({ status: 'done', failures: [] });
    }
    await compareSample(s3.world, expected);
    const resumed = proxy?.requests.filter((request) => request.range?.startsWith('bytes=700-') === true);
    expect(resumed).toHaveLength(expected.dumps.length);
  });

  it('the commands show no secret', async () => {
    const output: string[] = [];
    for (const command of ['check', 'plan', 'run', 'status', 'discover']) {
      const { code, stdout, stderr } = await cli([command, '-c', s3.world.configFile]);
      expect(code, stderr).toBe(0);
      output.push(stdout, stderr);
    }
    output.push(inspect(await s3.world.query(`SELECT * FROM ${s3.world.table('_heapload_runs')}`)));
    const used = new Set(proxy?.requests.flatMap((request) => request.accessKey ?? []));
    expect(used.size).toBeGreaterThan(1);
    const all = output.join('\n');
    expect(all).toContain('s3://heap-rs3-acme-prod');
    for (const secret of [...used, LOADER.key, LOADER.secret]) expect(all).not.toContain(secret);
  });
});
