import { describe, expect, it } from 'vitest';
import type { DirectorySource } from '../../../src/config/types.js';
import { openStore } from '../../../src/source/open-store.js';
import { codeOf, collect, tempSource } from './temp-source.js';

const common = {
  prefix: '',
  layout: 'manifests',
  patterns: [],
  bucketAliases: [],
  startDate: undefined,
} as const;

describe('openStore', () => {
  it('opens a directory, with and without the bucket it mirrors', async () => {
    const path = await tempSource({ a: 'x' });
    for (const bucket of [undefined, 'heap-rs3-acme']) {
      const source: DirectorySource = { ...common, type: 'directory', path, bucket };
      const store = await openStore(source);
      expect(store).toMatchObject({ bucket, location: path });
      expect((await collect(store.list(''))).map((info) => info.key)).toEqual(['a']);
    }
  });

  it('says that a directory is missing when it is first used', async () => {
    const store = await openStore({
      ...common,
      type: 'directory',
      path: `${await tempSource()}/no`,
      bucket: undefined,
    });
    expect(await codeOf(() => collect(store.list('')))).toBe('SOURCE_MISSING');
  });

  it('opens a bucket without a request when its region is known', async () => {
    const store = await openStore({
      ...common,
      type: 's3',
      bucket: 'heap-rs3-acme',
      region: 'us-east-1',
      profile: undefined,
      roleArn: undefined,
      externalId: undefined,
      endpoint: 'http://127.0.0.1:1',
      pathStyle: true,
    });
    expect(store).toMatchObject({ bucket: 'heap-rs3-acme', location: 's3://heap-rs3-acme' });
  });
});
