import { mkdtemp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { clicks, dump, full, incremental } from '../conformance/data.js';
import { runBadly, runWell } from '../conformance/bench.js';
import { stubAwsEnvironment } from '../stand-ins/s3/environment.js';
import { type TestBucket, startBucket } from '../stand-ins/s3/bucket.js';
import { snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';

// Internal stages of an account on AWS lie in a bucket of Snowflake's, to which the driver itself uploads what it has sealed.

let bucket: TestBucket;
let account: ReturnType<typeof snowflakeTarget>;

beforeAll(async () => {
  bucket = await startBucket('snowflake-stages');
  // The driver makes https of an endpoint that a PUT names; without one its S3 client asks the environment.
  stubAwsEnvironment({ AWS_ENDPOINT_URL_S3: bucket.address });
  account = snowflakeTarget({ stageBucket: { endpoint: bucket.address, name: 'snowflake-stages' } });
});
afterAll(async () => {
  await account.stop();
  await bucket.stop();
  vi.unstubAllEnvs();
});

it('containers go to S3 sealed, are copied from there, and are removed behind the load', async () => {
  const world = await World.create(account.target);
  await world.write(
    dump(1n, full('click', clicks([1n, 'a'], [2n, 'b']), clicks([2n, 'newest'], [3n, 'c']))),
    dump(2n, incremental('click', clicks([4n, 'd']))),
  );
  const error = { kind: 'error', code: '100084', sqlState: '22000', message: 'Error parsing Avro' } as const;
  const standIn = await account.standIn();
  standIn.failNext(/^COPY/, error);
  const temporary = await mkdtemp(path.join(path.dirname(world.configFile), 'temporary-'));
  vi.stubEnv('TMPDIR', temporary);
  await runBadly(world, ['1 click SQL_FAILED']);
  const [left = '', ...more] = await bucket.keys();
  expect(more).toEqual([]);
  expect(left).toMatch(/^stage-\d+\/.*\/0000\.avro$/);
  // Neither the mark of an Avro file nor a value of its rows can be read in it.
  const sealed = Buffer.from(await bucket.get(left));
  expect(sealed.length).toBeGreaterThan(100);
  expect(sealed.includes('Obj\x01') || sealed.includes('newest')).toBe(false);

  await runWell(world);
  // Of a container and of its sealed copy, which the driver makes beside.
  expect(await readdir(temporary)).toEqual([]);
  expect(await world.rows('click', 'event_id')).toEqual([
    { event_id: 1n, label: 'a' },
    { event_id: 2n, label: 'newest' },
    { event_id: 3n, label: 'c' },
    { event_id: 4n, label: 'd' },
  ]);
  expect(standIn.statements.filter(({ sql }) => sql.startsWith('PUT'))).toHaveLength(3);
  expect(await bucket.keys()).toEqual([]);
  await world.dispose();
});
