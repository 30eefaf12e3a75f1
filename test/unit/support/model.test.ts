import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { floatText, textOf } from '../../support/model/casts.js';
import { toInstant } from '../../support/model/instants.js';
import {
  type ModelColumn,
  type ModelConfig,
  type ModelDump,
  type ModelFile,
  type ModelTableState,
  runModel,
} from '../../support/model.js';

const ID: ModelColumn = { name: 'event_id', type: { kind: 'int64' } };
const col = (
  name: string,
  kind: 'string' | 'int64' | 'float64' | 'bool' | 'json' | 'bytes',
): ModelColumn => ({ name, type: { kind } });
const file = (columns: readonly ModelColumn[], ...rows: readonly (readonly Value[])[]): ModelFile => ({
  columns: [ID, ...columns],
  rows,
});
const dump = (id: bigint, incremental: boolean, ...files: readonly ModelFile[]): ModelDump => ({
  id,
  tables: [{ name: 'click', incremental, files }],
});

function click(
  dumps: readonly ModelDump[],
  runs?: readonly (readonly bigint[])[],
  config: ModelConfig = {},
): ModelTableState {
  const state = runModel(dumps, config, runs ?? [dumps.map((entry) => entry.id)]).get('click');
  if (state === undefined) throw new Error('no table click');
  return state;
}

const names = (state: ModelTableState) => state.columns.map((column) => column.name);
const rows = (state: ModelTableState) => [...state.rows.values()].map((row) => row.values);
const statuses = (state: ModelTableState) =>
  state.loads.map((load) => `${load.dump.toString()} ${load.status}`);

const X = col('x', 'string');
const one = (id: bigint, incremental: boolean, key: bigint, x: string) =>
  dump(id, incremental, file([X], [key, x]));

describe('which loads (rules 2 and 14)', () => {
  it('the newest pending full dump is the floor, by number', () => {
    const state = click([one(999n, true, 1n, 'a'), one(1000n, false, 2n, 'b'), one(1001n, true, 3n, 'c')]);
    expect(statuses(state)).toEqual(['999 superseded', '1000 loaded', '1001 loaded']);
    expect(rows(state)).toEqual([
      [2n, 'b'],
      [3n, 'c'],
    ]);
  });

  it('a late full dump is superseded, a late incremental one merges without overwriting', () => {
    const dumps = [
      one(1n, false, 9n, 'full'),
      dump(2n, true, file([X], [1n, 'old'], [2n, 'late'])),
      one(3n, true, 1n, 'new'),
    ];
    const state = click(dumps, [[3n], [1n, 3n], [1n, 2n, 3n]]);
    expect(statuses(state)).toEqual(['3 loaded', '1 superseded', '2 loaded']);
    expect(rows(state)).toEqual([
      [1n, 'new'],
      [2n, 'late'],
    ]);
    expect(state.loads[2]).toMatchObject({ run: 3, inserted: 1, updated: 0, unchanged: 1 });
  });

  it('a full dump without files empties, an incremental one does nothing', () => {
    const state = click([one(1n, true, 1n, 'a'), dump(2n, false), dump(3n, true)], [[1n], [1n, 2n, 3n]]);
    expect(statuses(state)).toEqual(['1 loaded', '2 loaded', '3 nothing']);
    expect(rows(state)).toEqual([]);
    expect(names(state)).toEqual(['event_id', 'x']);
  });

  it('a failed load holds up later ones and stays pending until it is superseded', () => {
    const keyless: ModelDump = {
      id: 1n,
      tables: [{ name: 'click', incremental: true, files: [{ columns: [X], rows: [['a']] }] }],
    };
    const dumps = [keyless, one(2n, true, 1n, 'b'), one(3n, false, 2n, 'c')];
    const state = click(dumps, [
      [1n, 2n],
      [1n, 2n, 3n],
    ]);
    expect(state.failures).toEqual([{ run: 1, dump: 1n, code: 'KEY_MISSING' }]);
    expect(statuses(state)).toEqual(['1 superseded', '2 superseded', '3 loaded']);
  });
});

