import type { SingleBar } from 'cli-progress';
import { expect, it } from 'vitest';
import { LoadsBar } from '../../../src/cli/reporters/loads-bar.js';
import type { LoadIdentity } from '../../../src/run/events.js';

const load = (table: string): LoadIdentity => ({ loadId: `7/${table}`, dumpId: 7n, table, mode: 'merge' });

/** A bar that writes down what it is told. */
function written(): { readonly lines: string[]; readonly bar: LoadsBar } {
  const lines: string[] = [];
  const bar = new LoadsBar((total, title) => {
    lines.push(`start ${title} ${total}`);
    const shown: Pick<SingleBar, 'stop'> & { update: (bytes: number, more: { rows: number }) => void } = {
      update: (bytes, { rows }) => lines.push(`${bytes} ${rows}`),
      stop: () => lines.push('stop'),
    };
    return shown as SingleBar;
  });
  return { lines, bar };
}

it('shows one load by its name, and several as their sum', () => {
  const { lines, bar } = written();
  bar.begin(load('a'), 100);
  bar.update(load('a'), { bytes: 10, rows: 1 });
  bar.begin(load('b'), 50);
  bar.update(load('b'), { bytes: 20, rows: 2 });
  bar.update(load('a'), { bytes: 100, rows: 9 });
  bar.end(load('a'));
  bar.update(load('b'), { bytes: 30, rows: 3 });
  bar.clear();
  expect(lines).toEqual([
    'start a 7 100',
    '10 1',
    'stop',
    'start 2 tables 150',
    '30 3',
    '120 11',
    'stop',
    'start b 7 50',
    '30 3',
    'stop',
  ]);
});

it('forgets a load that failed, and what comes after its end', () => {
  const { lines, bar } = written();
  bar.begin(load('a'), 100);
  bar.begin(load('b'), 50);
  bar.fail('a');
  bar.fail(undefined);
  bar.update(load('a'), { bytes: 1, rows: 1 });
  bar.update(load('b'), { bytes: 2, rows: 2 });
  expect(lines).toEqual(['start b 7 50', '2 2']);
});
