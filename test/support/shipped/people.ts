import type { Row, RowValue } from '../../../src/warehouse/contract.js';
import { personOf } from './merges.js';

/** The loaded tables as they are, and what the resolved schema has to make of them, worked out row by row. */

export interface RawTables {
  readonly users: readonly Row[];
  readonly migrations: readonly Row[];
  readonly pageviews: readonly Row[];
  /** Its key is (user_id, event_id). */
  readonly click: readonly Row[];
  readonly sessions: readonly Row[];
}

type PersonId = (id: RowValue | undefined) => bigint | null;

/** Expected rows by the name of their relation. */
export function resolve(raw: RawTables): Readonly<Record<string, readonly Row[]>> {
  const merges = new Map(
    raw.migrations.map((row) => [row['from_user_id'] as bigint, row['to_user_id'] as bigint | null]),
  );
  const person: PersonId = (id) => (typeof id === 'bigint' ? (personOf(id, merges)?.id ?? id) : null);
  const resolved = (rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => ({
      ...row,
      user_id: person(row['user_id']),
      original_user_id: row['user_id'] ?? null,
    }));
  const pageviews = resolved(raw.pageviews);
  const click = newestOfKey(resolved(raw.click));
  const sessions = resolved(raw.sessions);
  return {
    identity_map: identityRows(merges),
    users: mergedUsers(resolved(raw.users)),
    user_migrations: raw.migrations,
    pageviews,
    click,
    sessions,
    all_events: [...asEvents('pageviews', pageviews), ...asEvents('click', click)],
    sessions_enriched: enriched(sessions, raw),
  };
}

function identityRows(merges: ReadonlyMap<bigint, bigint | null>): readonly Row[] {
  return [...merges.keys()].flatMap((id) => {
    const person = personOf(id, merges);
    if (person === undefined) return [];
    return [
      { original_user_id: id, user_id: person.id, hops: BigInt(person.hops), circular: person.circular },
    ];
  });
}

/** Compares by those columns, greatest first; NULL is the least. */
function descending(...columns: readonly string[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const column of columns) {
      const [x, y] = [a[column] ?? null, b[column] ?? null];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? 1 : -1;
    }
    return 0;
  };
}

function groups(rows: readonly Row[], keyOf: (row: Row) => string): readonly (readonly Row[])[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = found.get(key);
    if (group === undefined) found.set(key, [row]);
    else group.push(row);
  }
  return [...found.values()];
}

function newestOfKey(rows: readonly Row[]): readonly Row[] {
  return groups(rows, (row) => `${String(row['user_id'])} ${String(row['event_id'])}`).flatMap((group) =>
    group.toSorted(descending('_heapload_dump_id', 'original_user_id')).slice(0, 1),
  );
}

function mergedUsers(rows: readonly Row[]): readonly Row[] {
  return groups(rows, (row) => String(row['user_id'])).map((group) => {
    const sorted = group.toSorted(descending('last_modified', '_heapload_dump_id', 'original_user_id'));
    const newest = (column: string): RowValue =>
      sorted.map((row) => row[column] ?? null).find((v) => v !== null) ?? null;
    const extreme = (column: string, isBetter: (a: bigint, b: bigint) => boolean): RowValue =>
      group
        .map((row) => row[column])
        .filter((value) => typeof value === 'bigint')
        .reduce<bigint | null>(
          (best, value) => (best === null || isBetter(value, best) ? value : best),
          null,
        );
    return {
      user_id: sorted[0]?.['user_id'] ?? null,
      email: newest('email'),
      plan: newest('plan'),
      joindate: extreme('joindate', (a, b) => a < b),
      last_modified: extreme('last_modified', (a, b) => a > b),
      original_user_id: sorted[0]?.['original_user_id'] ?? null,
      merged_users: BigInt(group.length),
      _heapload_dump_id: extreme('_heapload_dump_id', (a, b) => a > b),
    };
  });
}

function asEvents(table: string, rows: readonly Row[]): readonly Row[] {
  const columns = ['event_id', 'user_id', 'session_id', 'time', 'original_user_id', '_heapload_dump_id'];
  return rows.map((row) => ({
    event_table_name: table,
    ...Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
  }));
}

const UTM = ['utm_source', 'utm_medium'];

function enriched(sessions: readonly Row[], raw: RawTables): readonly Row[] {
  return sessions.map((session) => {
    const isOf = (row: Row): boolean =>
      row['session_id'] !== null && row['session_id'] === session['session_id'];
    const events = [...raw.pageviews, ...raw.click].filter(isOf);
    const views = raw.pageviews.filter(isOf);
    const times = [session, ...events].map((row) => row['time']).filter((time) => typeof time === 'bigint');
    const sorted = times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const [start, end] = [sorted[0] ?? null, sorted.at(-1) ?? null];
    const touches = sessionsUpTo(session, sessions).filter((row) => UTM.some((name) => row[name] !== null));
    const touch = (row: Row | undefined, prefix: string): readonly (readonly [string, RowValue])[] =>
      UTM.map((name) => [`${prefix}_${name}`, row?.[name] ?? null]);
    return {
      ...session,
      session_start: start,
      session_end: end,
      session_duration_seconds: start === null || end === null ? null : Number(end - start) / 1e6,
      session_events: distinct(events),
      session_pageviews: distinct(views),
      session_landing_path: firstPath(views, 1),
      session_exit_path: firstPath(views, -1),
      ...Object.fromEntries([...touch(touches[0], 'first_touch'), ...touch(touches.at(-1), 'last_touch')]),
    };
  });
}

function distinct(rows: readonly Row[]): bigint {
  return BigInt(new Set(rows.map((row) => row['event_id'])).size);
}

/** By time, those without one last in either direction, then by event. */
function firstPath(views: readonly Row[], direction: 1 | -1): RowValue {
  const [first] = views.toSorted((a, b) => {
    const [x, y] = [a['time'] ?? null, b['time'] ?? null];
    if (x !== y && (x === null || y === null)) return x === null ? 1 : -1;
    if (x !== null && y !== null && x !== y) return x < y ? -direction : direction;
    return Number((a['event_id'] as bigint) - (b['event_id'] as bigint)) * direction;
  });
  return first?.['path'] ?? null;
}

/** Sessions of the same person until this one, in order; a session of nobody known is alone. */
function sessionsUpTo(session: Row, all: readonly Row[]): readonly Row[] {
  if (session['user_id'] === null) return [session];
  const sorted = all
    .filter((row) => row['user_id'] === session['user_id'])
    .toSorted((a, b) => {
      const [x, y] = [a['time'] ?? null, b['time'] ?? null];
      if (x !== y && (x === null || y === null)) return x === null ? 1 : -1;
      if (x !== null && y !== null && x !== y) return x < y ? -1 : 1;
      return Number((a['event_id'] as bigint) - (b['event_id'] as bigint));
    });
  return sorted.slice(0, sorted.findIndex((row) => row['event_id'] === session['event_id']) + 1);
}
