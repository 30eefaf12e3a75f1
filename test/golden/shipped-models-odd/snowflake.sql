-- ---- loaded table click

CREATE TABLE IF NOT EXISTS "HEAP"."CLICK" (
  "EVENT_ID" VARCHAR,
  "USER_ID" VARCHAR,
  "SESSION_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "UTM_SOURCE" VARCHAR,
  "UTM_MEDIUM" VARCHAR,
  "UTM_CAMPAIGN" VARCHAR,
  "LABEL" VARCHAR,
  "SEATS" NUMBER(38,0),
  "SEATS__STRING" VARCHAR,
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- loaded table form_sent

CREATE TABLE IF NOT EXISTS "HEAP"."FORM_SENT" (
  "EVENT_ID" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "SESSION_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "UTM_SOURCE" VARCHAR,
  "UTM_MEDIUM" VARCHAR,
  "UTM_CAMPAIGN" VARCHAR,
  "AMOUNT" FLOAT,
  "TAGS" VARIANT,
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- loaded table pageviews

CREATE TABLE IF NOT EXISTS "HEAP"."PAGEVIEWS" (
  "EVENT_ID" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "SESSION_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "UTM_SOURCE" VARCHAR,
  "UTM_MEDIUM" VARCHAR,
  "UTM_CAMPAIGN" VARCHAR,
  "PATH" VARCHAR,
  "TITLE" VARCHAR,
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- loaded table sessions

CREATE TABLE IF NOT EXISTS "HEAP"."SESSIONS" (
  "EVENT_ID" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "SESSION_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "UTM_SOURCE" VARCHAR,
  "UTM_MEDIUM" VARCHAR,
  "UTM_CAMPAIGN" VARCHAR,
  "LANDING_PAGE" VARCHAR,
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- loaded table user_migrations

CREATE TABLE IF NOT EXISTS "HEAP"."USER_MIGRATIONS" (
  "FROM_USER_ID" NUMBER(38,0),
  "TO_USER_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- loaded table users

CREATE TABLE IF NOT EXISTS "HEAP"."USERS" (
  "USER_ID" NUMBER(38,0),
  "EMAIL" VARCHAR,
  "JOINDATE" TIMESTAMP_NTZ(6),
  "LAST_MODIFIED" TIMESTAMP_NTZ(6),
  "SEATS" FLOAT,
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0),
  "_HEAPLOAD_FILE_KEY" VARCHAR
);

-- ---- model identity_map (table) as heap_resolved.identity_map

CREATE OR REPLACE TABLE "HEAP_RESOLVED"."IDENTITY_MAP" COPY GRANTS AS
WITH RECURSIVE merges AS (
  SELECT CAST(_heapload_staged."FROM_USER_ID" AS VARCHAR) AS "USER_ID", CAST(_heapload_staged."TO_USER_ID" AS VARCHAR) AS "NEXT_ID"
  FROM "HEAP"."USER_MIGRATIONS" AS _heapload_staged
  WHERE CAST(_heapload_staged."FROM_USER_ID" AS VARCHAR) IS NOT NULL AND CAST(_heapload_staged."TO_USER_ID" AS VARCHAR) IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY CAST(_heapload_staged."FROM_USER_ID" AS VARCHAR) ORDER BY _heapload_staged."_HEAPLOAD_DUMP_ID" DESC, CAST(_heapload_staged."TO_USER_ID" AS VARCHAR) DESC) = 1
),
walks AS (
  SELECT
    merges."USER_ID" AS "START_ID",
    merges."NEXT_ID" AS "AT_ID",
    merges."USER_ID" AS "MARK_ID",
    1 AS "STEPS",
    1 AS "LAP"
  FROM merges
  WHERE merges."USER_ID" IN (SELECT "NEXT_ID" FROM merges)
  UNION ALL
  SELECT
    walks."START_ID",
    merges."NEXT_ID",
    CASE WHEN walks."STEPS" = walks."LAP" THEN walks."AT_ID" ELSE walks."MARK_ID" END,
    CASE WHEN walks."STEPS" = walks."LAP" THEN 1 ELSE walks."STEPS" + 1 END,
    CASE WHEN walks."STEPS" = walks."LAP" THEN walks."LAP" * 2 ELSE walks."LAP" END
  FROM walks
  JOIN merges ON merges."USER_ID" = walks."AT_ID"
  WHERE walks."AT_ID" > walks."START_ID" AND walks."AT_ID" <> walks."MARK_ID"
),
circles AS (
  SELECT DISTINCT "START_ID" AS "USER_ID" FROM walks WHERE "AT_ID" = "START_ID"
),
ways AS (
  SELECT merges."USER_ID", merges."NEXT_ID"
  FROM merges
  LEFT JOIN circles ON circles."USER_ID" = merges."USER_ID"
  WHERE circles."USER_ID" IS NULL
),
ends AS (
  SELECT ways."USER_ID", ways."NEXT_ID"
  FROM ways
  LEFT JOIN ways AS onward ON onward."USER_ID" = ways."NEXT_ID"
  WHERE onward."USER_ID" IS NULL
),
people AS (
  SELECT ends."USER_ID", ends."NEXT_ID" AS "PERSON_ID", 1 AS "HOPS"
  FROM ends
  UNION ALL
  SELECT ways."USER_ID", people."PERSON_ID", people."HOPS" + 1
  FROM people
  JOIN ways ON ways."NEXT_ID" = people."USER_ID"
)
SELECT
  people."USER_ID" AS "ORIGINAL_USER_ID",
  people."PERSON_ID" AS "USER_ID",
  people."HOPS" AS "HOPS",
  circles."USER_ID" IS NOT NULL AS "CIRCULAR"
FROM people
LEFT JOIN circles ON circles."USER_ID" = people."PERSON_ID"
UNION ALL
SELECT "USER_ID", "USER_ID", 0, TRUE
FROM circles;

-- ---- model user_migrations_resolved (view) as heap_resolved.user_migrations

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."USER_MIGRATIONS" COPY GRANTS AS
SELECT
  _heapload_staged."FROM_USER_ID" AS "FROM_USER_ID",
  _heapload_staged."TO_USER_ID" AS "TO_USER_ID",
  _heapload_staged."TIME" AS "TIME",
  _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM "HEAP"."USER_MIGRATIONS" AS _heapload_staged;

-- ---- model click_resolved (view) as heap_resolved.click

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."CLICK" COPY GRANTS AS
SELECT
  _heapload_staged."EVENT_ID" AS "EVENT_ID",
  COALESCE(_heapload_person."USER_ID", _heapload_staged."USER_ID") AS "USER_ID",
  _heapload_staged."SESSION_ID" AS "SESSION_ID",
  _heapload_staged."TIME" AS "TIME",
  _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
  _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
  _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  _heapload_staged."LABEL" AS "LABEL",
  _heapload_staged."SEATS" AS "SEATS",
  _heapload_staged."SEATS__STRING" AS "SEATS__STRING",
  _heapload_staged."USER_ID" AS "ORIGINAL_USER_ID",
  CASE WHEN COALESCE((_heapload_staged."UTM_MEDIUM") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."UTM_SOURCE") LIKE LOWER('goo%\\_100\\%') ESCAPE '\\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."UTM_SOURCE") IS NOT NULL AND NOT (COALESCE((_heapload_staged."UTM_MEDIUM") = 'email', FALSE)) AND NOT (COALESCE(CONTAINS(_heapload_staged."LABEL", 'x'), FALSE)) AND FALSE AND TRUE AND NOT ((_heapload_staged."UTM_CAMPAIGN") IS NOT NULL) THEN COALESCE(_heapload_staged."SEATS__STRING", CAST(_heapload_staged."SEATS" AS VARCHAR)) ELSE _heapload_staged."UTM_SOURCE" END AS "MARKETING_CHANNEL",
  _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM "HEAP"."CLICK" AS _heapload_staged
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = _heapload_staged."USER_ID";

-- ---- model form_sent_resolved (view) as heap_resolved.form_sent

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."FORM_SENT" COPY GRANTS AS
SELECT
  _heapload_ranked."EVENT_ID",
  _heapload_ranked."USER_ID",
  _heapload_ranked."SESSION_ID",
  _heapload_ranked."TIME",
  _heapload_ranked."UTM_SOURCE",
  _heapload_ranked."UTM_MEDIUM",
  _heapload_ranked."UTM_CAMPAIGN",
  _heapload_ranked."AMOUNT",
  _heapload_ranked."TAGS",
  _heapload_ranked."ORIGINAL_USER_ID",
  _heapload_ranked."MARKETING_CHANNEL",
  _heapload_ranked."_HEAPLOAD_DUMP_ID"
FROM (
SELECT
  ROW_NUMBER() OVER (
    PARTITION BY COALESCE(_heapload_person."USER_ID", CAST(_heapload_staged."USER_ID" AS VARCHAR)), _heapload_staged."EVENT_ID"
    ORDER BY _heapload_staged."_HEAPLOAD_DUMP_ID" DESC, _heapload_staged."_HEAPLOAD_FILE_KEY" DESC, CAST(_heapload_staged."USER_ID" AS VARCHAR) DESC
  ) AS "_HEAPLOAD_RANK",
  _heapload_staged."EVENT_ID" AS "EVENT_ID",
  COALESCE(_heapload_person."USER_ID", CAST(_heapload_staged."USER_ID" AS VARCHAR)) AS "USER_ID",
  _heapload_staged."SESSION_ID" AS "SESSION_ID",
  _heapload_staged."TIME" AS "TIME",
  _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
  _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
  _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  _heapload_staged."AMOUNT" AS "AMOUNT",
  _heapload_staged."TAGS" AS "TAGS",
  CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "ORIGINAL_USER_ID",
  CASE WHEN COALESCE((_heapload_staged."UTM_MEDIUM") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."UTM_SOURCE") LIKE LOWER('goo%\\_100\\%') ESCAPE '\\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."UTM_SOURCE") IS NOT NULL AND NOT (COALESCE((_heapload_staged."UTM_MEDIUM") = 'email', FALSE)) AND TRUE AND FALSE AND TRUE AND NOT ((_heapload_staged."UTM_CAMPAIGN") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."UTM_SOURCE" END AS "MARKETING_CHANNEL",
  _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM "HEAP"."FORM_SENT" AS _heapload_staged
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = CAST(_heapload_staged."USER_ID" AS VARCHAR)
) AS _heapload_ranked
WHERE _heapload_ranked."_HEAPLOAD_RANK" = 1;

-- ---- model pageviews_resolved (view) as heap_resolved.pageviews

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."PAGEVIEWS" COPY GRANTS AS
SELECT
  _heapload_staged."EVENT_ID" AS "EVENT_ID",
  COALESCE(_heapload_person."USER_ID", CAST(_heapload_staged."USER_ID" AS VARCHAR)) AS "USER_ID",
  _heapload_staged."SESSION_ID" AS "SESSION_ID",
  _heapload_staged."TIME" AS "TIME",
  _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
  _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
  _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  _heapload_staged."PATH" AS "PATH",
  _heapload_staged."TITLE" AS "TITLE",
  CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "ORIGINAL_USER_ID",
  CASE WHEN COALESCE((_heapload_staged."UTM_MEDIUM") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."UTM_SOURCE") LIKE LOWER('goo%\\_100\\%') ESCAPE '\\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."UTM_SOURCE") IS NOT NULL AND NOT (COALESCE((_heapload_staged."UTM_MEDIUM") = 'email', FALSE)) AND TRUE AND COALESCE(CONTAINS(_heapload_staged."PATH", '/pricing'), FALSE) AND NOT (COALESCE(LOWER(_heapload_staged."TITLE") LIKE LOWER('%Home%') ESCAPE '\\', FALSE)) AND NOT ((_heapload_staged."UTM_CAMPAIGN") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."UTM_SOURCE" END AS "MARKETING_CHANNEL",
  _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM "HEAP"."PAGEVIEWS" AS _heapload_staged
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = CAST(_heapload_staged."USER_ID" AS VARCHAR);

-- ---- model sessions_resolved (view) as heap_resolved.sessions

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."SESSIONS" COPY GRANTS AS
SELECT
  _heapload_staged."EVENT_ID" AS "EVENT_ID",
  COALESCE(_heapload_person."USER_ID", CAST(_heapload_staged."USER_ID" AS VARCHAR)) AS "USER_ID",
  _heapload_staged."SESSION_ID" AS "SESSION_ID",
  _heapload_staged."TIME" AS "TIME",
  _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
  _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
  _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  _heapload_staged."LANDING_PAGE" AS "LANDING_PAGE",
  CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "ORIGINAL_USER_ID",
  CASE WHEN COALESCE((_heapload_staged."UTM_MEDIUM") = 'cpc', FALSE) OR COALESCE(LOWER(_heapload_staged."UTM_SOURCE") LIKE LOWER('goo%\\_100\\%') ESCAPE '\\', FALSE) THEN 'Paid ''n'' found' WHEN (_heapload_staged."UTM_SOURCE") IS NOT NULL AND NOT (COALESCE((_heapload_staged."UTM_MEDIUM") = 'email', FALSE)) AND TRUE AND FALSE AND TRUE AND NOT ((_heapload_staged."UTM_CAMPAIGN") IS NOT NULL) THEN CAST(NULL AS VARCHAR) ELSE _heapload_staged."UTM_SOURCE" END AS "MARKETING_CHANNEL",
  _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM "HEAP"."SESSIONS" AS _heapload_staged
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = CAST(_heapload_staged."USER_ID" AS VARCHAR);

-- ---- model users_resolved (view) as heap_resolved.users

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."USERS" COPY GRANTS AS
WITH people AS (
SELECT
  _heapload_staged."USER_ID",
  _heapload_staged."EMAIL",
  _heapload_staged."JOINDATE",
  _heapload_staged."LAST_MODIFIED",
  _heapload_staged."SEATS",
  _heapload_staged."_HEAPLOAD_DUMP_ID",
  _heapload_staged."_HEAPLOAD_FILE_KEY",
  CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "_HEAPLOAD_ORIGINAL",
  COALESCE(_heapload_person."USER_ID", CAST(_heapload_staged."USER_ID" AS VARCHAR)) AS "_HEAPLOAD_USER"
FROM "HEAP"."USERS" AS _heapload_staged
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = CAST(_heapload_staged."USER_ID" AS VARCHAR)
),
ranked AS (
  SELECT
    people.*,
    ROW_NUMBER() OVER (
      PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END
      ORDER BY "LAST_MODIFIED" DESC NULLS LAST, "_HEAPLOAD_DUMP_ID" DESC NULLS LAST, "_HEAPLOAD_FILE_KEY" DESC NULLS LAST, "EMAIL" DESC NULLS LAST
    ) AS "_HEAPLOAD_RANK"
  FROM people
),
merged AS (
  SELECT
    "_HEAPLOAD_USER" AS "USER_ID",
    FIRST_VALUE("EMAIL") IGNORE NULLS OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END ORDER BY "_HEAPLOAD_RANK" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "EMAIL",
    MIN("JOINDATE") OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END) AS "JOINDATE",
    MAX("LAST_MODIFIED") OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END) AS "LAST_MODIFIED",
    FIRST_VALUE("SEATS") IGNORE NULLS OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END ORDER BY "_HEAPLOAD_RANK" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "SEATS",
    "_HEAPLOAD_ORIGINAL",
    COUNT(*) OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END) AS "_HEAPLOAD_MERGED",
    MAX("_HEAPLOAD_DUMP_ID") OVER (PARTITION BY "_HEAPLOAD_USER", CASE WHEN "_HEAPLOAD_USER" IS NULL THEN "EMAIL" END) AS "_HEAPLOAD_NEWEST",
    "_HEAPLOAD_RANK"
  FROM ranked
)
SELECT
  _heapload_staged."USER_ID" AS "USER_ID",
  _heapload_staged."EMAIL" AS "EMAIL",
  _heapload_staged."JOINDATE" AS "JOINDATE",
  _heapload_staged."LAST_MODIFIED" AS "LAST_MODIFIED",
  _heapload_staged."SEATS" AS "SEATS",
  _heapload_staged."_HEAPLOAD_ORIGINAL" AS "ORIGINAL_USER_ID",
  _heapload_staged."_HEAPLOAD_MERGED" AS "MERGED_USERS",
  CASE WHEN COALESCE(_heapload_staged."SEATS" = 5, FALSE) THEN 'five' ELSE CAST(NULL AS VARCHAR) END AS "SIZE",
  _heapload_staged."_HEAPLOAD_NEWEST" AS "_HEAPLOAD_DUMP_ID"
