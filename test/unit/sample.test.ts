import { describe, expect, it } from 'vitest';
import { SAMPLE, compareSample, expectedSample } from '../support/expected-sample.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

/** The same from a bucket: test/s3/sample.test.ts. */
describe('the sample loads to exactly the expected tables', () => {
  it('all dumps in one run, and a second run has nothing to do and writes nothing', async () => {
    const world = await World.create(duckdbTarget, {}, SAMPLE);
    try {
      expect((await world.run()).result).toMatchObject({ status: 'done', failures: [] });
      await compareSample(world, expectedSample('one-run'));
      const second = await world.run();
      expect(second.result.status).toBe('nothing');
      expect(second.statements).toEqual([]);
    } finally {
      await world.dispose();
    }
  });

  it('dump by dump', async () => {
    const world = await World.create(duckdbTarget, {}, SAMPLE);
    try {
      const tables = expectedSample('run-per-dump');
      for (const dump of tables.dumps) {
        expect((await world.run({ toDump: BigInt(dump) })).result).toMatchObject({
          status: 'done',
          failures: [],
        });
      }
      await compareSample(world, tables);
    } finally {
      await world.dispose();
    }
  });
});
