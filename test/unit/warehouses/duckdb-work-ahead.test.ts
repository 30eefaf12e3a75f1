import { expect, it } from 'vitest';
import { workAhead } from '../../../warehouses/duckdb/work-ahead.js';

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Work on the items, three at a time, each of which ends when it is told to. */
function bench() {
  const started: string[] = [];
  const signals: AbortSignal[] = [];
  const ends = new Map<string, { done: () => void; fail: () => void }>();
  const interruption = new AbortController();
  const ahead = workAhead(
    ITEMS,
    { width: 3, signal: interruption.signal },
    (item, signal) =>
      new Promise<string>((resolve, reject) => {
        started.push(item);
        signals.push(signal);
        ends.set(item, {
          done: () => {
            resolve(`${item} done`);
          },
          fail: () => {
            reject(new Error(item));
          },
        });
      }),
  );
  const end = (item: string) => {
    const found = ends.get(item);
    if (found === undefined) throw new Error(`${item} was not started`);
    return found;
  };
  return { started, signals, end, ahead, interruption };
}

it('has a few under way, and gives them in their order, whichever ends first', async () => {
  const { started, end, ahead } = bench();
  const first = ahead.next();
  expect(started).toEqual(['a', 'b', 'c']);
  end('c').done();
  end('b').done();
  end('a').done();
  expect(await first).toBe('a done');
  // The next one starts without being asked for.
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  expect(await ahead.next()).toBe('b done');
  expect(await ahead.next()).toBe('c done');
  expect(started).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  for (const item of ['d', 'e', 'f']) end(item).done();
  expect([await ahead.next(), await ahead.next(), await ahead.next()]).toEqual([
    'd done',
    'e done',
    'f done',
  ]);
  end('g').done();
  expect(await ahead.next()).toBe('g done');
  expect(started).toEqual(ITEMS);
  await ahead.stop();
});

it('throws what failed when its turn comes, not before', async () => {
  const { end, ahead } = bench();
  const first = ahead.next();
  end('b').fail();
  end('c').fail();
  end('a').done();
  expect(await first).toBe('a done');
  await expect(ahead.next()).rejects.toThrow('b');
});

it('stops what is under way, and waits for it', async () => {
  const { started, signals, end, ahead } = bench();
  const first = ahead.next();
  end('a').fail();
  await expect(first).rejects.toThrow('a');
  let stopped = false;
  const stopping = ahead.stop().then(() => {
    stopped = true;
  });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  end('c').fail();
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  end('b').done();
  await stopping;
  expect(started).toEqual(['a', 'b', 'c']);
});

it('passes an interruption on', () => {
  const { signals, ahead, interruption } = bench();
  void ahead.next();
  interruption.abort();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});
