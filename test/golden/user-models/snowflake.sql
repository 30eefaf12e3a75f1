-- ==== FIRST BUILD

-- ---- set up for models

CREATE SCHEMA IF NOT EXISTS "HEAP_MODELS";

-- ---- model paths (view) as heap_models.paths

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE OR REPLACE VIEW "HEAP_MODELS"."PATHS" COPY GRANTS AS
SELECT DISTINCT path FROM "HEAP"."PAGEVIEWS" WHERE path <> 'it''s';

-- ---- model readers (table) as heap_models.readers

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE OR REPLACE TABLE "HEAP_MODELS"."READERS" COPY GRANTS AS
SELECT user_id, count(*) AS views FROM "HEAP"."PAGEVIEWS" GROUP BY user_id;

-- ---- model recent (incremental) as heap_models.recent

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE OR REPLACE TABLE "HEAP_MODELS"."RECENT" COPY GRANTS AS
SELECT event_id, user_id, path FROM "HEAP"."PAGEVIEWS";

-- ==== LATER BUILD

-- ---- model paths (view) as heap_models.paths

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE OR REPLACE VIEW "HEAP_MODELS"."PATHS" COPY GRANTS AS
SELECT DISTINCT path FROM "HEAP"."PAGEVIEWS" WHERE path <> 'it''s';

-- ---- model readers (table) as heap_models.readers

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

DROP VIEW IF EXISTS "HEAP_MODELS"."READERS";

CREATE OR REPLACE TABLE "HEAP_MODELS"."READERS" COPY GRANTS AS
SELECT user_id, count(*) AS views FROM "HEAP"."PAGEVIEWS" GROUP BY user_id;

-- ---- model recent (incremental) as heap_models.recent

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE OR REPLACE TRANSIENT TABLE "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT" DATA_RETENTION_TIME_IN_DAYS = 0 AS
SELECT event_id, user_id, path FROM "HEAP"."PAGEVIEWS"
WHERE event_id > (SELECT max(event_id) FROM "HEAP_MODELS"."RECENT");

BEGIN TRANSACTION;

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

-- expects 0 rows returned, else MODEL_FAILED
SELECT
  "EVENT_ID",
  "USER_ID"
FROM "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT"
GROUP BY "EVENT_ID", "USER_ID"
HAVING count(*) > 1 OR "EVENT_ID" IS NULL OR "USER_ID" IS NULL
LIMIT 1;

MERGE INTO "HEAP_MODELS"."RECENT" AS _heapload_target
USING "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT" AS _heapload_source
ON _heapload_target."EVENT_ID" = _heapload_source."EVENT_ID" AND _heapload_target."USER_ID" = _heapload_source."USER_ID"
WHEN MATCHED THEN UPDATE SET
  "PATH" = _heapload_source."PATH"
WHEN NOT MATCHED THEN INSERT (
  "EVENT_ID",
  "USER_ID",
  "PATH"
) VALUES (
  _heapload_source."EVENT_ID",
  _heapload_source."USER_ID",
  _heapload_source."PATH"
);

COMMIT;

DROP TABLE IF EXISTS "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT";

-- ==== MERGE OF A NEW COLUMN

ALTER TABLE "HEAP_MODELS"."RECENT" ADD COLUMN IF NOT EXISTS "TITLE" VARCHAR;

BEGIN TRANSACTION;

-- expects 1 rows returned, else LEASE_LOST
SELECT "TOKEN"
FROM "HEAP"."_HEAPLOAD_LEASE"
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

-- expects 0 rows returned, else MODEL_FAILED
SELECT
  "EVENT_ID",
  "USER_ID"
FROM "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT"
GROUP BY "EVENT_ID", "USER_ID"
HAVING count(*) > 1 OR "EVENT_ID" IS NULL OR "USER_ID" IS NULL
LIMIT 1;

MERGE INTO "HEAP_MODELS"."RECENT" AS _heapload_target
USING "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT" AS _heapload_source
ON _heapload_target."EVENT_ID" = _heapload_source."EVENT_ID" AND _heapload_target."USER_ID" = _heapload_source."USER_ID"
WHEN MATCHED THEN UPDATE SET
  "PATH" = _heapload_source."PATH",
  "TITLE" = _heapload_source."TITLE"
