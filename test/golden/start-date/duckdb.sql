-- event rows before a day stay out: dumps up to 30

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
  (30, 'manifests/sync_30.json', 'etag-of-sync_30.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

INSERT INTO "heap"."_heapload_loads" (
  "load_id", "dump_id", "table_name", "source_table",
  "incremental", "files", "status"
)
VALUES
  ('30/click', 30, 'click', 'click', TRUE, 1, 'pending');

COMMIT;

-- ---- load 30/click into click: merge, 1 file, 313 bytes

CREATE OR REPLACE TABLE "heap"."_heapload_stage_table_1_30_click" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "_heapload_staged_1" BIGINT,
  "_heapload_staged_2" VARCHAR,
  "event_id" BIGINT,
  "user_id" BIGINT,
  "time" TIMESTAMP,
  "label" VARCHAR,
  "seats" BIGINT,
  "_heapload_dump_id" BIGINT
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap"."_heapload_stage_1_30_click" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "event_id" BIGINT,
  "time" VARCHAR
);

-- append 1 Avro files to "heap"."_heapload_stage_1_30_click", rows in file order:
--   0: sync_30/click/part-00000-8fc62e57-d7bc-36ea-7aad-d72117aefa02-c000.avro (313 bytes)

INSERT INTO "heap"."_heapload_stage_table_1_30_click" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2",
  "event_id",
  "user_id",
  "time",
  "label",
  "seats",
  "_heapload_dump_id"
)
SELECT *
FROM (
  SELECT
    _heapload_staged."_heapload_file",
    _heapload_staged."_heapload_row",
    _heapload_staged."_heapload_place",
    _heapload_staged."event_id" AS "_heapload_staged_1",
    _heapload_staged."time" AS "_heapload_staged_2",
    _heapload_staged."event_id" AS "event_id",
    _heapload_staged."user_id" AS "user_id",
    CASE WHEN regexp_full_match(_heapload_staged."time", '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?') THEN TRY_CAST(_heapload_staged."time" AS TIMESTAMP) WHEN regexp_full_match(_heapload_staged."time", '-?[0-9]+') THEN CASE WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT)) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000 AND -100000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) <> 0 AND TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000000) END WHEN regexp_full_match(_heapload_staged."time", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') THEN CASE WHEN epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ)) BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ))) END END AS "time",
    _heapload_staged."label" AS "label",
    _heapload_staged."seats" AS "seats",
    30 AS "_heapload_dump_id"
  FROM _heapload_scan('heap._heapload_stage_1_30_click', NULL) AS _heapload_staged
) AS _heapload_typed;

INSERT INTO "heap"."_heapload_stage_1_30_click" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "event_id",
  "time"
)
SELECT
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2"
FROM "heap"."_heapload_stage_table_1_30_click";

CREATE OR REPLACE TEMPORARY TABLE "_heapload_stage_outcomes" AS
SELECT
  _heapload_ranked."_heapload_place",
  CASE
    WHEN _heapload_ranked."event_id" IS NULL THEN 'rejected'
    WHEN _heapload_ranked."_heapload_early" THEN 'filtered'
    WHEN _heapload_ranked."_heapload_rank" > 1 THEN 'unchanged'
    ELSE 'inserted'
  END AS outcome
FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."_heapload_early", _heapload_typed."event_id"
          ORDER BY _heapload_typed."_heapload_file" DESC, _heapload_typed."_heapload_row" DESC
        ) AS "_heapload_rank"
      FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          _heapload_staged."_heapload_place",
          30 AS "_heapload_dump_id",
          COALESCE(CASE WHEN regexp_full_match(_heapload_staged."time", '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?') THEN TRY_CAST(_heapload_staged."time" AS TIMESTAMP) WHEN regexp_full_match(_heapload_staged."time", '-?[0-9]+') THEN CASE WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT)) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000 AND -100000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) <> 0 AND TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000000) END WHEN regexp_full_match(_heapload_staged."time", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') THEN CASE WHEN epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ)) BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ))) END END < make_timestamp(1767225600000000), FALSE) AS "_heapload_early",
          _heapload_staged."event_id" AS "event_id"
        FROM "heap"."_heapload_stage_1_30_click" AS _heapload_staged
      ) AS _heapload_typed
) AS _heapload_ranked;

