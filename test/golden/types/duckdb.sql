-- every type, a property that flips, times in two encodings, a composite key: dumps up to 20

-- ---- setup

CREATE SCHEMA IF NOT EXISTS "heap";

CREATE TABLE IF NOT EXISTS "heap"."_heapload_runs" (
  "run_id" VARCHAR,
  "name" VARCHAR,
  "version" VARCHAR,
  "status" VARCHAR,
  "started_at" TIMESTAMP,
  "finished_at" TIMESTAMP,
  "loads_done" BIGINT,
  "loads_failed" BIGINT,
  "message" VARCHAR
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_dumps" (
  "dump_id" BIGINT,
  "manifest_key" VARCHAR,
  "manifest_etag" VARCHAR,
  "run_id" VARCHAR,
  "recorded_at" TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_loads" (
  "load_id" VARCHAR,
  "dump_id" BIGINT,
  "table_name" VARCHAR,
  "source_table" VARCHAR,
  "incremental" BOOLEAN,
  "files" BIGINT,
  "status" VARCHAR,
  "run_id" VARCHAR,
  "rows_read" BIGINT,
  "rows_staged" BIGINT,
  "rows_inserted" BIGINT,
  "rows_updated" BIGINT,
  "rows_unchanged" BIGINT,
  "rows_filtered" BIGINT,
  "rows_rejected" BIGINT,
  "values_rejected" BIGINT,
  "table_rows" BIGINT,
  "finished_at" TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_files" (
  "load_id" VARCHAR,
  "dump_id" BIGINT,
  "table_name" VARCHAR,
  "file_index" BIGINT,
  "file_key" VARCHAR,
  "etag" VARCHAR,
  "bytes" BIGINT,
  "modified_ms" BIGINT,
  "sort_key" VARCHAR,
  "status" VARCHAR,
  "rows" BIGINT,
  "reason" VARCHAR
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_columns" (
  "table_name" VARCHAR,
  "column_name" VARCHAR,
  "type" VARCHAR,
  "origin" VARCHAR,
  "dump_id" BIGINT,
  "load_id" VARCHAR,
  "run_id" VARCHAR,
  "recorded_at" TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_rejects" (
  "load_id" VARCHAR,
  "dump_id" BIGINT,
  "table_name" VARCHAR,
  "file_key" VARCHAR,
  "row_index" BIGINT,
  "kind" VARCHAR,
  "column_name" VARCHAR,
  "reason" VARCHAR,
  "raw_value" VARCHAR
);

CREATE TABLE IF NOT EXISTS "heap"."_heapload_lease" (
  "name" VARCHAR,
  "token" BIGINT,
  "run_id" VARCHAR,
  "holder" VARCHAR,
  "acquired_at" TIMESTAMP,
  "expires_at" TIMESTAMP,
  "ledger_version" BIGINT,
  "layout" VARCHAR
);

INSERT INTO "heap"."_heapload_lease" (
  "name", "token", "ledger_version", "layout"
)
SELECT 'run', 0, 1, 'manifests'
FROM (SELECT 1 AS one) AS seed
WHERE NOT EXISTS (SELECT 1 FROM "heap"."_heapload_lease" WHERE "name" = 'run');

-- expects 1 rows changed, else LEASE_HELD
UPDATE "heap"."_heapload_lease"
SET
  "token" = "token" + 1,
  "run_id" = $run_id,
  "holder" = $holder,
  "acquired_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP),
  "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run'
  AND (
    "run_id" IS NULL
    OR "expires_at" < CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
    OR "holder" <> $holder
  );

UPDATE "heap"."_heapload_runs"
SET "status" = 'died'
WHERE "status" = 'running' AND "run_id" <> $run_id;

INSERT INTO "heap"."_heapload_runs" (
  "run_id", "name", "version", "status", "started_at"
)
SELECT $run_id, 'heapload', '0.1.0', 'running', CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP);

-- ---- record what was found

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