WHEN NOT MATCHED THEN INSERT (
  "EVENT_ID",
  "USER_ID",
  "PATH",
  "TITLE"
) VALUES (
  _heapload_source."EVENT_ID",
  _heapload_source."USER_ID",
  _heapload_source."PATH",
  _heapload_source."TITLE"
);

COMMIT;

DROP TABLE IF EXISTS "HEAP_MODELS"."_HEAPLOAD_MODEL_RECENT";

-- ==== DATA TESTS

-- source_unique_pageviews_event_id

SELECT count(*) AS "FAILURES"
FROM (
SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "EVENT_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NOT NULL
GROUP BY "EVENT_ID"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- source_not_null_pageviews_event_id

SELECT count(*) AS "FAILURES"
FROM (
SELECT *
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NULL
) AS _heapload_test;

SELECT *
FROM (
SELECT *
FROM "HEAP"."PAGEVIEWS"
WHERE "EVENT_ID" IS NULL
) AS _heapload_test
LIMIT 5;

-- unique_readers_user_id_views

SELECT count(*) AS "FAILURES"
FROM (
SELECT
  "USER_ID",
  "VIEWS",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NOT NULL AND "VIEWS" IS NOT NULL
GROUP BY "USER_ID", "VIEWS"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "USER_ID",
  "VIEWS",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NOT NULL AND "VIEWS" IS NOT NULL
GROUP BY "USER_ID", "VIEWS"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- unique_readers_user_id

SELECT count(*) AS "FAILURES"
FROM (
SELECT
  "USER_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NOT NULL
GROUP BY "USER_ID"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "USER_ID",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NOT NULL
GROUP BY "USER_ID"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- not_null_readers_user_id

SELECT count(*) AS "FAILURES"
FROM (
SELECT *
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NULL AND (views > 1)
) AS _heapload_test;

SELECT *
FROM (
SELECT *
FROM "HEAP_MODELS"."READERS"
WHERE "USER_ID" IS NULL AND (views > 1)
) AS _heapload_test
LIMIT 5;

-- relationships_readers_user_id_pageviews

SELECT count(*) AS "FAILURES"
FROM (
SELECT _heapload_child."USER_ID"
FROM (
  SELECT "USER_ID"
  FROM "HEAP_MODELS"."READERS"
  WHERE "USER_ID" IS NOT NULL
) AS _heapload_child
LEFT JOIN "HEAP"."PAGEVIEWS" AS _heapload_parent
  ON _heapload_child."USER_ID" = _heapload_parent."USER_ID"
WHERE _heapload_parent."USER_ID" IS NULL
) AS _heapload_test;

SELECT *
FROM (
SELECT _heapload_child."USER_ID"
FROM (
  SELECT "USER_ID"
  FROM "HEAP_MODELS"."READERS"
  WHERE "USER_ID" IS NOT NULL
) AS _heapload_child
LEFT JOIN "HEAP"."PAGEVIEWS" AS _heapload_parent
  ON _heapload_child."USER_ID" = _heapload_parent."USER_ID"
WHERE _heapload_parent."USER_ID" IS NULL
) AS _heapload_test
LIMIT 5;

-- accepted_values_readers_views

SELECT count(*) AS "FAILURES"
FROM (
SELECT
  "VIEWS",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "VIEWS" NOT IN (1, 2)
GROUP BY "VIEWS"
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "VIEWS",
  count(*) AS "COUNT_OF_ROWS"
FROM "HEAP_MODELS"."READERS"
WHERE "VIEWS" NOT IN (1, 2)
GROUP BY "VIEWS"
) AS _heapload_test
LIMIT 5;

-- few

SELECT count(*) AS "FAILURES"
FROM (
SELECT * FROM "HEAP_MODELS"."READERS" WHERE views > 100
) AS _heapload_test;

SELECT *
FROM (
SELECT * FROM "HEAP_MODELS"."READERS" WHERE views > 100
) AS _heapload_test
LIMIT 5;