FROM merged AS _heapload_staged
WHERE _heapload_staged."_HEAPLOAD_RANK" = 1;

-- ---- model all_events (view) as heap_resolved.all_events

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."ALL_EVENTS" COPY GRANTS AS
SELECT
  _heapload_events."EVENT_TABLE_NAME" AS "EVENT_TABLE_NAME",
  _heapload_events."EVENT_ID" AS "EVENT_ID",
  COALESCE(_heapload_person."USER_ID", _heapload_events."USER_ID") AS "USER_ID",
  _heapload_events."SESSION_ID" AS "SESSION_ID",
  _heapload_events."TIME" AS "TIME",
  _heapload_events."UTM_SOURCE" AS "UTM_SOURCE",
  _heapload_events."UTM_MEDIUM" AS "UTM_MEDIUM",
  _heapload_events."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  _heapload_events."_HEAPLOAD_ORIGINAL" AS "ORIGINAL_USER_ID",
  _heapload_events."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM (
  SELECT
    'click' AS "EVENT_TABLE_NAME",
    _heapload_staged."EVENT_ID" AS "EVENT_ID",
    _heapload_staged."USER_ID" AS "USER_ID",
    _heapload_staged."SESSION_ID" AS "SESSION_ID",
    _heapload_staged."TIME" AS "TIME",
    _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
    _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
    _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
    _heapload_staged."USER_ID" AS "_HEAPLOAD_ORIGINAL",
    _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
  FROM "HEAP"."CLICK" AS _heapload_staged
  UNION ALL
  SELECT
    'form_sent' AS "EVENT_TABLE_NAME",
    CAST(_heapload_staged."EVENT_ID" AS VARCHAR) AS "EVENT_ID",
    _heapload_staged."USER_ID" AS "USER_ID",
    _heapload_staged."SESSION_ID" AS "SESSION_ID",
    _heapload_staged."TIME" AS "TIME",
    _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
    _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
    _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
    _heapload_staged."ORIGINAL_USER_ID" AS "_HEAPLOAD_ORIGINAL",
    _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
  FROM "HEAP_RESOLVED"."FORM_SENT" AS _heapload_staged
  UNION ALL
  SELECT
    'pageviews' AS "EVENT_TABLE_NAME",
    CAST(_heapload_staged."EVENT_ID" AS VARCHAR) AS "EVENT_ID",
    CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "USER_ID",
    _heapload_staged."SESSION_ID" AS "SESSION_ID",
    _heapload_staged."TIME" AS "TIME",
    _heapload_staged."UTM_SOURCE" AS "UTM_SOURCE",
    _heapload_staged."UTM_MEDIUM" AS "UTM_MEDIUM",
    _heapload_staged."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
    CAST(_heapload_staged."USER_ID" AS VARCHAR) AS "_HEAPLOAD_ORIGINAL",
    _heapload_staged."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
  FROM "HEAP"."PAGEVIEWS" AS _heapload_staged
) AS _heapload_events
LEFT JOIN "HEAP_RESOLVED"."IDENTITY_MAP" AS _heapload_person
  ON _heapload_person."ORIGINAL_USER_ID" = _heapload_events."USER_ID";

