import { DuckDBInstance } from '@duckdb/node-api';
import { type Took, stopwatch } from '../duckdb/stopwatch.js';
import { report } from './figures.js';

// The same relations by the shortest SQL that gives them here. It knows the tables, takes for granted that no merges go
// round in a circle, that keys stay unique and that every session has a user. by-hand.js <database> <merges: yes|no>
const [database = '', merges] = process.argv.slice(2);
const schema = 'by_hand';

const MAP = `WITH RECURSIVE people AS (
  SELECT m.from_user_id AS original_user_id, m.to_user_id AS user_id, 1 AS hops
  FROM heap.user_migrations AS m
  WHERE m.to_user_id NOT IN (SELECT from_user_id FROM heap.user_migrations)
  UNION ALL
  SELECT m.from_user_id, people.user_id, people.hops + 1
  FROM people JOIN heap.user_migrations AS m ON m.to_user_id = people.original_user_id
)
SELECT *, FALSE AS circular FROM people`;

const person = (of: string): string =>
  merges === 'yes'
    ? `LEFT JOIN ${schema}.identity_map AS p ON p.original_user_id = ${of}.user_id`
    : 'LEFT JOIN (SELECT NULL::BIGINT AS user_id) AS p ON FALSE';

const resolved = (table: string): string =>
  `SELECT t.* REPLACE (coalesce(p.user_id, t.user_id) AS user_id), t.user_id AS original_user_id
   FROM heap.${table} AS t ${person('t')}`;

const newest = (name: string): string =>
  `arg_max(${name}, (last_modified, original_user_id)) FILTER (${name} IS NOT NULL) AS ${name}`;

const USERS = `SELECT user_id, ${newest('email')}, ${newest('plan')}, min(joindate) AS joindate,
  max(last_modified) AS last_modified, arg_max(original_user_id, (last_modified, original_user_id)) AS original_user_id,
  count(*) AS merged_users, max(_heapload_dump_id) AS _heapload_dump_id
FROM (${resolved('users')}) GROUP BY user_id`;

const EVENTS = ['click', 'pageviews']
  .map((table) => `SELECT '${table}' AS event_table_name, * FROM ${schema}.${table}`)
  .join(' UNION ALL BY NAME ');

const touch = (which: 'first' | 'last'): string =>
  `${which}_value(CASE WHEN coalesce(utm_source, utm_medium) IS NOT NULL THEN {a: utm_source, b: utm_medium} END IGNORE NULLS)
   OVER (PARTITION BY user_id ORDER BY "time", event_id ROWS UNBOUNDED PRECEDING) AS ${which}_touch`;

const SESSIONS = `WITH e AS (
  SELECT session_id, min("time") AS first_time, max("time") AS last_time, count(DISTINCT event_id) AS events,
    count(DISTINCT event_id) FILTER (event_table_name = 'pageviews') AS pageviews,
    arg_min(path, ("time", event_id)) FILTER (event_table_name = 'pageviews') AS landing,
    arg_max(path, ("time", event_id)) FILTER (event_table_name = 'pageviews') AS exit_path
  FROM ${schema}.all_events GROUP BY session_id
), s AS (SELECT *, ${touch('first')}, ${touch('last')} FROM ${schema}.sessions)
SELECT s.* EXCLUDE (first_touch, last_touch), least(s."time", e.first_time) AS session_start,
  greatest(s."time", e.last_time) AS session_end,
  (epoch_us(session_end) - epoch_us(session_start)) / 1000000 AS session_duration_seconds,
  coalesce(e.events, 0) AS session_events, coalesce(e.pageviews, 0) AS session_pageviews,
  e.landing AS session_landing_path, e.exit_path AS session_exit_path,
  s.first_touch.a AS first_touch_utm_source, s.last_touch.a AS last_touch_utm_source,
  s.first_touch.b AS first_touch_utm_medium, s.last_touch.b AS last_touch_utm_medium
FROM s LEFT JOIN e USING (session_id)`;

const instance = await DuckDBInstance.create(database, { memory_limit: '1GB', threads: '2' });
const connection = await instance.connect();
await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
const models: (readonly [string, Took])[] = [];
const time = stopwatch();
for (const [name, query] of [
  ...(merges === 'yes' ? [['identity_map', MAP] as const] : []),
  ['user_migrations', 'SELECT * FROM heap.user_migrations'] as const,
  ...['click', 'pageviews', 'sessions'].map((table) => [table, resolved(table)] as const),
  ['users', USERS] as const,
  ['all_events', EVENTS] as const,
  ['sessions_enriched', SESSIONS] as const,
]) {
  const ofModel = stopwatch();
  await connection.run(`CREATE OR REPLACE TABLE ${schema}.${name} AS ${query}`);
  models.push([name, ofModel()]);
}
const total = time();
connection.closeSync();
instance.closeSync();
report({ models, total });