DELETE FROM "heap"."_heapload_stage_table_1_30_click"
WHERE "_heapload_place" IN (
  SELECT "_heapload_place"
  FROM "_heapload_stage_outcomes"
  WHERE outcome <> 'inserted'
);

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" DROP COLUMN "_heapload_file";

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" DROP COLUMN "_heapload_row";

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" DROP COLUMN "_heapload_place";

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" DROP COLUMN "_heapload_staged_1";

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" DROP COLUMN "_heapload_staged_2";

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
  ('30/click', 30, 'click', 0, 'sync_30/click/part-00000-8fc62e57-d7bc-36ea-7aad-d72117aefa02-c000.avro', 'etag-of-part-00000-8fc62e57-d7bc-36ea-7aad-d72117aefa02-c000.avro', 313, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "heap"."_heapload_files"
SET "rows" = counted."rows"
FROM (
  SELECT "_heapload_file", count(*) AS "rows"
  FROM "heap"."_heapload_stage_1_30_click"
  GROUP BY "_heapload_file"
) AS counted
WHERE "load_id" = '30/click' AND "file_index" = counted."_heapload_file";

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
  '30/click', 30, 'click', _heapload_file."file_key", _heapload_typed."_heapload_row",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_heapload_raw"
FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          30 AS "_heapload_dump_id",
          CAST(to_json(_heapload_staged) AS VARCHAR) AS "_heapload_raw",
          _heapload_staged."event_id" AS "event_id"
        FROM (SELECT * EXCLUDE ("_heapload_place") FROM _heapload_scan('heap._heapload_stage_1_30_click', getvariable('_heapload_places'))) AS _heapload_staged
) AS _heapload_typed
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '30/click' AND _heapload_file."file_index" = _heapload_typed."_heapload_file"
WHERE _heapload_typed."event_id" IS NULL;

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '30/click', 30, 'click', _heapload_file."file_key", _heapload_staged."_heapload_row",
  'value', 'time', 'not a timestamp', _heapload_staged."time"
FROM "heap"."_heapload_stage_1_30_click" AS _heapload_staged
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '30/click' AND _heapload_file."file_index" = _heapload_staged."_heapload_file"
WHERE _heapload_staged."time" <> '' AND NOT regexp_full_match(_heapload_staged."time", '-?0+')
  AND CASE WHEN regexp_full_match(_heapload_staged."time", '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?') THEN TRY_CAST(_heapload_staged."time" AS TIMESTAMP) WHEN regexp_full_match(_heapload_staged."time", '-?[0-9]+') THEN CASE WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT)) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800000 AND -100000000000 OR TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000) WHEN TRY_CAST(_heapload_staged."time" AS BIGINT) <> 0 AND TRY_CAST(_heapload_staged."time" AS BIGINT) BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(TRY_CAST(_heapload_staged."time" AS BIGINT) * 1000000) END WHEN regexp_full_match(_heapload_staged."time", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') THEN CASE WHEN epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ)) BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches(_heapload_staged."time", '(Z|[+-][0-9]{2}:[0-9]{2})$') THEN _heapload_staged."time" ELSE _heapload_staged."time" || 'Z' END AS TIMESTAMPTZ))) END END IS NULL;

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
    (SELECT count(*) FROM "heap"."_heapload_stage_1_30_click") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '30/click' AND "kind" = 'value') AS values_rejected,
    0 AS table_rows
  FROM "_heapload_stage_outcomes"
) AS counted
WHERE "load_id" = '30/click' AND "status" IN ('pending', 'excluded');

ALTER TABLE "heap"."_heapload_stage_table_1_30_click" RENAME TO "click";

DROP TABLE "_heapload_stage_outcomes";

INSERT INTO "heap"."_heapload_columns" (
  "table_name", "column_name", "type", "origin",
  "dump_id", "load_id", "run_id", "recorded_at"
)
VALUES
  ('click', 'event_id', 'int64', 'event_id', 30, '30/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'user_id', 'int64', 'user_id', 30, '30/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'time', 'timestamp', 'time', 30, '30/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'label', 'string', 'label', 30, '30/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('click', 'seats', 'int64', 'seats', 30, '30/click', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

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
WHERE "load_id" = '30/click'
  AND (
    "rows_read" <> "rows_staged"
    OR "rows_staged" <> "rows_inserted" + "rows_updated" + "rows_unchanged"
      + "rows_filtered" + "rows_rejected"
    OR "rows_rejected" <> (
      SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '30/click' AND "kind" = 'row'
    )
    OR "table_rows" <> (SELECT count(*) FROM "heap"."click")
  );

COMMIT;

DROP TABLE IF EXISTS "heap"."_heapload_stage_1_30_click";

DROP TABLE IF EXISTS "heap"."_heapload_stage_table_1_30_click";

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