-- ---- model sessions_enriched (view) as heap_resolved.sessions_enriched

CREATE OR REPLACE VIEW "HEAP_RESOLVED"."SESSIONS_ENRICHED" COPY GRANTS AS
WITH happened AS (
  SELECT
    "_HEAPLOAD_SESSION",
    COUNT(DISTINCT "_HEAPLOAD_EVENT") AS "_HEAPLOAD_EVENTS",
    MIN("_HEAPLOAD_TIME") AS "_HEAPLOAD_FIRST",
    MAX("_HEAPLOAD_TIME") AS "_HEAPLOAD_LAST"
  FROM (
    SELECT
      _heapload_staged."SESSION_ID" AS "_HEAPLOAD_SESSION",
      _heapload_staged."EVENT_ID" AS "_HEAPLOAD_EVENT",
      _heapload_staged."TIME" AS "_HEAPLOAD_TIME"
    FROM "HEAP"."CLICK" AS _heapload_staged
    UNION ALL
    SELECT
      _heapload_staged."SESSION_ID" AS "_HEAPLOAD_SESSION",
      CAST(_heapload_staged."EVENT_ID" AS VARCHAR) AS "_HEAPLOAD_EVENT",
      _heapload_staged."TIME" AS "_HEAPLOAD_TIME"
    FROM "HEAP"."FORM_SENT" AS _heapload_staged
    UNION ALL
    SELECT
      _heapload_staged."SESSION_ID" AS "_HEAPLOAD_SESSION",
      CAST(_heapload_staged."EVENT_ID" AS VARCHAR) AS "_HEAPLOAD_EVENT",
      _heapload_staged."TIME" AS "_HEAPLOAD_TIME"
    FROM "HEAP"."PAGEVIEWS" AS _heapload_staged
  ) AS _heapload_events
  GROUP BY "_HEAPLOAD_SESSION"
),
pages AS (
  SELECT
    "_HEAPLOAD_SESSION",
    COUNT(DISTINCT "_HEAPLOAD_EVENT") AS "_HEAPLOAD_PAGEVIEWS",
    MAX(CASE WHEN "_HEAPLOAD_FROM_FIRST" = 1 THEN "_HEAPLOAD_PATH" END) AS "_HEAPLOAD_LANDING",
    MAX(CASE WHEN "_HEAPLOAD_FROM_LAST" = 1 THEN "_HEAPLOAD_PATH" END) AS "_HEAPLOAD_EXIT"
  FROM (
    SELECT
      _heapload_viewed.*,
      ROW_NUMBER() OVER (PARTITION BY "_HEAPLOAD_SESSION" ORDER BY "_HEAPLOAD_TIME" NULLS LAST, "_HEAPLOAD_EVENT", "_HEAPLOAD_PATH" NULLS LAST) AS "_HEAPLOAD_FROM_FIRST",
      ROW_NUMBER() OVER (PARTITION BY "_HEAPLOAD_SESSION" ORDER BY "_HEAPLOAD_TIME" DESC NULLS LAST, "_HEAPLOAD_EVENT" DESC, "_HEAPLOAD_PATH" DESC NULLS LAST) AS "_HEAPLOAD_FROM_LAST"
    FROM (
      SELECT
        _heapload_staged."SESSION_ID" AS "_HEAPLOAD_SESSION",
        CAST(_heapload_staged."EVENT_ID" AS VARCHAR) AS "_HEAPLOAD_EVENT",
        _heapload_staged."TIME" AS "_HEAPLOAD_TIME",
        _heapload_staged."PATH" AS "_HEAPLOAD_PATH"
      FROM "HEAP"."PAGEVIEWS" AS _heapload_staged
    ) AS _heapload_viewed
  ) AS _heapload_pages
  GROUP BY "_HEAPLOAD_SESSION"
),
begun AS (
  SELECT
    _heapload_staged.*,
    _heapload_staged."SESSION_ID" AS "_HEAPLOAD_SESSION",
    _heapload_staged."TIME" AS "_HEAPLOAD_TIME",
    CASE WHEN _heapload_staged."UTM_SOURCE" IS NOT NULL OR _heapload_staged."UTM_MEDIUM" IS NOT NULL OR _heapload_staged."UTM_CAMPAIGN" IS NOT NULL THEN 1 ELSE 0 END AS "_HEAPLOAD_TOUCHED"
  FROM "HEAP_RESOLVED"."SESSIONS" AS _heapload_staged
),
touched AS (
  SELECT
    begun.*,
    SUM("_HEAPLOAD_TOUCHED") OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END ORDER BY "_HEAPLOAD_TIME" NULLS LAST, "EVENT_ID" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "_HEAPLOAD_TOUCH"
  FROM begun
),
measured AS (
  SELECT
    touched.*,
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 AND "_HEAPLOAD_TOUCH" = 1 THEN "UTM_SOURCE" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END ORDER BY "_HEAPLOAD_TIME" NULLS LAST, "EVENT_ID" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "FIRST_TOUCH_UTM_SOURCE",
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 THEN "UTM_SOURCE" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END, "_HEAPLOAD_TOUCH") AS "LAST_TOUCH_UTM_SOURCE",
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 AND "_HEAPLOAD_TOUCH" = 1 THEN "UTM_MEDIUM" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END ORDER BY "_HEAPLOAD_TIME" NULLS LAST, "EVENT_ID" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "FIRST_TOUCH_UTM_MEDIUM",
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 THEN "UTM_MEDIUM" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END, "_HEAPLOAD_TOUCH") AS "LAST_TOUCH_UTM_MEDIUM",
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 AND "_HEAPLOAD_TOUCH" = 1 THEN "UTM_CAMPAIGN" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END ORDER BY "_HEAPLOAD_TIME" NULLS LAST, "EVENT_ID" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "FIRST_TOUCH_UTM_CAMPAIGN",
    MAX(CASE WHEN "_HEAPLOAD_TOUCHED" = 1 THEN "UTM_CAMPAIGN" END) OVER (PARTITION BY "USER_ID", CASE WHEN "USER_ID" IS NULL THEN "EVENT_ID" END, "_HEAPLOAD_TOUCH") AS "LAST_TOUCH_UTM_CAMPAIGN",
    CASE WHEN happened."_HEAPLOAD_FIRST" < touched."_HEAPLOAD_TIME" OR touched."_HEAPLOAD_TIME" IS NULL THEN happened."_HEAPLOAD_FIRST" ELSE touched."_HEAPLOAD_TIME" END AS "_HEAPLOAD_START",
    CASE WHEN happened."_HEAPLOAD_LAST" > touched."_HEAPLOAD_TIME" OR touched."_HEAPLOAD_TIME" IS NULL THEN happened."_HEAPLOAD_LAST" ELSE touched."_HEAPLOAD_TIME" END AS "_HEAPLOAD_END",
    COALESCE(happened."_HEAPLOAD_EVENTS", 0) AS "_HEAPLOAD_EVENTS"
  FROM touched
  LEFT JOIN happened ON happened."_HEAPLOAD_SESSION" = touched."_HEAPLOAD_SESSION"
)
SELECT
  measured."EVENT_ID" AS "EVENT_ID",
  measured."USER_ID" AS "USER_ID",
  measured."SESSION_ID" AS "SESSION_ID",
  measured."TIME" AS "TIME",
  measured."UTM_SOURCE" AS "UTM_SOURCE",
  measured."UTM_MEDIUM" AS "UTM_MEDIUM",
  measured."UTM_CAMPAIGN" AS "UTM_CAMPAIGN",
  measured."LANDING_PAGE" AS "LANDING_PAGE",
  measured."ORIGINAL_USER_ID" AS "ORIGINAL_USER_ID",
  measured."MARKETING_CHANNEL" AS "MARKETING_CHANNEL",
  measured."_HEAPLOAD_START" AS "SESSION_START",
  measured."_HEAPLOAD_END" AS "SESSION_END",
  CAST(TIMESTAMPDIFF(MICROSECOND, "_HEAPLOAD_START", "_HEAPLOAD_END") / 1000000 AS FLOAT) AS "SESSION_DURATION_SECONDS",
  measured."_HEAPLOAD_EVENTS" AS "SESSION_EVENTS",
  COALESCE(pages."_HEAPLOAD_PAGEVIEWS", 0) AS "SESSION_PAGEVIEWS",
  pages."_HEAPLOAD_LANDING" AS "SESSION_LANDING_PATH",
  pages."_HEAPLOAD_EXIT" AS "SESSION_EXIT_PATH",
  measured."FIRST_TOUCH_UTM_SOURCE" AS "FIRST_TOUCH_UTM_SOURCE",
  measured."LAST_TOUCH_UTM_SOURCE" AS "LAST_TOUCH_UTM_SOURCE",
  measured."FIRST_TOUCH_UTM_MEDIUM" AS "FIRST_TOUCH_UTM_MEDIUM",
  measured."LAST_TOUCH_UTM_MEDIUM" AS "LAST_TOUCH_UTM_MEDIUM",
  measured."FIRST_TOUCH_UTM_CAMPAIGN" AS "FIRST_TOUCH_UTM_CAMPAIGN",
  measured."LAST_TOUCH_UTM_CAMPAIGN" AS "LAST_TOUCH_UTM_CAMPAIGN",
  measured."_HEAPLOAD_DUMP_ID" AS "_HEAPLOAD_DUMP_ID"
