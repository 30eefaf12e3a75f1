import { describe, expect, it } from 'vitest';
import { comparableNumber, likePattern } from '../../../../src/models/definitions/compile.js';
import { fieldOf, propertyColumn } from '../../../../src/models/definitions/fields.js';
import { FLOAT64, INT64, STRING } from '../../../../src/schema/logical-types.js';
import { loadedTable } from '../../../support/shipped/compile.js';

describe('comparableNumber', () => {
  it.each<[kind: string, text: string, number: ReturnType<typeof comparableNumber>]>([
    ['int64', '5', 5n],
    ['int64', '+5', 5n],
    ['int64', '-0', 0n],
    ['int64', '5.0', 5n],
    ['int64', '5e2', 500n],
    ['int64', '5.5', 'never'],
    ['int64', '9007199254740993', 9007199254740993n],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['int64', '9223372036854775808', 'never'],
    ['int64', '1e300', 'never'],
    ['float64', '.5', 0.5],
    ['float64', '1e999', 'never'],
    ['float64', '12', 12],
    ['int64', 'five', undefined],
    ['int64', ' 5', undefined],
    ['int64', '', undefined],
    ['float64', 'NaN', undefined],
    ['string', '5', undefined],
  ])('in a column of %s, %j is %s', (kind, text, number) => {
    expect(comparableNumber(kind, text)).toBe(number);
  });
});

it.each([
  ['*', '%'],
  ['a*b*', 'a%b%'],
  ['100%', '100\\%'],
  ['a_b', 'a\\_b'],
  ['c:\\*', 'c:\\\\%'],
  ['', ''],
])('the pattern %j is LIKE %j', (pattern, like) => {
  expect(likePattern(pattern)).toBe(like);
});

describe('the column of a property', () => {
  const table = loadedTable('click', ['event_id'], {
    seats: INT64,
    seats__string: STRING,
    seats__float64: FLOAT64,
    seats__other: STRING,
    seats_string: STRING,
    plan_name: STRING,
    _2fa: STRING,
  });
  const stagedOf = (property: string): readonly string[] | undefined =>
    fieldOf(table, property)?.sources.map(({ staged }) => staged);

  it('is the one of its name, later variants of its type before it', () => {
    expect(stagedOf('seats')).toEqual(['seats__float64', 'seats__string', 'seats']);
    expect(stagedOf('SEATS')).toEqual(stagedOf('seats'));
    expect(stagedOf('Plan Name')).toEqual(['plan_name']);
    expect(stagedOf('2FA')).toEqual(['_2fa']);
    expect(stagedOf('nothing')).toBeUndefined();
  });

  it.each([
    ['Plan Name', 'plan_name'],
    ['2FA', '_2fa'],
    ['größe', 'gr_e'],
  ])('%j is called %s', (property, column) => {
    expect(propertyColumn(property)).toBe(column);
  });
});
