import { beforeAll, describe, expect, it } from 'vitest';
import { compareSample, expectedSample, sampleObjects } from '../support/expected-sample.js';
import { S3World, usePlace } from './support.js';

const place = usePlace();
beforeAll(async () => {
  for (const { key, body } of await sampleObjects()) await place().bucket.put(key, body);
});

/** The same from a directory: test/unit/sample.test.ts; from a ceph object gateway: test/extended/s3. */
describe('the sample loads from a bucket to exactly the expected tables', () => {
  it('all dumps in one run, and a second run has nothing to do', async () => {
    const s3 = await S3World.create(place().bucket.address);
    try {
      expect((await s3.run()).result).toMatchObject({ status: 'done', failures: [] });
      await compareSample(s3.world, expectedSample('one-run'));
      const second = await s3.run();
      expect(second.result.status).toBe('nothing');
      expect(second.statements).toEqual([]);
      expect(second.counts).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
    } finally {
      await s3.dispose();
    }
  });

  it('dump by dump, through a network on which something breaks in every dump', async () => {
    const { proxy } = place();
    const s3 = await S3World.create(proxy.address);
    try {
      const expected = expectedSample('run-per-dump');
      for (const dump of expected.dumps) {
        const folder = `/sync_${dump}/`;
        const body = (table: string) => (request: { path: string; range: string | undefined }) =>
          request.path.includes(`${folder}${table}/part-00000`) && request.range === 'bytes=0-';
        proxy.add({ when: body('users'), fault: { kind: 'reset', afterBytes: 500 } });
        proxy.add({ when: body('pageviews'), fault: { kind: 'truncate', afterBytes: 1500 } });
        proxy.add({
          when: body('sessions'),
          fault: { kind: 'answer', status: 503, code: 'SlowDown' },
          times: 2,
        });
        expect((await s3.run({ toDump: BigInt(dump) })).result).toMatchObject({
          status: 'done',
          failures: [],
        });
      }
      await compareSample(s3.world, expected);
    } finally {
      await s3.dispose();
    }
  });
});