FROM measured
LEFT JOIN pages ON pages."_HEAPLOAD_SESSION" = measured."_HEAPLOAD_SESSION";

-- ---- test source_unique_click_event_id

SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."CLICK"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1;

-- ---- test source_not_null_click_event_id

SELECT *
FROM "HEAP"."CLICK"
WHERE "EVENT_ID" IS NULL;

-- ---- test source_unique_form_sent_user_id_event_id

SELECT
  "USER_ID",
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."FORM_SENT"
WHERE "USER_ID" IS NOT NULL AND "EVENT_ID" IS NOT NULL
GROUP BY "USER_ID", "EVENT_ID"
HAVING count(*) > 1;

-- ---- test source_not_null_form_sent_user_id

SELECT *
FROM "HEAP"."FORM_SENT"
WHERE "USER_ID" IS NULL;

-- ---- test source_not_null_form_sent_event_id

SELECT *
FROM "HEAP"."FORM_SENT"
WHERE "EVENT_ID" IS NULL;

-- ---- test source_unique_pageviews_event_id

SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1;

-- ---- test source_not_null_pageviews_event_id

SELECT *
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NULL;

-- ---- test source_unique_sessions_event_id

SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."SESSIONS"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1;

-- ---- test source_not_null_sessions_event_id

SELECT *
FROM "HEAP"."SESSIONS"
WHERE "EVENT_ID" IS NULL;

