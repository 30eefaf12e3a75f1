-- ---- loaded table click

CREATE TABLE IF NOT EXISTS "heap"."click" (
  "event_id" VARCHAR,
  "user_id" VARCHAR,
  "session_id" BIGINT,
  "time" TIMESTAMP,
  "utm_source" VARCHAR,
  "utm_medium" VARCHAR,
  "utm_campaign" VARCHAR,
  "label" VARCHAR,
  "seats" BIGINT,
  "seats__string" VARCHAR,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- loaded table form_sent

CREATE TABLE IF NOT EXISTS "heap"."form_sent" (
  "event_id" BIGINT,
  "user_id" BIGINT,
  "session_id" BIGINT,
  "time" TIMESTAMP,
  "utm_source" VARCHAR,
  "utm_medium" VARCHAR,
  "utm_campaign" VARCHAR,
  "amount" DOUBLE,
  "tags" JSON,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- loaded table pageviews

CREATE TABLE IF NOT EXISTS "heap"."pageviews" (
  "event_id" BIGINT,
  "user_id" BIGINT,
  "session_id" BIGINT,
  "time" TIMESTAMP,
  "utm_source" VARCHAR,
  "utm_medium" VARCHAR,
  "utm_campaign" VARCHAR,
  "path" VARCHAR,
  "title" VARCHAR,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- loaded table sessions

CREATE TABLE IF NOT EXISTS "heap"."sessions" (
  "event_id" BIGINT,
  "user_id" BIGINT,
  "session_id" BIGINT,
  "time" TIMESTAMP,
  "utm_source" VARCHAR,
  "utm_medium" VARCHAR,
  "utm_campaign" VARCHAR,
  "landing_page" VARCHAR,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- loaded table user_migrations

CREATE TABLE IF NOT EXISTS "heap"."user_migrations" (
  "from_user_id" BIGINT,
  "to_user_id" BIGINT,
  "time" TIMESTAMP,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- loaded table users

CREATE TABLE IF NOT EXISTS "heap"."users" (
  "user_id" BIGINT,
  "email" VARCHAR,
  "joindate" TIMESTAMP,
  "last_modified" TIMESTAMP,
  "seats" DOUBLE,
  "_heapload_dump_id" BIGINT,
  "_heapload_file_key" VARCHAR
);

-- ---- model identity_map (table) as heap_resolved.identity_map

CREATE OR REPLACE TABLE "heap_resolved"."identity_map" AS
WITH RECURSIVE merges AS (
  SELECT CAST(_heapload_staged."from_user_id" AS VARCHAR) AS "user_id", CAST(_heapload_staged."to_user_id" AS VARCHAR) AS "next_id"
  FROM "heap"."user_migrations" AS _heapload_staged
  WHERE CAST(_heapload_staged."from_user_id" AS VARCHAR) IS NOT NULL AND CAST(_heapload_staged."to_user_id" AS VARCHAR) IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY CAST(_heapload_staged."from_user_id" AS VARCHAR) ORDER BY _heapload_staged."_heapload_dump_id" DESC, CAST(_heapload_staged."to_user_id" AS VARCHAR) DESC) = 1
),
walks AS (
  SELECT
    merges."user_id" AS "start_id",
    merges."next_id" AS "at_id",
    merges."user_id" AS "mark_id",
    1 AS "steps",
    1 AS "lap"
  FROM merges
  WHERE merges."user_id" IN (SELECT "next_id" FROM merges)
  UNION ALL
  SELECT
    walks."start_id",
    merges."next_id",
    CASE WHEN walks."steps" = walks."lap" THEN walks."at_id" ELSE walks."mark_id" END,
    CASE WHEN walks."steps" = walks."lap" THEN 1 ELSE walks."steps" + 1 END,
    CASE WHEN walks."steps" = walks."lap" THEN walks."lap" * 2 ELSE walks."lap" END
  FROM walks
  JOIN merges ON merges."user_id" = walks."at_id"
  WHERE walks."at_id" > walks."start_id" AND walks."at_id" <> walks."mark_id"
),
circles AS (
  SELECT DISTINCT "start_id" AS "user_id" FROM walks WHERE "at_id" = "start_id"
),
ways AS (
  SELECT merges."user_id", merges."next_id"
  FROM merges
  LEFT JOIN circles ON circles."user_id" = merges."user_id"
  WHERE circles."user_id" IS NULL
),
ends AS (
  SELECT ways."user_id", ways."next_id"
  FROM ways
  LEFT JOIN ways AS onward ON onward."user_id" = ways."next_id"
  WHERE onward."user_id" IS NULL
),
people AS (
  SELECT ends."user_id", ends."next_id" AS "person_id", 1 AS "hops"
  FROM ends
  UNION ALL
  SELECT ways."user_id", people."person_id", people."hops" + 1
  FROM people
  JOIN ways ON ways."next_id" = people."user_id"
)
SELECT
  people."user_id" AS "original_user_id",
  people."person_id" AS "user_id",
  people."hops" AS "hops",
  circles."user_id" IS NOT NULL AS "circular"
FROM people
LEFT JOIN circles ON circles."user_id" = people."person_id"
UNION ALL
SELECT "user_id", "user_id", 0, TRUE
FROM circles;

-- ---- model user_migrations_resolved (view) as heap_resolved.user_migrations

CREATE OR REPLACE VIEW "heap_resolved"."user_migrations" AS
SELECT
  _heapload_staged."from_user_id" AS "from_user_id",
  _heapload_staged."to_user_id" AS "to_user_id",
  _heapload_staged."time" AS "time",
  _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
FROM "heap"."user_migrations" AS _heapload_staged;

-- ---- model click_resolved (view) as heap_resolved.click

CREATE OR REPLACE VIEW "heap_resolved"."click" AS
SELECT
  _heapload_staged."event_id" AS "event_id",
  COALESCE(_heapload_person."user_id", _heapload_staged."user_id") AS "user_id",
  _heapload_staged."session_id" AS "session_id",
  _heapload_staged."time" AS "time",
  _heapload_staged."utm_source" AS "utm_source",
  _heapload_staged."utm_medium" AS "utm_medium",
  _heapload_staged."utm_campaign" AS "utm_campaign",
  _heapload_staged."label" AS "label",
  _heapload_staged."seats" AS "seats",
  _heapload_staged."seats__string" AS "seats__string",
  _heapload_staged."user_id" AS "original_user_id",
  CASE WHEN COALESCE((_heapload_staged."utm_medium") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."utm_source") LIKE LOWER('goo%\_100\%') ESCAPE '\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."utm_source") IS NOT NULL AND NOT (COALESCE((_heapload_staged."utm_medium") = 'email', FALSE)) AND NOT (COALESCE(STRPOS(_heapload_staged."label", 'x') > 0, FALSE)) AND FALSE AND TRUE AND NOT ((_heapload_staged."utm_campaign") IS NOT NULL) THEN COALESCE(_heapload_staged."seats__string", CAST(_heapload_staged."seats" AS VARCHAR)) ELSE _heapload_staged."utm_source" END AS "marketing_channel",
  _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
FROM "heap"."click" AS _heapload_staged
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = _heapload_staged."user_id";

-- ---- model form_sent_resolved (view) as heap_resolved.form_sent

CREATE OR REPLACE VIEW "heap_resolved"."form_sent" AS
SELECT
  _heapload_ranked."event_id",
  _heapload_ranked."user_id",
  _heapload_ranked."session_id",
  _heapload_ranked."time",
  _heapload_ranked."utm_source",
  _heapload_ranked."utm_medium",
  _heapload_ranked."utm_campaign",
  _heapload_ranked."amount",
  _heapload_ranked."tags",
  _heapload_ranked."original_user_id",
  _heapload_ranked."marketing_channel",
  _heapload_ranked."_heapload_dump_id"
FROM (
SELECT
  ROW_NUMBER() OVER (
    PARTITION BY COALESCE(_heapload_person."user_id", CAST(_heapload_staged."user_id" AS VARCHAR)), _heapload_staged."event_id"
    ORDER BY _heapload_staged."_heapload_dump_id" DESC, _heapload_staged."_heapload_file_key" DESC, CAST(_heapload_staged."user_id" AS VARCHAR) DESC
  ) AS "_heapload_rank",
  _heapload_staged."event_id" AS "event_id",
  COALESCE(_heapload_person."user_id", CAST(_heapload_staged."user_id" AS VARCHAR)) AS "user_id",
  _heapload_staged."session_id" AS "session_id",
  _heapload_staged."time" AS "time",
  _heapload_staged."utm_source" AS "utm_source",
  _heapload_staged."utm_medium" AS "utm_medium",
  _heapload_staged."utm_campaign" AS "utm_campaign",
  _heapload_staged."amount" AS "amount",
  _heapload_staged."tags" AS "tags",
  CAST(_heapload_staged."user_id" AS VARCHAR) AS "original_user_id",
  CASE WHEN COALESCE((_heapload_staged."utm_medium") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."utm_source") LIKE LOWER('goo%\_100\%') ESCAPE '\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."utm_source") IS NOT NULL AND NOT (COALESCE((_heapload_staged."utm_medium") = 'email', FALSE)) AND TRUE AND FALSE AND TRUE AND NOT ((_heapload_staged."utm_campaign") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."utm_source" END AS "marketing_channel",
  _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
FROM "heap"."form_sent" AS _heapload_staged
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = CAST(_heapload_staged."user_id" AS VARCHAR)
) AS _heapload_ranked
WHERE _heapload_ranked."_heapload_rank" = 1;

-- ---- model pageviews_resolved (view) as heap_resolved.pageviews

CREATE OR REPLACE VIEW "heap_resolved"."pageviews" AS
SELECT
  _heapload_staged."event_id" AS "event_id",
  COALESCE(_heapload_person."user_id", CAST(_heapload_staged."user_id" AS VARCHAR)) AS "user_id",
  _heapload_staged."session_id" AS "session_id",
  _heapload_staged."time" AS "time",
  _heapload_staged."utm_source" AS "utm_source",
  _heapload_staged."utm_medium" AS "utm_medium",
  _heapload_staged."utm_campaign" AS "utm_campaign",
  _heapload_staged."path" AS "path",
  _heapload_staged."title" AS "title",
  CAST(_heapload_staged."user_id" AS VARCHAR) AS "original_user_id",
  CASE WHEN COALESCE((_heapload_staged."utm_medium") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."utm_source") LIKE LOWER('goo%\_100\%') ESCAPE '\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."utm_source") IS NOT NULL AND NOT (COALESCE((_heapload_staged."utm_medium") = 'email', FALSE)) AND TRUE AND COALESCE(STRPOS(_heapload_staged."path", '/pricing') > 0, FALSE) AND NOT (COALESCE(LOWER(_heapload_staged."title") LIKE LOWER('%Home%') ESCAPE '\', FALSE)) AND NOT ((_heapload_staged."utm_campaign") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."utm_source" END AS "marketing_channel",
  _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
FROM "heap"."pageviews" AS _heapload_staged
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = CAST(_heapload_staged."user_id" AS VARCHAR);

-- ---- model sessions_resolved (view) as heap_resolved.sessions

CREATE OR REPLACE VIEW "heap_resolved"."sessions" AS
SELECT
  _heapload_staged."event_id" AS "event_id",
  COALESCE(_heapload_person."user_id", CAST(_heapload_staged."user_id" AS VARCHAR)) AS "user_id",
  _heapload_staged."session_id" AS "session_id",
  _heapload_staged."time" AS "time",
  _heapload_staged."utm_source" AS "utm_source",
  _heapload_staged."utm_medium" AS "utm_medium",
  _heapload_staged."utm_campaign" AS "utm_campaign",
  _heapload_staged."landing_page" AS "landing_page",
  CAST(_heapload_staged."user_id" AS VARCHAR) AS "original_user_id",
  CASE WHEN COALESCE((_heapload_staged."utm_medium") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."utm_source") LIKE LOWER('goo%\_100\%') ESCAPE '\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."utm_source") IS NOT NULL AND NOT (COALESCE((_heapload_staged."utm_medium") = 'email', FALSE)) AND TRUE AND FALSE AND TRUE AND NOT ((_heapload_staged."utm_campaign") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."utm_source" END AS "marketing_channel",
  _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
FROM "heap"."sessions" AS _heapload_staged
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = CAST(_heapload_staged."user_id" AS VARCHAR);

-- ---- model users_resolved (view) as heap_resolved.users

CREATE OR REPLACE VIEW "heap_resolved"."users" AS
WITH people AS (
SELECT
  _heapload_staged."user_id",
  _heapload_staged."email",
  _heapload_staged."joindate",
  _heapload_staged."last_modified",
  _heapload_staged."seats",
  _heapload_staged."_heapload_dump_id",
  _heapload_staged."_heapload_file_key",
  CAST(_heapload_staged."user_id" AS VARCHAR) AS "_heapload_original",
  COALESCE(_heapload_person."user_id", CAST(_heapload_staged."user_id" AS VARCHAR)) AS "_heapload_user"
FROM "heap"."users" AS _heapload_staged
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = CAST(_heapload_staged."user_id" AS VARCHAR)
),
ranked AS (
  SELECT
    people.*,
    ROW_NUMBER() OVER (
      PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END
      ORDER BY "last_modified" DESC NULLS LAST, "_heapload_dump_id" DESC NULLS LAST, "_heapload_file_key" DESC NULLS LAST, "email" DESC NULLS LAST
    ) AS "_heapload_rank"
  FROM people
),
merged AS (
  SELECT
    "_heapload_user" AS "user_id",
    FIRST_VALUE("email" IGNORE NULLS) OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END ORDER BY "_heapload_rank" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "email",
    MIN("joindate") OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END) AS "joindate",
    MAX("last_modified") OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END) AS "last_modified",
    FIRST_VALUE("seats" IGNORE NULLS) OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END ORDER BY "_heapload_rank" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "seats",
    "_heapload_original",
    COUNT(*) OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END) AS "_heapload_merged",
    MAX("_heapload_dump_id") OVER (PARTITION BY "_heapload_user", CASE WHEN "_heapload_user" IS NULL THEN "email" END) AS "_heapload_newest",
    "_heapload_rank"
  FROM ranked
)
SELECT
  _heapload_staged."user_id" AS "user_id",
  _heapload_staged."email" AS "email",
  _heapload_staged."joindate" AS "joindate",
  _heapload_staged."last_modified" AS "last_modified",
  _heapload_staged."seats" AS "seats",
  _heapload_staged."_heapload_original" AS "original_user_id",
  _heapload_staged."_heapload_merged" AS "merged_users",
  CASE WHEN COALESCE(_heapload_staged."seats" = 5, FALSE) THEN 'five' ELSE CAST(NULL AS VARCHAR) END AS "size",
  _heapload_staged."_heapload_newest" AS "_heapload_dump_id"
FROM merged AS _heapload_staged
WHERE _heapload_staged."_heapload_rank" = 1;

-- ---- model all_events (view) as heap_resolved.all_events

CREATE OR REPLACE VIEW "heap_resolved"."all_events" AS
SELECT
  _heapload_events."event_table_name" AS "event_table_name",
  _heapload_events."event_id" AS "event_id",
  COALESCE(_heapload_person."user_id", _heapload_events."user_id") AS "user_id",
  _heapload_events."session_id" AS "session_id",
  _heapload_events."time" AS "time",
  _heapload_events."utm_source" AS "utm_source",
  _heapload_events."utm_medium" AS "utm_medium",
  _heapload_events."utm_campaign" AS "utm_campaign",
  _heapload_events."_heapload_original" AS "original_user_id",
  _heapload_events."_heapload_dump_id" AS "_heapload_dump_id"
FROM (
  SELECT
    'click' AS "event_table_name",
    _heapload_staged."event_id" AS "event_id",
    _heapload_staged."user_id" AS "user_id",
    _heapload_staged."session_id" AS "session_id",
    _heapload_staged."time" AS "time",
    _heapload_staged."utm_source" AS "utm_source",
    _heapload_staged."utm_medium" AS "utm_medium",
    _heapload_staged."utm_campaign" AS "utm_campaign",
    _heapload_staged."user_id" AS "_heapload_original",
    _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
  FROM "heap"."click" AS _heapload_staged
  UNION ALL
  SELECT
    'form_sent' AS "event_table_name",
    CAST(_heapload_staged."event_id" AS VARCHAR) AS "event_id",
    _heapload_staged."user_id" AS "user_id",
    _heapload_staged."session_id" AS "session_id",
    _heapload_staged."time" AS "time",
    _heapload_staged."utm_source" AS "utm_source",
    _heapload_staged."utm_medium" AS "utm_medium",
    _heapload_staged."utm_campaign" AS "utm_campaign",
    _heapload_staged."original_user_id" AS "_heapload_original",
    _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
  FROM "heap_resolved"."form_sent" AS _heapload_staged
  UNION ALL
  SELECT
    'pageviews' AS "event_table_name",
    CAST(_heapload_staged."event_id" AS VARCHAR) AS "event_id",
    CAST(_heapload_staged."user_id" AS VARCHAR) AS "user_id",
    _heapload_staged."session_id" AS "session_id",
    _heapload_staged."time" AS "time",
    _heapload_staged."utm_source" AS "utm_source",
    _heapload_staged."utm_medium" AS "utm_medium",
    _heapload_staged."utm_campaign" AS "utm_campaign",
    CAST(_heapload_staged."user_id" AS VARCHAR) AS "_heapload_original",
    _heapload_staged."_heapload_dump_id" AS "_heapload_dump_id"
  FROM "heap"."pageviews" AS _heapload_staged
) AS _heapload_events
LEFT JOIN "heap_resolved"."identity_map" AS _heapload_person
  ON _heapload_person."original_user_id" = _heapload_events."user_id";

-- ---- model sessions_enriched (view) as heap_resolved.sessions_enriched

CREATE OR REPLACE VIEW "heap_resolved"."sessions_enriched" AS
WITH happened AS (
  SELECT
    "_heapload_session",
    COUNT(DISTINCT "_heapload_event") AS "_heapload_events",
    MIN("_heapload_time") AS "_heapload_first",
    MAX("_heapload_time") AS "_heapload_last"
  FROM (
    SELECT
      _heapload_staged."session_id" AS "_heapload_session",
      _heapload_staged."event_id" AS "_heapload_event",
      _heapload_staged."time" AS "_heapload_time"
    FROM "heap"."click" AS _heapload_staged
    UNION ALL
    SELECT
      _heapload_staged."session_id" AS "_heapload_session",
      CAST(_heapload_staged."event_id" AS VARCHAR) AS "_heapload_event",
      _heapload_staged."time" AS "_heapload_time"
    FROM "heap"."form_sent" AS _heapload_staged
    UNION ALL
    SELECT
      _heapload_staged."session_id" AS "_heapload_session",
      CAST(_heapload_staged."event_id" AS VARCHAR) AS "_heapload_event",
      _heapload_staged."time" AS "_heapload_time"
    FROM "heap"."pageviews" AS _heapload_staged
  ) AS _heapload_events
  GROUP BY "_heapload_session"
),
pages AS (
  SELECT
    "_heapload_session",
    COUNT(DISTINCT "_heapload_event") AS "_heapload_pageviews",
    MAX(CASE WHEN "_heapload_from_first" = 1 THEN "_heapload_path" END) AS "_heapload_landing",
    MAX(CASE WHEN "_heapload_from_last" = 1 THEN "_heapload_path" END) AS "_heapload_exit"
  FROM (
    SELECT
      _heapload_viewed.*,
      ROW_NUMBER() OVER (PARTITION BY "_heapload_session" ORDER BY "_heapload_time" NULLS LAST, "_heapload_event", "_heapload_path" NULLS LAST) AS "_heapload_from_first",
      ROW_NUMBER() OVER (PARTITION BY "_heapload_session" ORDER BY "_heapload_time" DESC NULLS LAST, "_heapload_event" DESC, "_heapload_path" DESC NULLS LAST) AS "_heapload_from_last"
    FROM (
      SELECT
        _heapload_staged."session_id" AS "_heapload_session",
        CAST(_heapload_staged."event_id" AS VARCHAR) AS "_heapload_event",
        _heapload_staged."time" AS "_heapload_time",
        _heapload_staged."path" AS "_heapload_path"
      FROM "heap"."pageviews" AS _heapload_staged
    ) AS _heapload_viewed
  ) AS _heapload_pages
  GROUP BY "_heapload_session"
),
begun AS (
  SELECT
    _heapload_staged.*,
    _heapload_staged."session_id" AS "_heapload_session",
    _heapload_staged."time" AS "_heapload_time",
    CASE WHEN _heapload_staged."utm_source" IS NOT NULL OR _heapload_staged."utm_medium" IS NOT NULL OR _heapload_staged."utm_campaign" IS NOT NULL THEN 1 ELSE 0 END AS "_heapload_touched"
  FROM "heap_resolved"."sessions" AS _heapload_staged
),
touched AS (
  SELECT
    begun.*,
    SUM("_heapload_touched") OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END ORDER BY "_heapload_time" NULLS LAST, "event_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "_heapload_touch"
  FROM begun
),
measured AS (
  SELECT
    touched.*,
    MAX(CASE WHEN "_heapload_touched" = 1 AND "_heapload_touch" = 1 THEN "utm_source" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END ORDER BY "_heapload_time" NULLS LAST, "event_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "first_touch_utm_source",
    MAX(CASE WHEN "_heapload_touched" = 1 THEN "utm_source" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END, "_heapload_touch") AS "last_touch_utm_source",
    MAX(CASE WHEN "_heapload_touched" = 1 AND "_heapload_touch" = 1 THEN "utm_medium" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END ORDER BY "_heapload_time" NULLS LAST, "event_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "first_touch_utm_medium",
    MAX(CASE WHEN "_heapload_touched" = 1 THEN "utm_medium" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END, "_heapload_touch") AS "last_touch_utm_medium",
    MAX(CASE WHEN "_heapload_touched" = 1 AND "_heapload_touch" = 1 THEN "utm_campaign" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END ORDER BY "_heapload_time" NULLS LAST, "event_id" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "first_touch_utm_campaign",
    MAX(CASE WHEN "_heapload_touched" = 1 THEN "utm_campaign" END) OVER (PARTITION BY "user_id", CASE WHEN "user_id" IS NULL THEN "event_id" END, "_heapload_touch") AS "last_touch_utm_campaign",
    CASE WHEN happened."_heapload_first" < touched."_heapload_time" OR touched."_heapload_time" IS NULL THEN happened."_heapload_first" ELSE touched."_heapload_time" END AS "_heapload_start",
    CASE WHEN happened."_heapload_last" > touched."_heapload_time" OR touched."_heapload_time" IS NULL THEN happened."_heapload_last" ELSE touched."_heapload_time" END AS "_heapload_end",
    COALESCE(happened."_heapload_events", 0) AS "_heapload_events"
  FROM touched
  LEFT JOIN happened ON happened."_heapload_session" = touched."_heapload_session"
)
SELECT
  measured."event_id" AS "event_id",
  measured."user_id" AS "user_id",
  measured."session_id" AS "session_id",
  measured."time" AS "time",
  measured."utm_source" AS "utm_source",
  measured."utm_medium" AS "utm_medium",
  measured."utm_campaign" AS "utm_campaign",
  measured."landing_page" AS "landing_page",
  measured."original_user_id" AS "original_user_id",
  measured."marketing_channel" AS "marketing_channel",
  measured."_heapload_start" AS "session_start",
  measured."_heapload_end" AS "session_end",
  (epoch_us("_heapload_end") - epoch_us("_heapload_start")) / 1000000 AS "session_duration_seconds",
  measured."_heapload_events" AS "session_events",
  COALESCE(pages."_heapload_pageviews", 0) AS "session_pageviews",
  pages."_heapload_landing" AS "session_landing_path",
  pages."_heapload_exit" AS "session_exit_path",
  measured."first_touch_utm_source" AS "first_touch_utm_source",
  measured."last_touch_utm_source" AS "last_touch_utm_source",
  measured."first_touch_utm_medium" AS "first_touch_utm_medium",
  measured."last_touch_utm_medium" AS "last_touch_utm_medium",
  measured."first_touch_utm_campaign" AS "first_touch_utm_campaign",
  measured."last_touch_utm_campaign" AS "last_touch_utm_campaign",
  measured."_heapload_dump_id" AS "_heapload_dump_id"
FROM measured
LEFT JOIN pages ON pages."_heapload_session" = measured."_heapload_session";

-- ---- test source_unique_click_event_id

SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."click"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1;

-- ---- test source_not_null_click_event_id

SELECT *
FROM "heap"."click"
WHERE "event_id" IS NULL;

-- ---- test source_unique_form_sent_user_id_event_id

SELECT
  "user_id",
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."form_sent"
WHERE "user_id" IS NOT NULL AND "event_id" IS NOT NULL
GROUP BY "user_id", "event_id"
HAVING count(*) > 1;

-- ---- test source_not_null_form_sent_user_id

SELECT *
FROM "heap"."form_sent"
WHERE "user_id" IS NULL;

-- ---- test source_not_null_form_sent_event_id

SELECT *
FROM "heap"."form_sent"
WHERE "event_id" IS NULL;

-- ---- test source_unique_pageviews_event_id

SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."pageviews"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1;

-- ---- test source_not_null_pageviews_event_id

SELECT *
FROM "heap"."pageviews"
WHERE "event_id" IS NULL;

-- ---- test source_unique_sessions_event_id

SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."sessions"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1;

-- ---- test source_not_null_sessions_event_id

SELECT *
FROM "heap"."sessions"
WHERE "event_id" IS NULL;

-- ---- test source_unique_user_migrations_from_user_id_to_user_id

SELECT
  "from_user_id",
  "to_user_id",
  count(*) AS "count_of_rows"
FROM "heap"."user_migrations"
WHERE "from_user_id" IS NOT NULL AND "to_user_id" IS NOT NULL
GROUP BY "from_user_id", "to_user_id"
HAVING count(*) > 1;

-- ---- test source_not_null_user_migrations_from_user_id

SELECT *
FROM "heap"."user_migrations"
WHERE "from_user_id" IS NULL;

-- ---- test source_not_null_user_migrations_to_user_id

SELECT *
FROM "heap"."user_migrations"
WHERE "to_user_id" IS NULL;

-- ---- test source_unique_users_email

SELECT
  "email",
  count(*) AS "count_of_rows"
FROM "heap"."users"
WHERE "email" IS NOT NULL
GROUP BY "email"
HAVING count(*) > 1;

-- ---- test source_not_null_users_email

SELECT *
FROM "heap"."users"
WHERE "email" IS NULL;

-- ---- test unique_identity_map_original_user_id

SELECT
  "original_user_id",
  count(*) AS "count_of_rows"
FROM "heap_resolved"."identity_map"
WHERE "original_user_id" IS NOT NULL
GROUP BY "original_user_id"
HAVING count(*) > 1;

-- ---- test not_null_identity_map_user_id

SELECT *
FROM "heap_resolved"."identity_map"
WHERE "user_id" IS NULL;

-- ---- test accepted_values_identity_map_circular

SELECT
  "circular",
  count(*) AS "count_of_rows"
FROM "heap_resolved"."identity_map"
WHERE "circular" NOT IN (FALSE)
GROUP BY "circular";

-- ---- test unique_form_sent_resolved_user_id_event_id

SELECT
  "user_id",
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap_resolved"."form_sent"
WHERE "user_id" IS NOT NULL AND "event_id" IS NOT NULL
GROUP BY "user_id", "event_id"
HAVING count(*) > 1;

-- ---- test unique_users_resolved_user_id_email

SELECT
  "user_id",
  "email",
  count(*) AS "count_of_rows"
FROM "heap_resolved"."users"
WHERE "user_id" IS NOT NULL AND "email" IS NOT NULL
GROUP BY "user_id", "email"
HAVING count(*) > 1;

-- ---- test not_null_all_events_event_table_name

SELECT *
FROM "heap_resolved"."all_events"
WHERE "event_table_name" IS NULL;

-- ---- test unique_sessions_enriched_event_id

SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap_resolved"."sessions_enriched"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1;
