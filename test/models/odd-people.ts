import { dump, file, full, incremental } from '../conformance/data.js';
import type { DumpSpec } from '../support/dump-writer.js';
import type { Overrides } from '../support/world.js';

/** `click` has the user in its key, so that rows of two ids can become one. */
export const ODD_OVERRIDES: Overrides = { tables: { keys: { click: ['user_id', 'event_id'] } } };

const EVENT = {
  event_id: 'long',
  user_id: 'long',
  session_id: 'long',
  time: 'string',
  utm_source: 'string',
  utm_medium: 'string',
};

type Id = number | null;
type Text = string | null;

function migrations(...pairs: readonly (readonly [from: number, to: Id])[]) {
  return full(
    'user_migrations',
    file(
      { from_user_id: 'long', to_user_id: 'long', time: 'long' },
      pairs.map(([from, to]) => ({ from_user_id: BigInt(from), to_user_id: id(to), time: 0n })),
    ),
  );
}

function users(...rows: readonly (readonly [user: number, email: Text, joined: Text, modified: Text])[]) {
  return file(
    { user_id: 'long', email: 'string', seats: 'long', joindate: 'string', last_modified: 'string' },
    rows.map(([user_id, email, joindate, last_modified]) => ({
      user_id: BigInt(user_id),
      email,
      seats: email === null ? null : BigInt(email.length),
      joindate,
      last_modified,
    })),
  );
}

type EventRow = readonly [event: number, user: Id, session: Id, time: Text, ...more: readonly Text[]];

/** Rows of an event table: what all have, `utm_source` and `utm_medium`, and then its own columns. */
function events(own: readonly string[], ...rows: readonly EventRow[]) {
  const names = ['utm_source', 'utm_medium', ...own];
  return file(
    { ...EVENT, ...Object.fromEntries(own.map((name) => [name, 'string'])) },
    rows.map(([event_id, user_id, session_id, time, ...more]) => ({
      event_id: BigInt(event_id),
      user_id: id(user_id),
      session_id: id(session_id),
      time,
      ...Object.fromEntries(names.map((name, n) => [name, more[n] ?? null])),
    })),
  );
}

function id(value: Id): bigint | null {
  return value === null ? null : BigInt(value);
}

const at = (minute: number): string => `2026-01-01 00:${String(minute).padStart(2, '0')}:30.25`;

const clause = (property_name: string, operator: string, value?: string): object => ({
  property_name,
  operator,
  ...(value === undefined ? {} : { value }),
});

/** Every operator, and values that a pattern, a quote or a backslash could be taken for. */
const DEFINITIONS = [
  {
    property_name: 'Channel',
    type: 'event',
    cases: [
      {
        value: { type: 'constant', value: `it's 100% \\ paid` },
        condition: {
          clauses: [clause('utm_medium', '=', 'cpc'), clause('utm_source', 'matches', 'GOO*_100%')],
          clause_combinator: 'or',
        },
      },
      {
        value: { type: 'field', value: 'utm_medium' },
        condition: {
          clauses: [
            clause('utm_source', 'isdef'),
            clause('utm_source', 'contains', 'o'),
            clause('utm_source', 'notcontains', '\\'),
            clause('utm_medium', '!=', 'email'),
            clause('utm_medium', 'notmatches', 'x*'),
            clause('label', 'notdef'),
          ],
          clause_combinator: 'and',
        },
      },
    ],
    default_value: { type: 'field', value: 'utm_source' },
  },
  {
    property_name: 'size',
    type: 'user',
    cases: [
      {
        value: { type: 'field', value: 'seats' },
        condition: { clauses: [clause('seats', '=', '3')], clause_combinator: 'and' },
      },
    ],
    default_value: { type: 'constant', value: 'other' },
  },
];

/**
 * Two dumps. The first has a chain, a fan, a circle, a way into it, an id merged into itself and one into nobody; the
 * second has a smaller map, rows that become one, and a column more.
 */
export const ODD_DUMPS: readonly DumpSpec[] = [
  {
    ...dump(
      1n,
      migrations([1, 2], [2, 3], [9, 3], [4, 5], [5, 6], [6, 4], [10, 5], [7, 7], [8, null]),
      full(
        'users',
        users(
          [1, 'a@x', at(1), at(3)],
          [2, null, at(0), at(9)],
          [3, 'cc@x', null, at(3)],
          [4, 'd@x', at(5), null],
          [6, 'f@xx', at(4), null],
          [7, null, null, null],
          [11, 'k@x', at(2), at(2)],
        ),
      ),
      full(
        'pageviews',
        events(
          ['path'],
          [1, 1, 1, at(3), 'google', null, '/b'],
          [2, 2, 1, at(2), 'goo_100%', null, '/a'],
          [3, 3, 1, null, null, 'cpc', '/c'],
          [4, 5, 2, at(4), 'Go\\o', 'email', null],
          [5, null, 3, at(5), 'GOOx_100%', 'x', '/a'],
        ),
      ),
      full(
        'click',
        events(
          ['label'],
          [7, 1, 1, at(8), 'google', null, 'buy'],
          [7, 2, 1, at(8), 'bing', null, 'sell'],
          [8, 11, null, null, null, null, `it's`],
          [1, 3, 1, at(3), 'foo', 'x1', null],
        ),
      ),
      full(
        'sessions',
        events(
          [],
          [1, 1, 1, at(1), 'google', 'cpc'],
          [2, 5, 2, at(4), null, null],
          [3, null, 3, at(5), 'bing', null],
          [4, 3, 4, at(6), null, null],
          [5, 2, 5, at(7), null, 'email'],
          [6, null, 6, null, null, null],
        ),
      ),
    ),
    propertyDefinitions: DEFINITIONS,
  },
  {
    ...dump(
      2n,
      migrations([1, 3], [4, 5]),
      incremental('users', users([1, 'new@x', at(1), at(20)], [12, null, null, at(1)])),
      incremental('pageviews', events(['path', 'title'], [6, 9, 4, at(6), null, null, '/end', 'End'])),
      incremental('click', events(['label'], [7, 3, 1, at(9), 'google', null, 'again'])),
    ),
    propertyDefinitions: DEFINITIONS.slice(1),
  },
];