-- ---- test source_unique_user_migrations_from_user_id_to_user_id

SELECT
  "FROM_USER_ID",
  "TO_USER_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."USER_MIGRATIONS"
WHERE "FROM_USER_ID" IS NOT NULL AND "TO_USER_ID" IS NOT NULL
GROUP BY "FROM_USER_ID", "TO_USER_ID"
HAVING count(*) > 1;

-- ---- test source_not_null_user_migrations_from_user_id

SELECT *
FROM "HEAP"."USER_MIGRATIONS"
WHERE "FROM_USER_ID" IS NULL;

-- ---- test source_not_null_user_migrations_to_user_id

SELECT *
FROM "HEAP"."USER_MIGRATIONS"
WHERE "TO_USER_ID" IS NULL;

-- ---- test source_unique_users_email

SELECT
  "EMAIL",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."USERS"
WHERE "EMAIL" IS NOT NULL
GROUP BY "EMAIL"
HAVING count(*) > 1;

-- ---- test source_not_null_users_email

SELECT *
FROM "HEAP"."USERS"
WHERE "EMAIL" IS NULL;

-- ---- test unique_identity_map_original_user_id

SELECT
  "ORIGINAL_USER_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_RESOLVED"."IDENTITY_MAP"
WHERE "ORIGINAL_USER_ID" IS NOT NULL
GROUP BY "ORIGINAL_USER_ID"
HAVING count(*) > 1;

