import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../../src/cli/common.js';
import { exitCodeOf } from '../../../src/cli/exit-codes.js';
import { count, formatError, formatNote, size, textTable } from '../../../src/cli/reporters/format.js';
import { HumanReporter } from '../../../src/cli/reporters/human.js';
import { jsonLine, jsonRunEvent } from '../../../src/cli/reporters/json.js';
import { ERROR_KINDS, type ErrorCode, HeaploadError } from '../../../src/errors.js';
import type { LoadCounts, RunEvent } from '../../../src/run/events.js';

const NONE: LoadCounts = {
  read: 0n,
  inserted: 0n,
  updated: 0n,
  unchanged: 0n,
  filtered: 0n,
  rejected: 0n,
  valuesRejected: 0n,
  tableRows: 0n,
};
const LOAD = { loadId: '9/users', dumpId: 2n ** 60n, table: 'users', mode: 'merge' } as const;

function reporter() {
  const out: string[] = [];
  const io = {
    stdout: (text: string) => void out.push(`out ${text}`),
    stderr: (text: string) => void out.push(`err ${text}`),
    env: {},
    interactive: false,
    color: { stdout: false, stderr: false },
    signal: new AbortController().signal,
    ask: () => Promise.resolve(''),
  };
  return { out, human: new HumanReporter(io, undefined) };
}

describe('numbers for people', () => {
  it.each([
    [0, '0 rows'],
    [1, '1 row'],
    [1n, '1 row'],
    [1234567, '1,234,567 rows'],
    [2n ** 60n, '1,152,921,504,606,846,976 rows'],
  ])('%s', (n, expected) => {
    expect(count(n, 'row')).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_550_000, '1.6 MB'],
    [2e9, '2.0 GB'],
    [3e15, '3000.0 TB'],
  ])('%s bytes', (bytes, expected) => {
    expect(size(bytes)).toBe(expected);
  });
});

describe('a table of text', () => {
  it('aligns numbers right, words left, and leaves no blanks at the end', () => {
    expect(
      textTable(
        ['name', 'n', 'bytes', 'x'],
        [
          ['a', '1', '5 B', ''],
          ['longer', '1,000', '1.5 kB', 'y'],
        ],
        false,
      ),
    ).toBe(['name        n   bytes  x', 'a           1     5 B', 'longer  1,000  1.5 kB  y', ''].join('\n'));
  });

  it('of no rows is nothing', () => {
    expect(textTable(['a'], [], false)).toBe('');
  });
});

describe('errors and notes', () => {
  const error = new HeaploadError('AVRO_INVALID', 'damaged', {
    hint: 'mend it',
    place: { dump: 9n, table: 'users', file: 'a.avro', offset: 3 },
  });

  it('say what, where and what next', () => {
    expect(formatError(error, false)).toBe(
      'error AVRO_INVALID: damaged\n  where: dump 9 · table users · a.avro, byte 3\n  next:  mend it\n',
    );
    expect(formatError(new HeaploadError('USAGE', 'a', { hint: 'b' }), false)).toBe(
      'error USAGE: a\n  next:  b\n',
    );
  });

  it('show no stack trace but for our own bugs', () => {
    const cause = new TypeError('inner');
    expect(formatError(new HeaploadError('SQL_FAILED', 'a', { hint: 'b', cause }), false)).not.toContain(
      'inner',
    );
    expect(formatError(new HeaploadError('BUG', 'a', { hint: 'b', cause }), false)).toContain(
      'TypeError: inner\n    at ',
    );
  });

  it('notes', () => {
    expect(formatNote({ message: 'x' }, false)).toBe('note: x\n');
    expect(formatNote({ dumpId: 9n, table: 'a', message: 'x' }, false)).toBe('note: dump 9 · table a: x\n');
  });

  it('have an exit code each', () => {
    const codes = (Object.keys(ERROR_KINDS) as ErrorCode[]).map(
      (code) => [code, exitCodeOf(new HeaploadError(code, 'a', { hint: 'b' }))] as const,
    );
    expect(codes.filter(([, code]) => code !== 1)).toEqual([
      ['CONFIG_INVALID', 2],
      ['CONFIG_MISSING', 2],
      ['USAGE', 2],
      ['TABLE_UNKNOWN', 2],
      ['MODEL_INVALID', 2],
      ['MODEL_UNKNOWN', 2],
      ['INTERRUPTED', 130],
      ['BUG', 70],
    ]);
  });
});

describe('the reporters', () => {
  it('a load in one line, with what is not zero', () => {
    const { out, human } = reporter();
    human.event({
      kind: 'load-started',
      load: LOAD,
      files: 1,
      bytes: 1,
      createsTable: false,
      addedColumns: ['a', 'b'],
    });
    human.event({ kind: 'load-progress', load: LOAD, files: 1, rows: 5, bytes: 1 });
    human.event({
      kind: 'load-done',
      load: LOAD,
      counts: { ...NONE, read: 1234n, inserted: 1000n, filtered: 234n },
    });
    expect(out).toEqual([
      'out ✓ users                    dump 1152921504606846976  merge    1,234 rows read, 1,000 inserted, 234 before start_date, new columns a, b\n',
    ]);
  });

  it('the end', () => {
    const ended = (status: 'done' | 'nothing' | 'failed' | 'interrupted', exitCode: number) => {
      const { out, human } = reporter();
      human.end({ status, loadsDone: 1, failures: [], nodes: [], error: undefined }, exitCode);
      return out.join('');
    };
    expect(ended('done', 0)).toBe('out Done: 1 load committed.\n');
    expect(ended('nothing', 0)).toBe('out Nothing to do: no dump is pending.\n');
    expect(ended('failed', 1)).toBe('err Failed: 0 failures, 1 load committed.\n');
    expect(ended('interrupted', 130)).toBe('err Interrupted: 0 failures, 1 load committed.\n');
  });

  it('JSON: a line each, integers beyond 2^53 as digits', () => {
    expect(jsonLine({ a: 2n ** 60n, b: 'x\ny' })).toBe('{"a":"1152921504606846976","b":"x\\ny"}\n');
    const events: readonly RunEvent[] = [
      { kind: 'planned', loads: 1, files: 2, bytes: 3 },
      { kind: 'note', note: { message: 'x' } },
      {
        kind: 'failure',
        failure: {
          dumpId: undefined,
          table: undefined,
          error: new HeaploadError('USAGE', 'a\nb', { hint: 'c' }),
        },
      },
      { kind: 'operation', operation: { kind: 'statement', sql: 'a\nb', parameters: [] }, load: undefined },
      { kind: 'load-started', load: LOAD, files: 1, bytes: 1, createsTable: true, addedColumns: [] },
      { kind: 'load-progress', load: LOAD, files: 1, rows: 1, bytes: 1 },
      { kind: 'load-done', load: LOAD, counts: NONE },
    ];
    for (const event of events) {
      const line = jsonRunEvent(event);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect((JSON.parse(line) as { event: string }).event).toBe(event.kind.replace('-', '_'));
    }
  });
});

describe('the scope of a command line', () => {
  it('takes dumps beyond 2^53 exactly', () => {
    expect(scopeOf({ table: ['a'], toDump: '9007199254740993' })).toEqual({
      tables: ['a'],
      toDump: 9007199254740993n,
    });
    expect(scopeOf({})).toEqual({ tables: undefined, toDump: undefined });
    for (const wrong of ['', 'x', '1.5', '1e3', '-1', '0x1', '１'])
      expect(() => scopeOf({ toDump: wrong })).toThrow('--to-dump takes the number');
  });
});
