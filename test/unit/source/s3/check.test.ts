import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { S3Source } from '../../../../src/config/types.js';
import { checkS3, type CheckResult } from '../../../../src/source/s3/check.js';
import type { RequestKind } from '../../../../src/source/s3/options.js';
import { openS3Store } from '../../../../src/source/s3/store.js';
import { sourceOf, startBucket, type TestBucket } from '../../../stand-ins/s3/bucket.js';
import { stubAwsKeys } from '../../../stand-ins/s3/environment.js';
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../../../stand-ins/s3/fault-proxy.js';

let bucket: TestBucket;
let proxy: FaultProxy;
let counts: Record<RequestKind, number>;

beforeAll(async () => {
  bucket = await startBucket();
  proxy = await startFaultProxy(bucket.address);
  for (const prefix of ['', 'good/']) {
    await bucket.put(`${prefix}manifests/sync_7.json`, '{"dump_id": 7, "tables": []}');
    await bucket.put(`${prefix}sync_7/property_definitions.json`, '[]');
    await bucket.put(`${prefix}sync_7/users/part-00000.avro`, 'Obj');
  }
  await bucket.put('files/sync_7/users/part-00000.avro', 'Obj');
  await bucket.put('dumpless/manifests/sync_7.json', '{"dump_id": 7, "tables": []}');
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
});
beforeEach(() => {
  stubAwsKeys();
  proxy.clear();
  counts = { LIST: 0, GET: 0, HEAD: 0 };
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function check(more: Partial<S3Source> = {}): Promise<readonly CheckResult[]> {
  const source = sourceOf(proxy.address, more);
  const onRequest = (kind: RequestKind): void => {
    counts[kind] += 1;
  };
  return checkS3(source, await openS3Store(source, { onRequest, pauseMs: 1, attempts: 2 }));
}

function refuse(when: (request: SeenRequest) => boolean): void {
  proxy.add({ when, fault: { kind: 'answer', status: 403, code: 'AccessDenied' }, times: 10 });
}

const summary = (results: readonly CheckResult[]): string[] =>
  results.map((result) => `${result.ok ? 'ok' : (result.error?.code ?? 'no error')}: ${result.what}`);

describe('a source that can be used', () => {
  it.each(['', 'good/'])('passes four checks with four requests, prefix "%s"', async (prefix) => {
    expect(summary(await check({ prefix }))).toEqual([
      `ok: list s3://heap-rs3-test/${prefix}manifests/`,
      `ok: read the manifest s3://heap-rs3-test/${prefix}manifests/sync_7.json`,
      `ok: find a data file under s3://heap-rs3-test/${prefix}sync_`,
      `ok: read one byte of s3://heap-rs3-test/${prefix}sync_7/users/part-00000.avro`,
    ]);
    expect(counts).toEqual({ LIST: 2, GET: 2, HEAD: 0 });
  });

  it('of layout files needs no manifests', async () => {
    expect(summary(await check({ prefix: 'files/', layout: 'files' }))).toEqual([
      'ok: find a data file under s3://heap-rs3-test/files/',
      'ok: read one byte of s3://heap-rs3-test/files/sync_7/users/part-00000.avro',
    ]);
  });
});

describe('a source that cannot be used', () => {
  it('with nothing under its prefix says that the prefix is empty', async () => {
    const results = await check({ prefix: 'nowhere/' });
    expect(summary(results)).toEqual(['SOURCE_MISSING: list s3://heap-rs3-test/nowhere/manifests/']);
    expect(results[0]?.error?.message).toContain(
      'at the prefix nowhere/ there are neither manifests nor dumps',
    );
    expect(results[0]?.error?.hint).toContain('source.prefix');
  });

  it('with dumps and no manifests suggests the other layout', async () => {
    const results = await check({ prefix: 'files/' });
    expect(summary(results)).toEqual(['SOURCE_MISSING: list s3://heap-rs3-test/files/manifests/']);
    expect(results[0]?.error?.message).toContain('sync_7/users/part-00000.avro) but no manifests');
    expect(results[0]?.error?.hint).toContain('source.layout: files');
  });

  it('with manifests and no dumps says so', async () => {
    const results = await check({ prefix: 'dumpless/' });
    expect(results.map((result) => result.ok)).toEqual([true, true, false]);
    expect(results[2]?.error?.message).toContain('No .avro file was found');
  });

  it('that may not be listed shows the missing statement, and stops there', async () => {
    refuse((request) => request.query.has('list-type'));
    const results = await check({ prefix: 'good/' });
    expect(summary(results)).toEqual(['SOURCE_DENIED: list s3://heap-rs3-test/good/manifests/']);
    expect(results[0]?.error?.message).toContain('s3:ListBucket on arn:aws:s3:::heap-rs3-test is missing');
    expect(results[0]?.error?.hint).toContain('"good/manifests/*"');
    expect(counts).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
  });

  it('that may be listed and not read shows the missing statement for both kinds of objects', async () => {
    refuse((request) => !request.query.has('list-type'));
    const results = await check({ prefix: 'good/' });
    expect(results.map((result) => result.ok)).toEqual([true, false, true, false]);
    for (const result of [results[1], results[3]]) {
      expect(result?.error?.code).toBe('SOURCE_DENIED');
      expect(result?.error?.message).toContain('s3:GetObject on arn:aws:s3:::heap-rs3-test/good/');
      expect(result?.error?.hint).toContain('"arn:aws:s3:::heap-rs3-test/good/*"');
    }
  });
});