INSERT INTO "heap"."_heapload_dumps" (
  "dump_id", "manifest_key", "manifest_etag", "run_id", "recorded_at"
)
VALUES
  (20, 'manifests/sync_20.json', 'etag-of-sync_20.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

INSERT INTO "heap"."_heapload_loads" (
  "load_id", "dump_id", "table_name", "source_table",
  "incremental", "files", "status"
)
VALUES
  ('20/everything', 20, 'everything', 'everything', TRUE, 1, 'pending'),
  ('20/click', 20, 'click', 'click', TRUE, 2, 'pending');

COMMIT;

-- ---- load 20/everything into everything: merge, 1 file, 764 bytes

CREATE OR REPLACE TABLE "heap"."_heapload_stage_table_1_20_everything" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "_heapload_staged_1" VARCHAR,
  "event_id" VARCHAR,
  "text" VARCHAR,
  "whole" BIGINT,
  "real" DOUBLE,
  "flag" BOOLEAN,
  "raw" BLOB,
  "day" DATE,
  "at" TIMESTAMP,
  "price" DECIMAL(12,2),
  "total" DECIMAL(38,0),
  "tags" JSON,
  "_heapload_dump_id" BIGINT
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap"."_heapload_stage_1_20_everything" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "event_id" VARCHAR
);

-- append 1 Avro files to "heap"."_heapload_stage_1_20_everything", rows in file order:
--   0: sync_20/everything/part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro (764 bytes)

INSERT INTO "heap"."_heapload_stage_table_1_20_everything" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "event_id",
  "text",
  "whole",
  "real",
  "flag",
  "raw",
  "day",
  "at",
  "price",
  "total",
  "tags",
  "_heapload_dump_id"
)
SELECT *
FROM (
  SELECT
    _heapload_staged."_heapload_file",
    _heapload_staged."_heapload_row",
    _heapload_staged."_heapload_place",
    _heapload_staged."event_id" AS "_heapload_staged_1",
    _heapload_staged."event_id" AS "event_id",
    _heapload_staged."text" AS "text",
    _heapload_staged."whole" AS "whole",
    _heapload_staged."real" AS "real",
    _heapload_staged."flag" AS "flag",
    _heapload_staged."raw" AS "raw",
    _heapload_staged."day" AS "day",
    _heapload_staged."at" AS "at",
    _heapload_staged."price" AS "price",
    _heapload_staged."total" AS "total",
    _heapload_staged."tags" AS "tags",
    20 AS "_heapload_dump_id"
  FROM _heapload_scan('heap._heapload_stage_1_20_everything', NULL) AS _heapload_staged
) AS _heapload_typed;

INSERT INTO "heap"."_heapload_stage_1_20_everything" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "event_id"
)
SELECT
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1"
FROM "heap"."_heapload_stage_table_1_20_everything";

CREATE OR REPLACE TEMPORARY TABLE "_heapload_stage_outcomes" AS
SELECT
  _heapload_ranked."_heapload_place",
  CASE
    WHEN _heapload_ranked."event_id" IS NULL THEN 'rejected'
    WHEN _heapload_ranked."_heapload_rank" > 1 THEN 'unchanged'
    ELSE 'inserted'
  END AS outcome
FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."event_id"
          ORDER BY _heapload_typed."_heapload_file" DESC, _heapload_typed."_heapload_row" DESC
        ) AS "_heapload_rank"
      FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          _heapload_staged."_heapload_place",
          20 AS "_heapload_dump_id",
          _heapload_staged."event_id" AS "event_id"
        FROM "heap"."_heapload_stage_1_20_everything" AS _heapload_staged
      ) AS _heapload_typed
) AS _heapload_ranked;

DELETE FROM "heap"."_heapload_stage_table_1_20_everything"
WHERE "_heapload_place" IN (
  SELECT "_heapload_place"
  FROM "_heapload_stage_outcomes"
  WHERE outcome <> 'inserted'
);

ALTER TABLE "heap"."_heapload_stage_table_1_20_everything" DROP COLUMN "_heapload_file";

ALTER TABLE "heap"."_heapload_stage_table_1_20_everything" DROP COLUMN "_heapload_row";

