import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFiles } from './samples.js';
import { inChunks, rowsOf } from './support.js';

describe('files whose rows avsc wrote', () => {
  it('are read back', async () => {
    const chunks = fc.integer({ min: 1, max: 100 });
    const batches = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(sampleFiles, chunks, batches, async ({ bytes, rows }, chunk, batchRows) => {
        expect(await rowsOf(inChunks(bytes, chunk), { batchRows })).toStrictEqual(rows);
      }),
      { numRuns: 400 },
    );
  });
});
