import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { asHeaploadError } from '../../src/errors.js';
import { LEDGER } from '../../src/plan/ledger.js';
import { openS3Store } from '../../src/source/s3/store.js';
import { type TestBucket, startBucket } from '../stand-ins/s3/bucket.js';
import { stubAwsEnvironment } from '../stand-ins/s3/environment.js';
import {
  type Fault,
  type FaultProxy,
  type SeenRequest,
  startFaultProxy,
} from '../stand-ins/s3/fault-proxy.js';
import { type StsServer, startSts } from '../stand-ins/s3/sts.js';
import { cli } from '../cli/support.js';
import { DEFAULT_BUCKET, type DumpSpec, dumpObjects } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { QUICK, events, sourceBlock, users } from './support.js';

const OWN = {
  AWS_ACCESS_KEY_ID: 'AKIARECOGNISEDKEYID0',
  AWS_SECRET_ACCESS_KEY: 'recognised-secret-key-0123456789abcdefgh',
  AWS_SESSION_TOKEN: 'recognised/session+token==',
};
const EXTERNAL_ID = 'recognised-external-id-5d41402a';
const ROLE = 'arn:aws:iam::123456789012:role/heapload';
const DUMPS: readonly DumpSpec[] = [
  { dumpId: 1n, tables: [users(1, 30, 'a', false), events('click', 1, 900, 'a')] },
  { dumpId: 2n, tables: [users(20, 30, 'b'), events('click', 800, 900, 'b')] },
];

let bucket: TestBucket;
let proxy: FaultProxy;
let sts: StsServer;
let world: World;
/** Everything that anybody could have seen. */
let output: string[];

beforeAll(async () => {
  bucket = await startBucket(DEFAULT_BUCKET);
  proxy = await startFaultProxy(bucket.address);
  for (const object of DUMPS.flatMap(dumpObjects)) await bucket.put(object.key, object.body);
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
});
beforeEach(async () => {
  sts = await startSts({ roleArn: ROLE, externalId: EXTERNAL_ID });
  stubAwsEnvironment({ ...OWN, AWS_ENDPOINT_URL_STS: sts.address });
  proxy.clear();
  output = [];
  const source = sourceBlock(proxy.address, { role_arn: ROLE, external_id: '${HEAP_EXTERNAL_ID}' });
  world = await World.create(duckdbTarget, { source }, undefined, undefined, {
    HEAP_EXTERNAL_ID: EXTERNAL_ID,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.dispose();
  await sts.stop();
});

async function heapload(...argv: readonly string[]): Promise<number> {
  const seen = await cli([...argv, '-c', world.configFile], { env: { HEAP_EXTERNAL_ID: EXTERNAL_ID } });
  output.push(seen.stdout, seen.stderr);
  return seen.code;
}

/** The ledger as text, from the first table to the last. */
async function dumpLedger(): Promise<void> {
  for (const table of Object.values(LEDGER)) {
    const rows = await world.query(`SELECT * FROM ${world.table(table)}`);
    output.push(inspect(rows, { depth: null, maxArrayLength: null, maxStringLength: null }));
  }
}

/** The secrets were in use, the output is there, and none of them is in it; also not as bytes or percent-encoded. */
function nothingSecret(): void {
  const secrets = [...Object.values(OWN), EXTERNAL_ID, ...sts.issued, ...sts.secrets];
  expect(sts.requests.some((request) => request.accessKey === OWN.AWS_ACCESS_KEY_ID)).toBe(true);
  const all = output.join('\n');
  expect(all.length).toBeGreaterThan(500);
  for (const secret of secrets) {
    for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      expect(all.includes(spelling), spelling).toBe(false);
    }
  }
}

const body = (request: SeenRequest): boolean =>
  request.path.endsWith('.avro') && request.range === 'bytes=0-';

it('a plan, a check, runs, status and discover show no secret, nor does the ledger', async () => {
  for (const more of [[], ['--json']]) {
    expect(await heapload('plan', ...more)).toBe(0);
    expect(await heapload('plan', '--offline', ...more)).toBe(0);
    expect(await heapload('check', ...more)).toBe(0);
  }
  expect(await heapload('run', '--to-dump', '1')).toBe(0);
  expect(await heapload('run', '--json')).toBe(0);
  for (const more of [[], ['--json']]) {
    expect(await heapload('status', ...more)).toBe(0);
    expect(await heapload('discover', ...more)).toBe(0);
  }
  await dumpLedger();
  nothingSecret();
});

/** A server may repeat what it knows of who asks: the key id, the secret behind it, the token. */
const echo = (status: number, code: string): Fault => ({
  kind: 'answer',
  status,
  code,
  message: `refused ${sts.issued.at(-1) ?? ''} ${OWN.AWS_ACCESS_KEY_ID} ${EXTERNAL_ID} ${sts.secrets.slice(-2).join(' ')}`,
  extra: `<AWSAccessKeyId>${sts.issued.at(-1) ?? ''}</AWSAccessKeyId><Token-0>${sts.secrets.at(-1) ?? ''}</Token-0>`,
});

it.each([
  [403, 'AccessDenied'],
  [403, 'InvalidAccessKeyId'],
  [403, 'SignatureDoesNotMatch'],
  [400, 'ExpiredToken'],
  [400, 'InvalidToken'],
  [403, 'RequestTimeTooSkewed'],
  [418, 'TeapotBusy'],
])('an answer of %d %s that repeats the secrets shows none of them', async (status, code) => {
  for (const when of [body, () => true]) {
    for (const more of [[], ['--json']]) {
      proxy.clear();
      // Built when it strikes, for then the role was assumed.
      proxy.add({
        when,
        get fault() {
          return echo(status, code);
        },
        times: 1000,
      });
      expect(await heapload('run', ...more)).toBe(1);
      expect(await heapload('check', ...more)).toBe(when === body ? 0 : 1);
    }
  }
  await dumpLedger();
  nothingSecret();
});

it('what is thrown shows none either, however it is looked at', async () => {
  const { source } = world.config;
  if (source.type !== 's3') throw new Error('not a bucket');
  const faults: readonly Fault[] = [
    { kind: 'reset', afterBytes: 10 },
    { kind: 'truncate', afterBytes: 10 },
    echo(503, 'SlowDown'),
    echo(403, 'AccessDenied'),
  ];
  for (const fault of faults) {
    proxy.clear();
    const store = await openS3Store(source, QUICK);
    proxy.add({ when: () => true, fault, times: 1000 });
    const thrown = await world.run({ store }).then(
      ({ result, events: told }) => [result, told],
      (error: unknown) => [error, asHeaploadError(error).stack],
    );
    output.push(inspect(thrown, { depth: null, showHidden: true }), JSON.stringify(thrown, bigints));
  }
  nothingSecret();
});

it('a role that is refused, and a configuration that is not valid, show no external id', async () => {
  await sts.stop();
  sts = await startSts({ roleArn: ROLE, externalId: 'another' });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.address);
  for (const command of ['run', 'plan', 'check', 'discover']) {
    expect(await heapload(command)).toBe(1);
    expect(await heapload(command, '--json')).toBe(1);
  }
  output.push(
    inspect(world.config, { depth: null, showHidden: true }),
    JSON.stringify(world.config, bigints),
  );
  nothingSecret();
});

it('the search would find a secret', async () => {
  expect(await heapload('plan')).toBe(0);
  output.push(`key ${sts.issued[0] ?? ''}`);
  expect(nothingSecret).toThrow();
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