ALTER TABLE "heap"."_heapload_stage_table_1_20_everything" DROP COLUMN "_heapload_place";

ALTER TABLE "heap"."_heapload_stage_table_1_20_everything" DROP COLUMN "_heapload_staged_1";

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

INSERT INTO "heap"."_heapload_files" (
  "load_id", "dump_id", "table_name", "file_index", "file_key", "etag",
  "bytes", "modified_ms", "sort_key", "status", "rows", "reason"
)
VALUES
  ('20/everything', 20, 'everything', 0, 'sync_20/everything/part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro', 'etag-of-part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro', 764, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "heap"."_heapload_files"
SET "rows" = counted."rows"
FROM (
  SELECT "_heapload_file", count(*) AS "rows"
  FROM "heap"."_heapload_stage_1_20_everything"
  GROUP BY "_heapload_file"
) AS counted
WHERE "load_id" = '20/everything' AND "file_index" = counted."_heapload_file";

SET VARIABLE _heapload_places = (
  SELECT list(bits ORDER BY part)
  FROM (
    SELECT
      "_heapload_place" // 1048576 AS part,
      bitstring_agg("_heapload_place" % 1048576, 0, 1048575) FILTER (WHERE outcome IN ('rejected')) AS bits
    FROM "_heapload_stage_outcomes"
    GROUP BY part
  ) AS parts
);

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '20/everything', 20, 'everything', _heapload_file."file_key", _heapload_typed."_heapload_row",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_heapload_raw"
FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          20 AS "_heapload_dump_id",
          CAST(to_json(_heapload_staged) AS VARCHAR) AS "_heapload_raw",
          _heapload_staged."event_id" AS "event_id"
        FROM (SELECT * EXCLUDE ("_heapload_place") FROM _heapload_scan('heap._heapload_stage_1_20_everything', getvariable('_heapload_places'))) AS _heapload_staged
) AS _heapload_typed
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '20/everything' AND _heapload_file."file_index" = _heapload_typed."_heapload_file"
WHERE _heapload_typed."event_id" IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "heap"."_heapload_loads"
SET
  "status" = 'loaded',
  "table_name" = 'everything',
  "run_id" = $run_id,
  "rows_read" = $rows_read,
  "rows_staged" = counted.staged,
  "rows_inserted" = counted.inserted,
  "rows_updated" = counted.updated,
  "rows_unchanged" = counted.unchanged,
  "rows_filtered" = counted.filtered,
  "rows_rejected" = counted.rejected,
  "values_rejected" = counted.values_rejected,
  "table_rows" = counted.table_rows + counted.inserted,
  "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
FROM (
  SELECT
    (SELECT count(*) FROM "heap"."_heapload_stage_1_20_everything") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '20/everything' AND "kind" = 'value') AS values_rejected,
    0 AS table_rows
  FROM "_heapload_stage_outcomes"
) AS counted
WHERE "load_id" = '20/everything' AND "status" IN ('pending', 'excluded');

ALTER TABLE "heap"."_heapload_stage_table_1_20_everything" RENAME TO "everything";

DROP TABLE "_heapload_stage_outcomes";

