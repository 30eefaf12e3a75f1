import { describe, expect, it } from 'vitest';
import type { ColumnsConfig } from '../../../src/config/types.js';
import { type Route, routeColumn, type RouteContext } from '../../../src/plan/route.js';
import type { ColumnState } from '../../../src/plan/state.js';
import { nameKey } from '../../../src/schema/identifiers.js';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import { COLUMNS } from './support.js';

type Kind = LogicalType['kind'];
const typed = (type: Kind | LogicalType): LogicalType =>
  typeof type === 'string' ? ({ kind: type } as LogicalType) : type;

function known(
  ...columns: readonly (readonly [string, Kind | LogicalType | undefined, string?])[]
): ReadonlyMap<string, ColumnState> {
  return new Map(
    columns.map(([name, type, origin]) => [
      nameKey(name),
      {
        name,
        type: type === undefined ? undefined : typed(type),
        nativeType: type === undefined ? 'UUID' : 'X',
        origin,
      },
    ]),
  );
}

function route(
  name: string,
  type: Kind | LogicalType,
  existing = known(),
  config: Partial<ColumnsConfig> = {},
  storedCase: RouteContext['storedCase'] = 'as-is',
): Route {
  const column = { name, type: typed(type) };
  const keys = new Set(['event_id']);
  const context = { table: 'click', keys, config: { ...COLUMNS, ...config }, storedCase };
  return routeColumn({ index: 0, name, column, selected: true }, existing, context);
}

const short = ({ column, conversion, isNew, divertedFrom }: Route): string =>
  `${isNew ? '+' : ''}${column.name} ${column.type.kind} ${conversion}${divertedFrom === undefined ? '' : ` not ${divertedFrom.name}`}`;

describe('where a column goes', () => {
  it.each<[string, Kind, Kind | undefined, string]>([
    ['a', 'string', undefined, '+a string keep'],
    ['a', 'json', undefined, '+a json keep'],
    ['a', 'int64', 'int64', 'a int64 keep'],
    ['a', 'int64', 'float64', 'a float64 int64-to-float64'],
    ['a', 'float64', 'int64', '+a__float64 float64 keep not a'],
    ['a', 'bool', 'string', 'a string bool-to-string'],
    ['a', 'float64', 'string', 'a string float64-to-string'],
    ['a', 'timestamp', 'string', 'a string timestamp-to-string'],
    ['a', 'bytes', 'string', '+a__bytes bytes keep not a'],
    ['a', 'json', 'string', '+a__json json keep not a'],
    ['a', 'string', 'int64', '+a__string string keep not a'],
    ['a', 'date', 'timestamp', '+a__date date keep not a'],
    ['time', 'string', undefined, '+time timestamp string-to-timestamp'],
    ['TIME', 'int64', undefined, '+TIME timestamp int64-to-timestamp'],
    ['time', 'timestamp', undefined, '+time timestamp keep'],
    ['time', 'bool', undefined, '+time timestamp unparsable'],
    ['time', 'int64', 'timestamp', 'time timestamp int64-to-timestamp'],
    ['time', 'int64', 'string', 'time string int64-to-string'],
  ])('%s %s where it is %s: %s', (name, type, there, expected) => {
    expect(short(route(name, type, there === undefined ? known() : known([name, there])))).toBe(expected);
  });

  it('names compare without case and the table keeps its own', () => {
    expect(short(route('LABEL', 'string', known(['label', 'string'])))).toBe('label string keep');
  });

  it('a warehouse that stores names in upper case keeps none: the source spells them, as it did at first', () => {
    const folded = (existing: ReturnType<typeof known>): string =>
      short(route('label', 'string', existing, {}, 'upper'));
    expect(folded(known(['LABEL', 'string']))).toBe('label string keep');
    expect(folded(known(['LABEL', 'string', 'Label']))).toBe('Label string keep');
    expect(folded(known(['LABEL', 'int64', 'label'], ['LABEL__STRING', 'string', 'label']))).toBe(
      'label__string string keep not label',
    );
  });

  it('raw timestamps stay what they are', () => {
    expect(short(route('time', 'string', known(), { timestamps: { columns: ['time'], as: 'raw' } }))).toBe(
      '+time string keep',
    );
  });

  it('a variant column is used again, also by a type that fits into it', () => {
    const there = known(['a', 'int64'], ['a__string', 'string', 'a'], ['a__float64', 'float64', 'a']);
    expect(short(route('a', 'string', there))).toBe('a__string string keep not a');
    expect(short(route('a', 'float64', there))).toBe('a__float64 float64 keep not a');
  });

  it('decimals: into a wider one, else beside, else beside with their size', () => {
    const decimal = (precision: number, scale: number): LogicalType => ({
      kind: 'decimal',
      precision,
      scale,
    });
    expect(route('a', decimal(10, 2), known(['a', decimal(12, 2)])).conversion).toBe('decimal-to-decimal');
    expect(route('a', decimal(12, 3), known(['a', decimal(12, 2)])).column.name).toBe('a__decimal');
    const there = known(['a', decimal(12, 2)], ['a__decimal', decimal(12, 3), 'a']);
    expect(route('a', decimal(20, 9), there).column.name).toBe('a__decimal_20_9');
  });

  it.each([
    ['a key that cannot be one', () => route('event_id', 'float64'), 'KEY_TYPE'],
    ['a key of nested values', () => route('event_id', 'json'), 'KEY_TYPE'],
    ['a key that changed', () => route('event_id', 'string', known(['event_id', 'int64'])), 'KEY_TYPE'],
    [
      'a change under on_type_change: fail',
      () => route('a', 'string', known(['a', 'int64']), { onTypeChange: 'fail' }),
      'TYPE_CHANGED',
    ],
    ['a column somebody else made', () => route('a', 'string', known(['a', undefined])), 'COLUMN_FOREIGN'],
    [
      'a name that a variant has taken',
      () => route('a__bytes', 'bytes', known(['a__bytes', 'bytes', 'a'])),
      'NAME_COLLISION',
    ],
    [
      'a variant whose name is taken',
      () => route('a', 'bytes', known(['a', 'string'], ['a__bytes', 'bytes', 'a__bytes'])),
      'NAME_COLLISION',
    ],
  ])('%s stops the table', (_, work, code) => {
    expect(work).toThrow(expect.objectContaining({ code }) as Error);
  });
});
