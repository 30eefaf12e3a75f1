import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type BigQuerySettings, parseBigQuerySettings } from '../../../warehouses/bigquery/settings.js';

const KEY = JSON.stringify({
  type: 'service_account',
  client_email: 'loader@acme.iam.gserviceaccount.com',
  private_key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n',
});

function valid(input: Record<string, unknown>): BigQuerySettings {
  const parsed = parseBigQuerySettings({ project: 'acme-analytics', ...input }, '/etc/heapload');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

function problems(input: Record<string, unknown>): Record<string, string> {
  const parsed = parseBigQuerySettings(input, '/etc/heapload');
  if (parsed.ok) throw new Error('no problems');
  return Object.fromEntries(parsed.problems.map(({ path, message }) => [path.join('.'), message]));
}

describe('defaults', () => {
  it('needs the project alone', () => {
    expect(valid({})).toEqual({
      project: 'acme-analytics',
      location: 'US',
      credentials: { kind: 'application-default' },
      impersonate: undefined,
      transfer: { kind: 'upload' },
      maximumBytesBilled: undefined,
      labels: {},
      priority: 'interactive',
      stagingExpiryHours: 48,
      loadChunk: 2_000_000_000n,
      pricePerTib: 6.25,
      apiEndpoint: undefined,
    });
  });
});

describe('credentials', () => {
  it('a path is resolved against the folder of the configuration', () => {
    expect(valid({ credentials: 'keys/loader.json' }).credentials).toEqual({
      kind: 'file',
      path: '/etc/heapload/keys/loader.json',
    });
  });

  it('a key in JSON is a secret, whatever prints it', () => {
    const { credentials } = valid({ credentials: KEY });
    if (credentials.kind !== 'json') throw new Error(credentials.kind);
    expect(credentials.key.reveal()).toBe(KEY);
    const shown = `${JSON.stringify(credentials)} ${inspect(credentials, { depth: 9 })} ${String(credentials.key)}`;
    expect(shown).not.toContain('PRIVATE');
    expect(shown).not.toContain('loader@acme');
  });

  it.each([
    ['{"type": "service_account", "private_key": "c2VjcmV0"', 'not JSON'],
    ['{"type": "service_account", "private_key": "c2VjcmV0"}', 'the key has no client_email'],
    ['{"type": "c2VjcmV0"}', 'its "type" is none of'],
    ['~/key.json', 'without ~'],
    ['', 'expected application_default'],
  ])('%s', (credentials, message) => {
    const found = problems({ project: 'acme-analytics', credentials });
    expect(found['credentials']).toContain(message);
    expect(JSON.stringify(found)).not.toContain('c2VjcmV0');
  });
});

describe('sizes', () => {
  it.each([
    [1, 1n],
    ['200GB', 200_000_000_000n],
    ['200 gib', 214_748_364_800n],
    ['10', 10n],
    ['1 TB', 1_000_000_000_000n],
    ['5B', 5n],
    ['3KiB', 3072n],
  ])('%s is %s bytes', (written, bytes) => {
    expect(valid({ maximum_bytes_billed: written }).maximumBytesBilled).toBe(bytes);
  });
});

describe('transfer', () => {
  it('goes through a bucket, below a folder', () => {
    expect(valid({ transfer: 'gcs', gcs_bucket: 'acme-loads', gcs_prefix: 'heap' }).transfer).toEqual({
      kind: 'gcs',
      bucket: 'acme-loads',
      prefix: 'heap/',
    });
  });

  it('gcs needs a bucket', () => {
    expect(problems({ project: 'acme-analytics', transfer: 'gcs' })).toEqual({
      gcs_bucket: 'transfer: gcs needs the name of a bucket',
    });
  });

  it('upload has no use for a bucket', () => {
    expect(problems({ project: 'acme-analytics', gcs_bucket: 'acme-loads', gcs_prefix: 'heap' })).toEqual({
      gcs_bucket: 'only used with transfer: gcs',
      gcs_prefix: 'only used with transfer: gcs',
    });
  });
});

describe('mistakes', () => {
  it('come out together, one for each key, rules across keys among them', () => {
    const found = problems({
      location: 'eu west',
      impersonate_service_account: 'somebody',
      transfer: 'gcs',
      maximum_bytes_billed: 'a lot',
      labels: { Team: 'data', team: 'Data!' },
      priority: 'urgent',
      projct: 'acme',
    });
    expect(Object.keys(found).sort()).toEqual([
      'gcs_bucket',
      'impersonate_service_account',
      'labels.Team',
      'labels.team',
      'location',
      'maximum_bytes_billed',
      'priority',
      'projct',
      'project',
    ]);
    expect(JSON.stringify(found)).not.toMatch(/somebody|a lot|urgent|Data!/);
  });
});