INSERT INTO "heap"."_heapload_columns" (
  "table_name", "column_name", "type", "origin",
  "dump_id", "load_id", "run_id", "recorded_at"
)
VALUES
  ('everything', 'event_id', 'string', 'event_id', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'text', 'string', 'text', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'whole', 'int64', 'whole', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'real', 'float64', 'real', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'flag', 'bool', 'flag', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'raw', 'bytes', 'raw', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'day', 'date', 'day', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'at', 'timestamp', 'at', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'price', 'decimal(12,2)', 'price', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'total', 'decimal(38,0)', 'total', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('everything', 'tags', 'json', 'tags', 20, '20/everything', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

-- expects 0 rows returned, else COUNTS_MISMATCH
SELECT
  "rows_read",
  "rows_staged",
  "rows_inserted",
  "rows_updated",
  "rows_unchanged",
  "rows_filtered",
  "rows_rejected",
  "values_rejected",
  "table_rows"
FROM "heap"."_heapload_loads"
WHERE "load_id" = '20/everything'
  AND (
    "rows_read" <> "rows_staged"
    OR "rows_staged" <> "rows_inserted" + "rows_updated" + "rows_unchanged"
      + "rows_filtered" + "rows_rejected"
    OR "rows_rejected" <> (
      SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '20/everything' AND "kind" = 'row'
    )
    OR "table_rows" <> (SELECT count(*) FROM "heap"."everything")
  );

COMMIT;

DROP TABLE IF EXISTS "heap"."_heapload_stage_1_20_everything";

DROP TABLE IF EXISTS "heap"."_heapload_stage_table_1_20_everything";

-- ---- load 20/click into click: merge, 2 files, 627 bytes

CREATE OR REPLACE TABLE "heap"."_heapload_stage_table_1_20_click" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "_heapload_staged_1" BIGINT,
  "_heapload_staged_2" BIGINT,
  "_heapload_staged_3" VARCHAR,
  "_heapload_staged_4" BIGINT,
  "event_id" BIGINT,
  "user_id" BIGINT,
  "time" TIMESTAMP,
  "label" VARCHAR,
  "seats" BIGINT,
  "seats__string" VARCHAR,
  "_heapload_dump_id" BIGINT
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap"."_heapload_stage_1_20_click" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "event_id" BIGINT,
  "user_id" BIGINT,
  "time" VARCHAR,
  "time__int64" BIGINT
);

-- append 2 Avro files to "heap"."_heapload_stage_1_20_click", rows in file order:
--   0: sync_20/click/part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro (313 bytes)
--   1: sync_20/click/part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro (314 bytes)

INSERT INTO "heap"."_heapload_stage_table_1_20_click" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2",
  "_heapload_staged_3",
  "_heapload_staged_4",
  "event_id",
  "user_id",
  "time",
  "label",
  "seats",
  "seats__string",
  "_heapload_dump_id"
)
SELECT *
FROM (
  SELECT
    _heapload_staged."_heapload_file",
    _heapload_staged."_heapload_row",
    _heapload_staged."_heapload_place",
    _heapload_staged."event_id" AS "_heapload_staged_1",
    _heapload_staged."user_id" AS "_heapload_staged_2",
    _heapload_staged."time" AS "_heapload_staged_3",
    _heapload_staged."time__int64" AS "_heapload_staged_4",
    _heapload_staged."event_id" AS "event_id",
    _heapload_staged."user_id" AS "user_id",
    COALESCE(CASE WHEN regexp_full_match(_heapload_staged."time", '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?') THEN TRY_CAST(_heapload_staged."time" AS TIMESTAMP) WHEN regexp_full_match(_heapload_staged."time", '-?[0-9]+') THEN CASE WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT)) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000 AND -100000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) <> 0 AND TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000000) END WHEN regexp_full_match(_heapload_staged."time", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') THEN CASE WHEN epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ)) BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ))) END END, CASE WHEN _heapload_staged."time__int64" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."time__int64" BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(_heapload_staged."time__int64") WHEN _heapload_staged."time__int64" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."time__int64" BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(_heapload_staged."time__int64" * 1000) WHEN _heapload_staged."time__int64" <> 0 AND _heapload_staged."time__int64" BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(_heapload_staged."time__int64" * 1000000) END) AS "time",
    _heapload_staged."label" AS "label",
    _heapload_staged."seats" AS "seats",
    _heapload_staged."seats__string" AS "seats__string",
    20 AS "_heapload_dump_id"
  FROM _heapload_scan('heap._heapload_stage_1_20_click', NULL) AS _heapload_staged
) AS _heapload_typed;

INSERT INTO "heap"."_heapload_stage_1_20_click" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "event_id",
  "user_id",
  "time",
  "time__int64"
)
SELECT
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2",
  "_heapload_staged_3",
  "_heapload_staged_4"
FROM "heap"."_heapload_stage_table_1_20_click";

