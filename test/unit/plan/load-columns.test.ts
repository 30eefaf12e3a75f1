import { describe, expect, it } from 'vitest';
import { type ColumnPlanInputs, planColumns } from '../../../src/plan/load-columns.js';
import { StagingLayout, stagingName } from '../../../src/plan/staging.js';
import { INT64, STRING } from '../../../src/schema/logical-types.js';
import { CAPABILITIES, COLUMNS, columns } from './support.js';

const INPUTS: ColumnPlanInputs = {
  table: 'click',
  keys: ['event_id'],
  config: COLUMNS,
  capabilities: CAPABILITIES,
  existing: undefined,
  filterByTime: false,
};

function plan(headers: readonly Parameters<typeof columns>[0][], more: Partial<ColumnPlanInputs> = {}) {
  const files = headers.map((header, index) => ({ index, key: `f${index}`, columns: columns(header) }));
  return planColumns(files, { ...INPUTS, ...more });
}

const text = (items: readonly { name: string; type: { kind: string } }[]): readonly string[] =>
  items.map(({ name, type }) => `${name} ${type.kind}`);

describe('the columns of a load', () => {
  it('are the union over its files, by first appearance; each file knows its places', () => {
    const result = plan([
      { event_id: 'int64', b: 'string' },
      { a: 'string', event_id: 'int64' },
    ]);
    expect(text(result.additions)).toEqual(['event_id int64', 'b string', 'a string']);
    expect(text(result.layout.staged())).toEqual(['event_id int64', 'b string', 'a string']);
    expect(result.files.get(0)?.targets).toEqual([0, 1]);
    expect(result.files.get(1)?.targets).toEqual([2, 0]);
  });

  it('files with one header share it, as one object', () => {
    const { files } = plan([{ event_id: 'int64' }, { event_id: 'int64' }]);
    expect(files.get(0)?.header).toBe(files.get(1)?.header);
  });

  it('a type that flips between files goes beside, and those files keep the column', () => {
    const result = plan([
      { event_id: 'int64', a: 'int64' },
      { event_id: 'int64', a: 'string' },
      { event_id: 'int64', a: 'string' },
      { event_id: 'int64' },
    ]);
    expect(text(result.additions)).toEqual(['event_id int64', 'a int64', 'a__string string']);
    const assigned = result.layout.assigned(['event_id', 'a', 'a__string']);
    expect(
      assigned.map(({ name, sources, keptFor }) => [name, sources.map((source) => source.staged), keptFor]),
    ).toEqual([
      ['event_id', ['event_id'], []],
      ['a', ['a'], [{ first: 1, last: 2 }]],
      ['a__string', ['a__string'], []],
    ]);
  });

  it('a known timestamp takes several encodings from staged columns of their own', () => {
    const { layout } = plan([
      { event_id: 'int64', time: 'string' },
      { event_id: 'int64', time: 'int64' },
    ]);
    expect(text(layout.staged())).toEqual(['event_id int64', 'time string', 'time__int64 int64']);
    expect(
      layout.assigned(['time'])[0]?.sources.map(({ staged, conversion }) => `${staged} ${conversion}`),
    ).toEqual(['time string-to-timestamp', 'time__int64 int64-to-timestamp']);
  });

  it('start date: time is staged even when it is not selected', () => {
    const config = { ...COLUMNS, exclude: { '*': ['time'] } };
    const result = plan([{ event_id: 'int64', time: 'string' }], { config, filterByTime: true });
    expect(text(result.additions)).toEqual(['event_id int64']);
    expect(text(result.layout.staged())).toEqual(['event_id int64', 'time string']);
    expect(result.timeSources).toEqual([{ staged: 'time', from: STRING, conversion: 'string-to-timestamp' }]);
  });

  it('new_columns: ignore leaves out what the table lacks; a table that is new has no new columns', () => {
    const config = { ...COLUMNS, newColumns: 'ignore' as const };
    const existing = new Map([
      ['event_id', { name: 'event_id', type: INT64, nativeType: 'BIGINT', origin: undefined }],
    ]);
    const grown = plan([{ event_id: 'int64', a: 'string' }], { config, existing });
    expect({
      additions: grown.additions,
      ignored: grown.ignored,
      targets: grown.files.get(0)?.targets,
    }).toEqual({
      additions: [],
      ignored: ['a'],
      targets: [0, -1],
    });
    expect(plan([{ event_id: 'int64', a: 'string' }], { config }).ignored).toEqual([]);
  });

  it.each<[string, Parameters<typeof columns>[0], string]>([
    ['no key', { a: 'string' }, 'KEY_MISSING'],
    ['names that differ in case only', { event_id: 'int64', a: 'string', A: 'string' }, 'NAME_COLLISION'],
    ['a reserved prefix of ours', { event_id: 'int64', _HEAPLOAD_x: 'string' }, 'NAME_INVALID'],
    ['a reserved prefix of the warehouse', { event_id: 'int64', _table_x: 'string' }, 'NAME_INVALID'],
    ['a name that is too long', { event_id: 'int64', abcdefghijklmnopqrstu: 'string' }, 'NAME_INVALID'],
    ['a variant name that is too long', { event_id: 'int64', time: 'string' }, ''],
  ])('%s', (_, header, code) => {
    const work = () => plan([{ event_id: 'int64' }, header]);
    if (code === '') expect(work).not.toThrow();
    else expect(work).toThrow(expect.objectContaining({ code, place: { file: 'f1' } }) as Error);
  });

  it('more columns than the warehouse takes', () => {
    const header = Object.fromEntries(
      ['event_id', ...'a b c d e f g h i'.split(' ')].map((name) => [name, 'int64' as const]),
    );
    expect(() => plan([header])).not.toThrow();
    expect(() => plan([{ ...header, j: 'int64' }])).toThrow(
      expect.objectContaining({ code: 'NAME_INVALID' }) as Error,
    );
  });
});

describe('staging', () => {
  it('a name for each load, the same on every try, and never longer than the warehouse takes', () => {
    const load = (dumpId: bigint, table: string) => ({
      loadId: '',
      dumpId,
      table,
      sourceTable: table,
      incremental: true,
    });
    expect(stagingName(load(9n, 'users'), 7n, 60)).toBe('_heapload_stage_7_9_users');
    const long = [1, 2].map((n) => stagingName(load(9n, `${'x'.repeat(60)}${n}`), 7n, 60));
    expect(new Set(long).size).toBe(2);
    expect(long.map((name) => name.length)).toEqual([60, 60]);
    expect(stagingName(load(9n, `${'x'.repeat(60)}1`), 7n, 60)).toBe(long[0]);
  });

  it('staged names stay apart, whatever the columns are called', () => {
    const layout = new StagingLayout();
    const places = [
      layout.place('a', STRING),
      layout.place('a__int64', STRING),
      layout.place('A', INT64),
      layout.place('a', STRING),
    ];
    expect(places).toEqual([0, 1, 2, 0]);
    expect(layout.staged().map((column) => column.name)).toEqual(['a', 'a__int64', 'A__int64_2']);
  });
});
