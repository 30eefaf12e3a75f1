-- ==== FIRST BUILD

-- ---- set up for models

CREATE SCHEMA IF NOT EXISTS "heap_models";

-- ---- model paths (view) as heap_models.paths

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE VIEW "heap_models"."paths" AS
SELECT DISTINCT path FROM "heap"."pageviews" WHERE path <> 'it''s';

-- ---- model readers (table) as heap_models.readers

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap_models"."readers" AS
SELECT user_id, count(*) AS views FROM "heap"."pageviews" GROUP BY user_id;

-- ---- model recent (incremental) as heap_models.recent

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap_models"."recent" AS
SELECT event_id, user_id, path FROM "heap"."pageviews";

-- ==== LATER BUILD

-- ---- model paths (view) as heap_models.paths

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE VIEW "heap_models"."paths" AS
SELECT DISTINCT path FROM "heap"."pageviews" WHERE path <> 'it''s';

-- ---- model readers (table) as heap_models.readers

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

DROP VIEW IF EXISTS "heap_models"."readers";

CREATE OR REPLACE TABLE "heap_models"."readers" AS
SELECT user_id, count(*) AS views FROM "heap"."pageviews" GROUP BY user_id;

-- ---- model recent (incremental) as heap_models.recent

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap_models"."_heapload_model_recent" AS
SELECT event_id, user_id, path FROM "heap"."pageviews"
WHERE event_id > (SELECT max(event_id) FROM "heap_models"."recent");

BEGIN TRANSACTION;

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

-- expects 0 rows returned, else MODEL_FAILED
SELECT
  "event_id",
  "user_id"
FROM "heap_models"."_heapload_model_recent"
GROUP BY "event_id", "user_id"
HAVING count(*) > 1 OR "event_id" IS NULL OR "user_id" IS NULL
LIMIT 1;

MERGE INTO "heap_models"."recent" AS _heapload_target
USING "heap_models"."_heapload_model_recent" AS _heapload_source
ON _heapload_target."event_id" = _heapload_source."event_id" AND _heapload_target."user_id" = _heapload_source."user_id"
WHEN MATCHED THEN UPDATE SET
  "path" = _heapload_source."path"
WHEN NOT MATCHED THEN INSERT (
  "event_id",
  "user_id",
  "path"
) VALUES (
  _heapload_source."event_id",
  _heapload_source."user_id",
  _heapload_source."path"
);

COMMIT;

DROP TABLE IF EXISTS "heap_models"."_heapload_model_recent";

-- ==== MERGE OF A NEW COLUMN

ALTER TABLE "heap_models"."recent" ADD COLUMN IF NOT EXISTS "title" VARCHAR;

BEGIN TRANSACTION;

-- expects 1 rows returned, else LEASE_LOST
SELECT "token"
FROM "heap"."_heapload_lease"
WHERE "name" = 'run' AND "token" = $lease_token;

-- expects 0 rows returned, else MODEL_FAILED
SELECT
  "event_id",
  "user_id"
FROM "heap_models"."_heapload_model_recent"
GROUP BY "event_id", "user_id"
HAVING count(*) > 1 OR "event_id" IS NULL OR "user_id" IS NULL
LIMIT 1;

MERGE INTO "heap_models"."recent" AS _heapload_target
USING "heap_models"."_heapload_model_recent" AS _heapload_source
ON _heapload_target."event_id" = _heapload_source."event_id" AND _heapload_target."user_id" = _heapload_source."user_id"
WHEN MATCHED THEN UPDATE SET
  "path" = _heapload_source."path",
  "title" = _heapload_source."title"
WHEN NOT MATCHED THEN INSERT (
  "event_id",
  "user_id",
  "path",
  "title"
) VALUES (
  _heapload_source."event_id",
  _heapload_source."user_id",
  _heapload_source."path",
  _heapload_source."title"
);

COMMIT;

DROP TABLE IF EXISTS "heap_models"."_heapload_model_recent";

-- ==== DATA TESTS

-- source_unique_pageviews_event_id

SELECT count(*) AS "failures"
FROM (
SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."pageviews"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "event_id",
  count(*) AS "count_of_rows"
FROM "heap"."pageviews"
WHERE "event_id" IS NOT NULL
GROUP BY "event_id"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- source_not_null_pageviews_event_id

SELECT count(*) AS "failures"
FROM (
SELECT *
FROM "heap"."pageviews"
WHERE "event_id" IS NULL
) AS _heapload_test;

SELECT *
FROM (
SELECT *
FROM "heap"."pageviews"
WHERE "event_id" IS NULL
) AS _heapload_test
LIMIT 5;

-- unique_readers_user_id_views

SELECT count(*) AS "failures"
FROM (
SELECT
  "user_id",
  "views",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "user_id" IS NOT NULL AND "views" IS NOT NULL
GROUP BY "user_id", "views"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "user_id",
  "views",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "user_id" IS NOT NULL AND "views" IS NOT NULL
GROUP BY "user_id", "views"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- unique_readers_user_id

SELECT count(*) AS "failures"
FROM (
SELECT
  "user_id",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "user_id" IS NOT NULL
GROUP BY "user_id"
HAVING count(*) > 1
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "user_id",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "user_id" IS NOT NULL
GROUP BY "user_id"
HAVING count(*) > 1
) AS _heapload_test
LIMIT 5;

-- not_null_readers_user_id

SELECT count(*) AS "failures"
FROM (
SELECT *
FROM "heap_models"."readers"
WHERE "user_id" IS NULL AND (views > 1)
) AS _heapload_test;

SELECT *
FROM (
SELECT *
FROM "heap_models"."readers"
WHERE "user_id" IS NULL AND (views > 1)
) AS _heapload_test
LIMIT 5;

-- relationships_readers_user_id_pageviews

SELECT count(*) AS "failures"
FROM (
SELECT _heapload_child."user_id"
FROM (
  SELECT "user_id"
  FROM "heap_models"."readers"
  WHERE "user_id" IS NOT NULL
) AS _heapload_child
LEFT JOIN "heap"."pageviews" AS _heapload_parent
  ON _heapload_child."user_id" = _heapload_parent."user_id"
WHERE _heapload_parent."user_id" IS NULL
) AS _heapload_test;

SELECT *
FROM (
SELECT _heapload_child."user_id"
FROM (
  SELECT "user_id"
  FROM "heap_models"."readers"
  WHERE "user_id" IS NOT NULL
) AS _heapload_child
LEFT JOIN "heap"."pageviews" AS _heapload_parent
  ON _heapload_child."user_id" = _heapload_parent."user_id"
WHERE _heapload_parent."user_id" IS NULL
) AS _heapload_test
LIMIT 5;

-- accepted_values_readers_views

SELECT count(*) AS "failures"
FROM (
SELECT
  "views",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "views" NOT IN (1, 2)
GROUP BY "views"
) AS _heapload_test;

SELECT *
FROM (
SELECT
  "views",
  count(*) AS "count_of_rows"
FROM "heap_models"."readers"
WHERE "views" NOT IN (1, 2)
GROUP BY "views"
) AS _heapload_test
LIMIT 5;

-- few

SELECT count(*) AS "failures"
FROM (
SELECT * FROM "heap_models"."readers" WHERE views > 100
) AS _heapload_test;

SELECT *
FROM (
SELECT * FROM "heap_models"."readers" WHERE views > 100
) AS _heapload_test
LIMIT 5;