CREATE OR REPLACE TEMPORARY TABLE "_heapload_stage_outcomes" AS
SELECT
  _heapload_ranked."_heapload_place",
  CASE
    WHEN _heapload_ranked."user_id" IS NULL OR _heapload_ranked."event_id" IS NULL THEN 'rejected'
    WHEN _heapload_ranked."_heapload_rank" > 1 THEN 'unchanged'
    ELSE 'inserted'
  END AS outcome
FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."user_id", _heapload_typed."event_id"
          ORDER BY _heapload_typed."_heapload_file" DESC, _heapload_typed."_heapload_row" DESC
        ) AS "_heapload_rank"
      FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          _heapload_staged."_heapload_place",
          20 AS "_heapload_dump_id",
          _heapload_staged."event_id" AS "event_id",
          _heapload_staged."user_id" AS "user_id"
        FROM "heap"."_heapload_stage_1_20_click" AS _heapload_staged
      ) AS _heapload_typed
) AS _heapload_ranked;

DELETE FROM "heap"."_heapload_stage_table_1_20_click"
WHERE "_heapload_place" IN (
  SELECT "_heapload_place"
  FROM "_heapload_stage_outcomes"
  WHERE outcome <> 'inserted'
);

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_file";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_row";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_place";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_staged_1";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_staged_2";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_staged_3";

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" DROP COLUMN "_heapload_staged_4";

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

INSERT INTO "heap"."_heapload_files" (
  "load_id", "dump_id", "table_name", "file_index", "file_key", "etag",
  "bytes", "modified_ms", "sort_key", "status", "rows", "reason"
)
VALUES
  ('20/click', 20, 'click', 0, 'sync_20/click/part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro', 'etag-of-part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro', 313, 1700000000000, NULL, 'loaded', 0, NULL),
  ('20/click', 20, 'click', 1, 'sync_20/click/part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro', 'etag-of-part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro', 314, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "heap"."_heapload_files"
SET "rows" = counted."rows"
FROM (
  SELECT "_heapload_file", count(*) AS "rows"
  FROM "heap"."_heapload_stage_1_20_click"
  GROUP BY "_heapload_file"
) AS counted
WHERE "load_id" = '20/click' AND "file_index" = counted."_heapload_file";

SET VARIABLE _heapload_places = (
  SELECT list(bits ORDER BY part)
  FROM (
    SELECT
      "_heapload_place" // 1048576 AS part,
      bitstring_agg("_heapload_place" % 1048576, 0, 1048575) FILTER (WHERE outcome IN ('rejected')) AS bits
    FROM "_heapload_stage_outcomes"
    GROUP BY part
  ) AS parts
);

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '20/click', 20, 'click', _heapload_file."file_key", _heapload_typed."_heapload_row",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_heapload_raw"
FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          20 AS "_heapload_dump_id",
          CAST(to_json(_heapload_staged) AS VARCHAR) AS "_heapload_raw",
          _heapload_staged."event_id" AS "event_id",
          _heapload_staged."user_id" AS "user_id"
        FROM (SELECT * EXCLUDE ("_heapload_place") FROM _heapload_scan('heap._heapload_stage_1_20_click', getvariable('_heapload_places'))) AS _heapload_staged
) AS _heapload_typed
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '20/click' AND _heapload_file."file_index" = _heapload_typed."_heapload_file"
WHERE _heapload_typed."user_id" IS NULL OR _heapload_typed."event_id" IS NULL;

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '20/click', 20, 'click', _heapload_file."file_key", _heapload_staged."_heapload_row",
  'value', 'time', 'not a timestamp', _heapload_staged."time"
