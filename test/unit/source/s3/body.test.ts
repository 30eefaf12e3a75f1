import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteStream, bytesOf } from '../../../../src/source/s3/body.js';
import { limitsOf } from '../../../../src/source/s3/options.js';
import { jitter } from '../../../../src/backoff.js';
import { patterned } from '../../../stand-ins/s3/bucket.js';

const limits = limitsOf({ stallMs: 50, pauseMs: 0, longestPauseMs: 0, bodyAttempts: 1000 });

/** Gives chunks of the content and then ends early, breaks, or stays silent. */
function brittle(
  content: Uint8Array,
  chunk: number,
  gives: number,
  end: 'early' | 'break' | 'silence',
): ByteStream {
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < gives; at += chunk)
        yield await Promise.resolve(content.subarray(at, Math.min(gives, at + chunk)));
      if (gives >= content.length) return;
      if (end === 'silence') await new Promise(() => undefined);
      if (end === 'break') throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    },
    destroy: () => undefined,
  };
}

describe('a body', () => {
  it('gives each byte once and in order, however often it breaks', async () => {
    const step = fc.record({
      chunk: fc.integer({ min: 1, max: 400 }),
      gives: fc.integer({ min: 0, max: 900 }),
      end: fc.oneof(
        { weight: 10, arbitrary: fc.constantFrom('early' as const, 'break' as const) },
        { weight: 1, arbitrary: fc.constant('silence' as const) },
      ),
    });
    const range = fc
      .tuple(fc.nat(3000), fc.nat(3000))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), range, async (steps, [start, end]) => {
        const content = patterned(3000);
        const positions: number[] = [];
        let used = 0;
        const open = (position: number): ByteStream => {
          positions.push(position);
          const rest = content.subarray(position, end);
          const next = steps[used];
          used += 1;
          return next === undefined
            ? brittle(rest, 100, rest.length, 'early')
            : brittle(rest, next.chunk, next.gives, next.end);
        };
        const reopen = (position: number): Promise<ByteStream> => Promise.resolve(open(position));
        const got: Uint8Array[] = [];
        const plan = { key: 'k', start, end, first: open(start), reopen, limits, signal: undefined };
        for await (const chunk of bytesOf(plan)) got.push(chunk);
        expect(Buffer.concat(got).equals(content.subarray(start, end))).toBe(true);
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });

  it('never gives more than was asked for', async () => {
    const content = patterned(100);
    const first = brittle(content, 30, 100, 'early');
    const reopen = (): Promise<ByteStream> => Promise.reject(new Error('not needed'));
    const got: Uint8Array[] = [];
    const plan = { key: 'k', start: 0, end: 50, first, reopen, limits, signal: undefined };
    for await (const chunk of bytesOf(plan)) got.push(chunk);
    expect(Buffer.concat(got).equals(content.subarray(0, 50))).toBe(true);
  });

  it('that breaks in an unknown way is not tried again', async () => {
    const broken: ByteStream = {
      // eslint-disable-next-line require-yield, @typescript-eslint/require-await
      async *[Symbol.asyncIterator]() {
        throw new Error('a bug in the stream');
      },
      destroy: () => undefined,
    };
    let reopened = 0;
    const reopen = (): Promise<ByteStream> => {
      reopened += 1;
      return Promise.resolve(broken);
    };
    const plan = { key: 'k', start: 7, end: 50, first: broken, reopen, limits, signal: undefined };
    await expect(bytesOf(plan).next()).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      place: { file: 'k', offset: 7 },
    });
    expect(reopened).toBe(0);
  });
});

describe('the pause between attempts', () => {
  it('is anything up to a limit that doubles, and never above the longest', () => {
    const rule = { pauseMs: 100, longestPauseMs: 1000 };
    for (const [failures, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 800],
      [5, 1000],
      [50, 1000],
    ] as const) {
      const pauses = Array.from({ length: 500 }, () => jitter(failures, rule));
      expect(Math.max(...pauses)).toBeLessThan(ceiling);
      expect(Math.max(...pauses)).toBeGreaterThan(ceiling * 0.8);
      expect(Math.min(...pauses)).toBeLessThan(ceiling * 0.2);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0);
    }
  });
});