-- ---- test not_null_identity_map_user_id

SELECT *
FROM "HEAP_RESOLVED"."IDENTITY_MAP"
WHERE "USER_ID" IS NULL;

-- ---- test accepted_values_identity_map_circular

SELECT
  "CIRCULAR",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_RESOLVED"."IDENTITY_MAP"
WHERE "CIRCULAR" NOT IN (FALSE)
GROUP BY "CIRCULAR";

-- ---- test unique_form_sent_resolved_user_id_event_id

SELECT
  "USER_ID",
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_RESOLVED"."FORM_SENT"
WHERE "USER_ID" IS NOT NULL AND "EVENT_ID" IS NOT NULL
GROUP BY "USER_ID", "EVENT_ID"
HAVING count(*) > 1;

-- ---- test unique_users_resolved_user_id_email

SELECT
  "USER_ID",
  "EMAIL",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_RESOLVED"."USERS"
WHERE "USER_ID" IS NOT NULL AND "EMAIL" IS NOT NULL
GROUP BY "USER_ID", "EMAIL"
HAVING count(*) > 1;

-- ---- test not_null_all_events_event_table_name

SELECT *
FROM "HEAP_RESOLVED"."ALL_EVENTS"
WHERE "EVENT_TABLE_NAME" IS NULL;

-- ---- test unique_sessions_enriched_event_id

SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_RESOLVED"."SESSIONS_ENRICHED"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1;
