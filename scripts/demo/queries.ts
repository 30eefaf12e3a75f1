/** A question to the loaded tables. */
export interface DemoQuery {
  readonly title: string;
  /** One statement for DuckDB, tables by their bare names. */
  readonly sql: string;
}

/** What somebody who knows Heap would ask first, and what the ledger can tell. */
export const QUERIES: readonly DemoQuery[] = [
  {
    title: 'Who was active, day by day? Anonymous ids become the person they turned out to be.',
    sql: `SELECT coalesce(strftime(time, '%Y-%m-%d'), 'the week') AS day,
  count(*) AS sessions,
  count(DISTINCT original_user_id) AS ids,
  count(DISTINCT user_id) AS people
FROM heap_resolved.sessions
GROUP BY ROLLUP (strftime(time, '%Y-%m-%d'))
ORDER BY day`,
  },
  {
    title:
      'Which channel brought the signups? The model of examples/models reads a property Heap only defines.',
    sql: `SELECT channel, people
FROM heap_models.signups_by_channel
ORDER BY people DESC, channel`,
  },
  {
    title: 'Everything that happened, table by table.',
    sql: `SELECT event_table_name, count(*) AS events, count(DISTINCT user_id) AS people
FROM heap_resolved.all_events
GROUP BY ALL
ORDER BY event_table_name`,
  },
  {
    title: 'Where did the signups come from?',
    sql: `SELECT coalesce(utm_source, '(none)') AS utm_source, count(*) AS signups
FROM signup_completed JOIN sessions USING (session_id)
GROUP BY ALL
ORDER BY signups DESC, utm_source`,
  },
  {
    title: 'Which pages are read most?',
    sql: `SELECT path, count(*) AS views, count(DISTINCT session_id) AS sessions
FROM pageviews
GROUP BY ALL
ORDER BY views DESC, path
LIMIT 5`,
  },
  {
    title: 'plan_seats was a number until dump 99 and text from dump 101 on. Neither is lost.',
    sql: `SELECT _heapload_dump_id AS written_by_dump, count(*) AS users,
  count(plan_seats) AS with_number, count(plan_seats__string) AS with_text,
  string_agg(DISTINCT plan_seats__string, ', ' ORDER BY plan_seats__string) AS texts
FROM users
GROUP BY ALL
ORDER BY written_by_dump`,
  },
  {
    title: 'What could not be loaded as it came, and why?',
    sql: `SELECT load_id, row_index AS row, kind, coalesce(column_name, '') AS column_name, reason,
  CASE kind WHEN 'row' THEN coalesce(raw_value ->> '$.email', raw_value ->> '$.path') ELSE raw_value END AS what
FROM _heapload_rejects
ORDER BY dump_id, load_id, row_index`,
  },
  {
    title: 'Does every row of every file have a place? (The run checks the same before it commits.)',
    sql: `SELECT table_name, count(*) AS loads, sum(rows_read) AS read, sum(rows_inserted) AS inserted,
  sum(rows_updated) AS updated, sum(rows_unchanged) AS duplicates, sum(rows_rejected) AS rejected,
  sum(rows_read) = sum(rows_inserted + rows_updated + rows_unchanged + rows_filtered + rows_rejected) AS adds_up
FROM _heapload_loads
WHERE status = 'loaded'
GROUP BY ALL
ORDER BY table_name`,
  },
];