describe('rows and columns (rules 3 to 5)', () => {
  it('within a load the last row of the last file wins; the others are unchanged', () => {
    const state = click([dump(1n, true, file([X], [1n, 'a'], [1n, 'b']), file([X], [1n, 'c'], [null, 'd']))]);
    expect(rows(state)).toEqual([[1n, 'c']]);
    expect(state.loads[0]).toMatchObject({
      rowsRead: 4,
      inserted: 1,
      updated: 0,
      unchanged: 2,
      rejectedRows: 1,
    });
    expect(state.rejects).toEqual([
      { dump: 1n, file: 1, row: 1, kind: 'row', column: undefined, raw: undefined },
    ]);
  });

  it('a column absent from the load keeps its value, absent from one file of it becomes NULL', () => {
    const first = one(1n, true, 1n, 'a');
    const kept = click([first, dump(2n, true, file([], [1n], [2n]))]);
    expect(rows(kept)).toEqual([
      [1n, 'a'],
      [2n, null],
    ]);
    const emptyFileCounts = click([first, dump(2n, true, file([], [1n]), file([X]))]);
    expect(rows(emptyFileCounts)).toEqual([[1n, null]]);
  });

  it('a replaced table keeps its old columns; superseded ones never come into being', () => {
    const dumps = [one(1n, true, 1n, 'a'), dump(2n, false, file([col('y', 'bool')], [1n, true]))];
    expect(names(click(dumps))).toEqual(['event_id', 'y']);
    const followed = click(dumps, [[1n], [1n, 2n]]);
    expect(names(followed)).toEqual(['event_id', 'x', 'y']);
    expect(rows(followed)).toEqual([[1n, null, true]]);
  });

  it('new columns can be ignored or fail, once there is a table', () => {
    const dumps = [one(1n, true, 1n, 'a'), dump(2n, true, file([col('y', 'bool')], [1n, true]))];
    expect(names(click(dumps, undefined, { newColumns: 'ignore' }))).toEqual(['event_id', 'x']);
    expect(click(dumps, undefined, { newColumns: 'fail' }).failures).toMatchObject([
      { dump: 2n, code: 'NEW_COLUMN' },
    ]);
  });
});