FROM "heap"."_heapload_stage_1_20_click" AS _heapload_staged
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '20/click' AND _heapload_file."file_index" = _heapload_staged."_heapload_file"
WHERE _heapload_staged."time" <> '' AND NOT regexp_full_match(_heapload_staged."time", '-?0+')
  AND CASE WHEN regexp_full_match(_heapload_staged."time", '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?') THEN TRY_CAST(_heapload_staged."time" AS TIMESTAMP) WHEN regexp_full_match(_heapload_staged."time", '-?[0-9]+') THEN CASE WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT)) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000 AND -100000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) <> 0 AND TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000000) END WHEN regexp_full_match(_heapload_staged."time", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') THEN CASE WHEN epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ)) BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ))) END END IS NULL;

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '20/click', 20, 'click', _heapload_file."file_key", _heapload_staged."_heapload_row",
  'value', 'time', 'not a timestamp', CAST(_heapload_staged."time__int64" AS VARCHAR)
FROM "heap"."_heapload_stage_1_20_click" AS _heapload_staged
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '20/click' AND _heapload_file."file_index" = _heapload_staged."_heapload_file"
WHERE _heapload_staged."time__int64" <> 0
  AND CASE WHEN _heapload_staged."time__int64" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."time__int64" BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(_heapload_staged."time__int64") WHEN _heapload_staged."time__int64" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."time__int64" BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(_heapload_staged."time__int64" * 1000) WHEN _heapload_staged."time__int64" <> 0 AND _heapload_staged."time__int64" BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(_heapload_staged."time__int64" * 1000000) END IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "heap"."_heapload_loads"
SET
  "status" = 'loaded',
  "table_name" = 'click',
  "run_id" = $run_id,
  "rows_read" = $rows_read,
  "rows_staged" = counted.staged,
  "rows_inserted" = counted.inserted,
  "rows_updated" = counted.updated,
  "rows_unchanged" = counted.unchanged,
  "rows_filtered" = counted.filtered,
  "rows_rejected" = counted.rejected,
  "values_rejected" = counted.values_rejected,
  "table_rows" = counted.table_rows + counted.inserted,
  "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
FROM (
  SELECT
    (SELECT count(*) FROM "heap"."_heapload_stage_1_20_click") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '20/click' AND "kind" = 'value') AS values_rejected,
    0 AS table_rows
  FROM "_heapload_stage_outcomes"
) AS counted
WHERE "load_id" = '20/click' AND "status" IN ('pending', 'excluded');

ALTER TABLE "heap"."_heapload_stage_table_1_20_click" RENAME TO "click";

DROP TABLE "_heapload_stage_outcomes";

INSERT INTO "heap"."_heapload_columns" (
  "table_name", "column_name", "type", "origin",
  "dump_id", "load_id", "run_id", "recorded_at"
)
VALUES
  ('click', 'event_id', 'int64', 'event_id', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'user_id', 'int64', 'user_id', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'time', 'timestamp', 'time', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'label', 'string', 'label', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'seats', 'int64', 'seats', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'seats__string', 'string', 'seats', 20, '20/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

-- expects 0 rows returned, else COUNTS_MISMATCH
SELECT
  "rows_read",
  "rows_staged",
  "rows_inserted",
  "rows_updated",
  "rows_unchanged",
  "rows_filtered",
  "rows_rejected",
  "values_rejected",
  "table_rows"
FROM "heap"."_heapload_loads"
WHERE "load_id" = '20/click'
  AND (
    "rows_read" <> "rows_staged"
    OR "rows_staged" <> "rows_inserted" + "rows_updated" + "rows_unchanged"
      + "rows_filtered" + "rows_rejected"
    OR "rows_rejected" <> (
      SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '20/click' AND "kind" = 'row'
    )
    OR "table_rows" <> (SELECT count(*) FROM "heap"."click")
  );

COMMIT;

DROP TABLE IF EXISTS "heap"."_heapload_stage_1_20_click";

DROP TABLE IF EXISTS "heap"."_heapload_stage_table_1_20_click";

-- ---- finish

UPDATE "heap"."_heapload_runs"
SET
  "status" = $run_status,
  "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP),
  "loads_done" = $loads_done,
  "loads_failed" = $loads_failed,
  "message" = $run_message
WHERE "run_id" = $run_id;

UPDATE "heap"."_heapload_lease"
SET "run_id" = NULL, "holder" = NULL, "expires_at" = NULL
WHERE "name" = 'run' AND "token" = $lease_token;
