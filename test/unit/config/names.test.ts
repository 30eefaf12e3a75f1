import { describe, expect, it } from 'vitest';
import { MINIMAL, load, problemsIn } from './support.js';

describe('tables', () => {
  it.each([
    [
      'tables: { keys: { sessions: [session_id, Session_ID] } }',
      '3:42  tables.keys.sessions, item 2 repeats "Session_ID"; expected each column once',
    ],
    [
      'tables: { keys: { "Sign Up": [id] } }',
      '3:19  tables.keys."Sign Up": tables go by their names in the warehouse here; expected sign_up',
    ],
    [
      'columns: { include: { Users: [id] } }',
      '3:23  columns.include.Users: tables go by their names in the warehouse here; expected users',
    ],
    [
      'columns: { exclude: { "": [id] } }',
      '3:23  columns.exclude."": tables go by their names in the warehouse here; expected the table\'s name',
    ],
    [
      'tables: { rename: { a: "sign up" } }',
      '3:24  tables.rename.a is "sign up"; expected lower-case letters, digits and _',
    ],
    [
      'tables: { rename: { a: _heapload_x } }',
      '3:24  tables.rename.a is "_heapload_x"; expected a name that does not start with _heapload_',
    ],
    [
      'tables: { rename: { a: c, b: c } }',
      '3:30  tables.rename.b: "a" and "b" both become "c"; expected two different names',
    ],
  ])('%s', (line, problem) => {
    expect(problemsIn(`${line}\n`)).toEqual([problem]);
  });
});

describe('renamed columns', () => {
  it.each([
    [
      'users: { a: x-y }',
      '3:34  columns.rename.users.a is "x-y"; expected letters, digits and _, not starting with a digit',
    ],
    [
      'users: { a: _Heapload_row }',
      '3:34  columns.rename.users.a is "_Heapload_row"; expected a name that does not start with _heapload_',
    ],
    [
      'users: { a: c, b: C }',
      '3:40  columns.rename.users.b: "a" and "b" both become "C"; expected two different names',
    ],
    [
      'users: { a: c }, "*": { b: c }',
      '3:34  columns.rename.users.a: "b" and "a" both become "c"; expected two different names',
    ],
    [
      'users: { user_id: id }',
      '3:31  columns.rename.users.user_id renames a key column of users; expected its new name under tables.keys',
    ],
    [
      'clicks: { event_id: id }',
      '3:32  columns.rename.clicks.event_id renames a key column of clicks; expected its new name under tables.keys',
    ],
    [
      '"*": { event_id: id }',
      '3:29  columns.rename.*.event_id renames a key column of tables without a key of their own; expected its new name under tables.keys',
    ],
    [
      '"*": { from_user_id: id }',
      '3:29  columns.rename.*.from_user_id renames a key column of user_migrations; expected its new name under tables.keys',
    ],
  ])('%s', (renames, problem) => {
    expect(problemsIn(`columns: { rename: { ${renames} } }\n`)).toEqual([problem]);
  });

  it.each([
    'columns: { rename: { users: { a: c }, clicks: { b: c } } }',
    'columns: { rename: { users: { a: c }, "*": { a: c } } }',
    'columns: { rename: { users: { user_id: id } } }\ntables: { keys: { users: [id] } }',
    'columns: { rename: { users: { user_id: old_id, uid: user_id } } }',
    'columns: { rename: { users: { user_id: USER_ID } } }',
    'columns: { rename: { "*": { user_id: id }, users: { user_id: USER_ID } } }',
  ])('%s is fine', (lines) => {
    expect(() => load(`${MINIMAL}${lines}\n`)).not.toThrow();
  });
});

describe('columns.exclude', () => {
  it.each([
    ['users: ["*"]', '', '"*" matches user_id, a key column of users', '3:31', 'users, item 1'],
    [
      'users: [email, "USER_*"]',
      '',
      '"USER_*" matches user_id, a key column of users',
      '3:38',
      'users, item 2',
    ],
    [
      'user_migrations: [from_user_id]',
      '',
      '"from_user_id" matches from_user_id, a key column of user_migrations',
      '3:41',
      'user_migrations, item 1',
    ],
    [
      'clicks: ["event?id"]',
      '',
      '"event?id" matches event_id, a key column of clicks',
      '3:32',
      'clicks, item 1',
    ],
    ['"*": [event_id]', '', '"event_id" matches event_id, a key column of event tables', '3:29', '*, item 1'],
    ['"*": ["user_*"]', '', '"user_*" matches user_id, a key column of users', '3:29', '*, item 1'],
    [
      '"*": [day]',
      'tables: { keys: { totals: [day] } }\n',
      '"day" matches day, a key column of totals',
      '3:29',
      '*, item 1',
    ],
    [
      'sessions: [user_id]',
      'tables: { keys: { sessions: [session_id, user_id] } }\n',
      '"user_id" matches user_id, a key column of sessions',
      '3:34',
      'sessions, item 1',
    ],
  ])('%s', (exclude, tables, problem, position, place) => {
    expect(problemsIn(`columns: { exclude: { ${exclude} } }\n${tables}`)).toEqual([
      `${position}  columns.exclude.${place}: ${problem}; expected globs that leave keys in`,
    ]);
  });

  it.each([
    'columns: { exclude: { clicks: [user_id] } }',
    'columns: { exclude: { users: ["*email*"] } }',
    'columns: { exclude: { users: [user_id] } }\ntables: { keys: { users: [identity] } }',
    'columns: { include: { users: [email] } }',
  ])('%s is fine', (lines) => {
    expect(() => load(`${MINIMAL}${lines}\n`)).not.toThrow();
  });

  it('goes by final names, so that nothing slips through under a new one', () => {
    expect(
      problemsIn('columns: { rename: { users: { ssn: social } }, exclude: { users: [SSN] } }\n'),
    ).toEqual([
      '3:67  columns.exclude.users, item 1: "SSN" is renamed, and columns go by their new names here; expected "social"',
    ]);
    expect(problemsIn('columns: { rename: { "*": { a: b } }, include: { users: [a] } }\n')).toEqual([
      '3:58  columns.include.users, item 1: "a" is renamed, and columns go by their new names here; expected "b"',
    ]);
    expect(() =>
      load(`${MINIMAL}columns: { rename: { users: { a: b, c: a } }, exclude: { users: [a] } }\n`),
    ).not.toThrow();
  });
});