describe('types (rule 6)', () => {
  const flips = [
    dump(1n, true, file([col('x', 'int64')], [1n, 5n], [2n, 6n])),
    dump(2n, true, file([X], [1n, 'many'], [3n, 'few'])),
    dump(3n, true, file([col('X', 'int64')], [2n, 7n])),
  ];

  it('what does not fit goes to a variant; the original stays on update and is NULL on insert', () => {
    const state = click(flips);
    expect(names(state)).toEqual(['event_id', 'x', 'x__string']);
    expect(rows(state)).toEqual([
      [1n, 5n, 'many'],
      [2n, 7n, null],
      [3n, null, 'few'],
    ]);
    expect(click(flips, undefined, { onTypeChange: 'fail' }).failures).toMatchObject([
      { dump: 2n, code: 'TYPE_CHANGED' },
    ]);
  });

  it('is decided file by file: rows whose file has no such column get NULL in both', () => {
    const state = click([
      dump(1n, true, file([col('x', 'int64')], [1n, 5n], [2n, 6n])),
      dump(2n, true, file([X], [1n, 'many']), file([], [2n])),
    ]);
    expect(rows(state)).toEqual([
      [1n, 5n, 'many'],
      [2n, null, null],
    ]);
  });

  it('integers become doubles and scalars become text; bytes and json do not', () => {
    const doubles = click([
      dump(1n, true, file([col('x', 'float64')], [1n, 0.5]), file([col('x', 'int64')], [2n, 2n ** 53n + 1n])),
    ]);
    expect(rows(doubles)).toEqual([
      [1n, 0.5],
      [2n, 2 ** 53],
    ]);
    const texts = click([
      dump(
        1n,
        true,
        file([X], [1n, 'a']),
        file([col('x', 'bool')], [2n, true]),
        file([col('x', 'json')], [3n, '[]']),
      ),
    ]);
    expect(names(texts)).toEqual(['event_id', 'x', 'x__json']);
    expect(rows(texts)).toEqual([
      [1n, 'a', null],
      [2n, 'true', null],
      [3n, null, '[]'],
    ]);
  });

  it.each<[LogicalType, NonNullable<Value>, string]>([
    [{ kind: 'bool' }, false, 'false'],
    [{ kind: 'int64' }, -(2n ** 63n), '-9223372036854775808'],
    [{ kind: 'date' }, -1n, '1969-12-31'],
    [{ kind: 'timestamp' }, -1n, '1969-12-31T23:59:59.999999Z'],
    [{ kind: 'decimal', precision: 12, scale: 2 }, -5n, '-0.05'],
    [{ kind: 'decimal', precision: 12, scale: 0 }, 120n, '120'],
  ])('text of %o %s', (type, value, text) => {
    expect(textOf(value, type)).toBe(text);
  });

  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [-120.5, '-120.5'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [5e-324, '5e-324'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('text of the double %d', (value, text) => {
    expect(floatText(value)).toBe(text);
  });
});

describe('times (rules 7 and 9)', () => {
  it.each<[string, bigint | 'null' | 'rejected']>([
    ['1970-01-01 00:00:00', 0n],
    ['1970-01-01T00:00:01.5Z', 1_500_000n],
    ['1970-01-01 00:00:00.000001+00:01', -59_999_999n],
    ['2024-02-29 00:00:00-08:00', 1_709_193_600_000_000n],
    ['0001-01-01 00:00:00', -62_135_596_800_000_000n],
    ['9999-12-31 23:59:59.999999', 253_402_300_799_999_999n],
    ['1709251199', 1_709_251_199_000_000n],
    ['-1709251199123', -1_709_251_199_123_000n],
    ['1709251199123456', 1_709_251_199_123_456n],
    ['0', 'null'],
    ['', 'null'],
    ['2023-02-29 00:00:00', 'rejected'],
    ['1900-02-29 00:00:00', 'rejected'],
    ['2024-01-01', 'rejected'],
    ['2024-01-01 24:00:00', 'rejected'],
    ['2024-01-01 00:00:00.1234567', 'rejected'],
    ['2024-01-01 00:00:00\n', 'rejected'],
    ['0000-01-01 00:00:00', 'rejected'],
    ['0001-01-01 00:00:00+00:01', 'rejected'],
    ['9999-12-31 23:59:59-00:01', 'rejected'],
    ['99999999999999999999', 'rejected'],
    ['+5', 'rejected'],
  ])('%j', (text, expected) => {
    const micros = typeof expected === 'bigint' ? expected : null;
    expect(toInstant(text, { kind: 'string' })).toEqual({ micros, rejected: expected === 'rejected' });
  });

  it('other types: dates are midnights, logical timestamps stay, the rest is rejected unless NULL', () => {
    expect(toInstant(1n, { kind: 'date' }).micros).toBe(86_400_000_000n);
    expect(toInstant(0n, { kind: 'timestamp' })).toEqual({ micros: 0n, rejected: false });
    expect(toInstant(1.5, { kind: 'float64' })).toEqual({ micros: null, rejected: true });
    expect(toInstant(null, { kind: 'float64' })).toEqual({ micros: null, rejected: false });
  });

  it('rows before the start date stay out before duplicates are judged; without a time they stay in', () => {
    const time = col('time', 'int64');
    const dumps = [dump(1n, true, file([time], [1n, 2000n], [1n, 999n], [2n, 0n], [3n, 999n], [null, 999n]))];
    const state = click(dumps, undefined, { startDate: 1_000_000_000n });
    expect(rows(state)).toEqual([
      [1n, 2_000_000_000n],
      [2n, null],
    ]);
    expect(state.loads[0]).toMatchObject({ inserted: 2, filtered: 2, rejectedRows: 1, unchanged: 0 });
  });

  it('keeps the raw value of what is no time; raw columns stay as they are', () => {
    const dumps = [dump(1n, true, file([col('Time', 'string')], [1n, 'soon']))];
    expect(click(dumps).rejects).toEqual([
      { dump: 1n, file: 0, row: 0, kind: 'value', column: 'Time', raw: 'soon' },
    ]);
    const raw = click(dumps, undefined, { timestamps: { columns: ['time'], as: 'raw' } });
    expect(rows(raw)).toEqual([[1n, 'soon']]);
    expect(raw.rejects).toEqual([]);
  });
});
