import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { trustStatement } from '../../../../src/source/s3/credential-errors.js';
import { decryptStatement, leastPolicy } from '../../../../src/source/s3/policy.js';
import { sourceOf } from '../../../stand-ins/s3/bucket.js';

const place = sourceOf('', { bucket: 'heap-rs3-acme-prod', prefix: 'heap/' });

describe('the policies shown in docs/s3.md', () => {
  it('are those the errors show and the tests run under', async () => {
    const text = await readFile(new URL('../../../../docs/s3.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
      (match) => JSON.parse(match[1] ?? '') as unknown,
    );
    expect(blocks).toEqual([
      leastPolicy(place),
      decryptStatement(place, undefined),
      { Version: '2012-10-17', Statement: [trustStatement(true)] },
    ]);
  });
});

describe('the least policy', () => {
  it('without a prefix allows listing only what is listed', () => {
    expect(leastPolicy({ ...place, prefix: '' })).toMatchObject({
      Statement: [
        { Condition: { StringLike: { 's3:prefix': ['manifests/*', 'sync_*'] } } },
        { Resource: 'arn:aws:s3:::heap-rs3-acme-prod/*' },
      ],
    });
  });

  it('of layout files allows listing below the prefix', () => {
    expect(leastPolicy({ ...place, layout: 'files' })).toMatchObject({
      Statement: [{ Condition: { StringLike: { 's3:prefix': ['heap/*'] } } }, {}],
    });
  });

  it.each([
    ['cn-north-1', 'arn:aws-cn:s3:::heap-rs3-acme-prod'],
    ['us-gov-west-1', 'arn:aws-us-gov:s3:::heap-rs3-acme-prod'],
    [undefined, 'arn:aws:s3:::heap-rs3-acme-prod'],
  ])('in %s names %s', (region, arn) => {
    expect(leastPolicy({ ...place, region })).toMatchObject({ Statement: [{ Resource: arn }, {}] });
  });

  it('of an access point names its objects as AWS wants them', () => {
    const bucket = 'arn:aws:s3:us-east-1:123456789012:accesspoint/heap';
    expect(leastPolicy({ ...place, bucket })).toMatchObject({
      Statement: [{ Resource: bucket }, { Resource: `${bucket}/object/heap/*` }],
    });
  });
});
