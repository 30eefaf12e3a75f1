import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnSelected,
  keyColumnsOf,
  matchesAny,
  renamedColumn,
  renamedTable,
  tableSelected,
} from '../../../src/config/selection.js';

describe('tableSelected', () => {
  const tables = { include: ['*'], exclude: ['_event_metadata', 'tmp_*'] };

  it('includes, then excludes', () => {
    expect(tableSelected(tables, 'users')).toBe(true);
    expect(tableSelected(tables, '_event_metadata')).toBe(false);
    expect(tableSelected(tables, 'tmp_clicks')).toBe(false);
    expect(tableSelected({ include: ['users', 'sess*'], exclude: [] }, 'clicks')).toBe(false);
    expect(tableSelected({ include: ['users', 'sess*'], exclude: [] }, 'sessions')).toBe(true);
  });

  it('goes by the name in the source as well', () => {
    expect(tableSelected({ include: ['Sign Up'], exclude: [] }, 'sign_up_button', 'Sign Up')).toBe(true);
    expect(tableSelected({ include: ['*'], exclude: ['sign up'] }, 'sign_up_button', 'Sign Up')).toBe(false);
    expect(tableSelected({ include: ['*'], exclude: ['sign_up_*'] }, 'sign_up_button', 'Sign Up')).toBe(
      false,
    );
  });
});

describe('columnSelected', () => {
  it('takes everything when nothing is said', () => {
    expect(columnSelected({ include: {}, exclude: {} }, 'users', 'email', ['user_id'])).toBe(true);
  });

  it('counts the lists of * and of the table together', () => {
    const columns = {
      include: { '*': ['time'], users: ['e*'] },
      exclude: { '*': ['*_raw'], users: ['email2'] },
    };
    const selected = (table: string, column: string) => columnSelected(columns, table, column, ['id']);
    expect(selected('users', 'time')).toBe(true);
    expect(selected('users', 'Email')).toBe(true);
    expect(selected('users', 'email2')).toBe(false);
    expect(selected('users', 'email_raw')).toBe(false);
    expect(selected('users', 'city')).toBe(false);
    expect(selected('clicks', 'time')).toBe(true);
    expect(selected('clicks', 'email')).toBe(false);
  });

  it('leaves other tables alone', () => {
    expect(columnSelected({ include: { users: ['email'] }, exclude: {} }, 'clicks', 'city', [])).toBe(true);
  });

  it('always takes keys, whatever is configured', () => {
    const globs = fc.array(fc.constantFrom('*', 'user_id', 'x', 'USER*'), { maxLength: 3 });
    fc.assert(
      fc.property(globs, globs, (include, exclude) => {
        expect(
          columnSelected({ include: { t: include }, exclude: { '*': exclude } }, 't', 'User_ID', ['user_id']),
        ).toBe(true);
      }),
    );
  });

  it('takes nothing but keys when the list is empty', () => {
    expect(columnSelected({ include: { t: [] }, exclude: {} }, 't', 'a', ['id'])).toBe(false);
    expect(columnSelected({ include: { t: [] }, exclude: {} }, 't', 'id', ['id'])).toBe(true);
  });
});

describe('matchesAny', () => {
  it.each([
    ['*', 'anything at/all\nreally', true],
    ['*', '..', true],
    ['utm_*', 'UTM_Source', true],
    ['utm_*', 'xutm_source', false],
    ['*_id', 'a/b_id', true],
    ['*x', '.hidden.x', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['{a,b}_*', 'B_1', true],
    ['[ab]1', 'b1', true],
    ['total (usd)', 'Total (USD)', true],
    ['a[1', 'a[1', true],
    ['!users', 'sessions', false],
    ['!users', '!users', true],
  ])('%s and %j: %s', (glob, name, expected) => {
    expect(matchesAny([glob], name)).toBe(expected);
  });

  it('always matches a name by itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        expect(matchesAny([name], name)).toBe(true);
      }),
    );
  });

  it('matches nothing without globs', () => {
    expect(matchesAny([], 'a')).toBe(false);
  });
});

describe('keyColumnsOf', () => {
  it('knows the keys of Heap', () => {
    const tables = { keys: {} };
    expect(keyColumnsOf(tables, 'users')).toEqual(['user_id']);
    expect(keyColumnsOf(tables, 'user_migrations')).toEqual(['from_user_id']);
    expect(keyColumnsOf(tables, 'pageviews')).toEqual(['event_id']);
    expect(keyColumnsOf(tables, 'constructor')).toEqual(['event_id']);
  });

  it('takes those that are configured', () => {
    const tables = { keys: { sessions: ['session_id', 'user_id'], users: ['identity'] } };
    expect(keyColumnsOf(tables, 'sessions')).toEqual(['session_id', 'user_id']);
    expect(keyColumnsOf(tables, 'users')).toEqual(['identity']);
    expect(keyColumnsOf(tables, 'clicks')).toEqual(['event_id']);
  });
});

describe('renames', () => {
  it('go by the exact name in the source, so that one of two spellings can be told apart', () => {
    expect(renamedTable({ rename: { 'sign up': 'sign_up_2' } }, 'sign up')).toBe('sign_up_2');
    expect(renamedTable({ rename: { 'sign up': 'sign_up_2' } }, 'Sign Up')).toBeUndefined();
    expect(renamedTable({ rename: {} }, 'constructor')).toBeUndefined();
  });

  it('of a table stand before those of every table', () => {
    const columns = { rename: { '*': { a: 'every', b: 'every_b' }, users: { a: 'own' } } };
    expect(renamedColumn(columns, 'users', 'a')).toBe('own');
    expect(renamedColumn(columns, 'users', 'b')).toBe('every_b');
    expect(renamedColumn(columns, 'clicks', 'a')).toBe('every');
    expect(renamedColumn(columns, 'clicks', 'A')).toBeUndefined();
    expect(renamedColumn(columns, 'clicks', 'toString')).toBeUndefined();
  });
});
