-- a new property, an older dump superseded, an empty resync: dumps up to 9

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
  (9, 'manifests/sync_9.json', 'etag-of-sync_9.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

INSERT INTO "heap"."_heapload_loads" (
  "load_id", "dump_id", "table_name", "source_table",
  "incremental", "files", "status"
)
VALUES
  ('9/users', 9, 'users', 'users', TRUE, 1, 'pending');

COMMIT;

-- ---- load 9/users into users: merge, 1 file, 233 bytes

CREATE OR REPLACE TABLE "heap"."_heapload_stage_table_1_9_users" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "_heapload_staged_1" BIGINT,
  "_heapload_staged_2" BIGINT,
  "user_id" BIGINT,
  "email" VARCHAR,
  "joindate" TIMESTAMP,
  "_heapload_dump_id" BIGINT
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

CREATE OR REPLACE TABLE "heap"."_heapload_stage_1_9_users" (
  "_heapload_file" BIGINT,
  "_heapload_row" BIGINT,
  "_heapload_place" BIGINT,
  "user_id" BIGINT,
  "joindate" BIGINT
);

-- append 1 Avro files to "heap"."_heapload_stage_1_9_users", rows in file order:
--   0: sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro (233 bytes)

INSERT INTO "heap"."_heapload_stage_table_1_9_users" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2",
  "user_id",
  "email",
  "joindate",
  "_heapload_dump_id"
)
SELECT * REPLACE (
  CASE WHEN "joindate" IS NULL THEN "_heapload_staged_2" END AS "_heapload_staged_2"
)
FROM (
  SELECT
    _heapload_staged."_heapload_file",
    _heapload_staged."_heapload_row",
    _heapload_staged."_heapload_place",
    _heapload_staged."user_id" AS "_heapload_staged_1",
    _heapload_staged."joindate" AS "_heapload_staged_2",
    _heapload_staged."user_id" AS "user_id",
    _heapload_staged."email" AS "email",
    CASE WHEN _heapload_staged."joindate" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."joindate" BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(_heapload_staged."joindate") WHEN _heapload_staged."joindate" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."joindate" BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(_heapload_staged."joindate" * 1000) WHEN _heapload_staged."joindate" <> 0 AND _heapload_staged."joindate" BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(_heapload_staged."joindate" * 1000000) END AS "joindate",
    9 AS "_heapload_dump_id"
  FROM _heapload_scan('heap._heapload_stage_1_9_users', NULL) AS _heapload_staged
) AS _heapload_typed;

INSERT INTO "heap"."_heapload_stage_1_9_users" (
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "user_id",
  "joindate"
)
SELECT
  "_heapload_file",
  "_heapload_row",
  "_heapload_place",
  "_heapload_staged_1",
  "_heapload_staged_2"
FROM "heap"."_heapload_stage_table_1_9_users";

CREATE OR REPLACE TEMPORARY TABLE "_heapload_stage_outcomes" AS
SELECT
  _heapload_ranked."_heapload_place",
  CASE
    WHEN _heapload_ranked."user_id" IS NULL THEN 'rejected'
    WHEN _heapload_ranked."_heapload_rank" > 1 THEN 'unchanged'
    ELSE 'inserted'
  END AS outcome
FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."user_id"
          ORDER BY _heapload_typed."_heapload_file" DESC, _heapload_typed."_heapload_row" DESC
        ) AS "_heapload_rank"
      FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          _heapload_staged."_heapload_place",
          9 AS "_heapload_dump_id",
          _heapload_staged."user_id" AS "user_id"
        FROM "heap"."_heapload_stage_1_9_users" AS _heapload_staged
      ) AS _heapload_typed
) AS _heapload_ranked;

DELETE FROM "heap"."_heapload_stage_table_1_9_users"
WHERE "_heapload_place" IN (
  SELECT "_heapload_place"
  FROM "_heapload_stage_outcomes"
  WHERE outcome <> 'inserted'
);

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" DROP COLUMN "_heapload_file";

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" DROP COLUMN "_heapload_row";

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" DROP COLUMN "_heapload_place";

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" DROP COLUMN "_heapload_staged_1";

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" DROP COLUMN "_heapload_staged_2";

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
  ('9/users', 9, 'users', 0, 'sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 'etag-of-part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 233, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "heap"."_heapload_files"
SET "rows" = counted."rows"
FROM (
  SELECT "_heapload_file", count(*) AS "rows"
  FROM "heap"."_heapload_stage_1_9_users"
  GROUP BY "_heapload_file"
) AS counted
WHERE "load_id" = '9/users' AND "file_index" = counted."_heapload_file";

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
  '9/users', 9, 'users', _heapload_file."file_key", _heapload_typed."_heapload_row",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_heapload_raw"
FROM (
        SELECT
          _heapload_staged."_heapload_file",
          _heapload_staged."_heapload_row",
          9 AS "_heapload_dump_id",
          CAST(to_json(_heapload_staged) AS VARCHAR) AS "_heapload_raw",
          _heapload_staged."user_id" AS "user_id"
        FROM (SELECT * EXCLUDE ("_heapload_place") FROM _heapload_scan('heap._heapload_stage_1_9_users', getvariable('_heapload_places'))) AS _heapload_staged
) AS _heapload_typed
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '9/users' AND _heapload_file."file_index" = _heapload_typed."_heapload_file"
WHERE _heapload_typed."user_id" IS NULL;

INSERT INTO "heap"."_heapload_rejects" (
  "load_id", "dump_id", "table_name", "file_key", "row_index",
  "kind", "column_name", "reason", "raw_value"
)
SELECT
  '9/users', 9, 'users', _heapload_file."file_key", _heapload_staged."_heapload_row",
  'value', 'joindate', 'not a timestamp', CAST(_heapload_staged."joindate" AS VARCHAR)
FROM "heap"."_heapload_stage_1_9_users" AS _heapload_staged
JOIN "heap"."_heapload_files" AS _heapload_file
  ON _heapload_file."load_id" = '9/users' AND _heapload_file."file_index" = _heapload_staged."_heapload_file"
WHERE _heapload_staged."joindate" <> 0
  AND CASE WHEN _heapload_staged."joindate" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."joindate" BETWEEN 100000000000000 AND 253402300799999999 THEN make_timestamp(_heapload_staged."joindate") WHEN _heapload_staged."joindate" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."joindate" BETWEEN 100000000000 AND 99999999999999 THEN make_timestamp(_heapload_staged."joindate" * 1000) WHEN _heapload_staged."joindate" <> 0 AND _heapload_staged."joindate" BETWEEN -62135596800 AND 99999999999 THEN make_timestamp(_heapload_staged."joindate" * 1000000) END IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "heap"."_heapload_loads"
SET
  "status" = 'loaded',
  "table_name" = 'users',
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
    (SELECT count(*) FROM "heap"."_heapload_stage_1_9_users") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '9/users' AND "kind" = 'value') AS values_rejected,
    0 AS table_rows
  FROM "_heapload_stage_outcomes"
) AS counted
WHERE "load_id" = '9/users' AND "status" IN ('pending', 'excluded');

ALTER TABLE "heap"."_heapload_stage_table_1_9_users" RENAME TO "users";

DROP TABLE "_heapload_stage_outcomes";

INSERT INTO "heap"."_heapload_columns" (
  "table_name", "column_name", "type", "origin",
  "dump_id", "load_id", "run_id", "recorded_at"
)
VALUES
  ('users', 'user_id', 'int64', 'user_id', 9, '9/users', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('users', 'email', 'string', 'email', 9, '9/users', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  ('users', 'joindate', 'timestamp', 'joindate', 9, '9/users', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

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
WHERE "load_id" = '9/users'
  AND (
    "rows_read" <> "rows_staged"
    OR "rows_staged" <> "rows_inserted" + "rows_updated" + "rows_unchanged"
      + "rows_filtered" + "rows_rejected"
    OR "rows_rejected" <> (
      SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '9/users' AND "kind" = 'row'
    )
    OR "table_rows" <> (SELECT count(*) FROM "heap"."users")
  );

COMMIT;

DROP TABLE IF EXISTS "heap"."_heapload_stage_1_9_users";

DROP TABLE IF EXISTS "heap"."_heapload_stage_table_1_9_users";

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
-- a new property, an older dump superseded, an empty resync: dumps up to 12

-- ---- setup

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
  (10, 'manifests/sync_10.json', 'etag-of-sync_10.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  (11, 'manifests/sync_11.json', 'etag-of-sync_11.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)),
  (12, 'manifests/sync_12.json', 'etag-of-sync_12.json', $run_id, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP));

INSERT INTO "heap"."_heapload_loads" (
  "load_id", "dump_id", "table_name", "source_table",
  "incremental", "files", "status"
)
VALUES
  ('10/users', 10, 'users', 'users', TRUE, 1, 'pending'),
  ('11/users', 11, 'users', 'users', FALSE, 1, 'pending'),
  ('12/users', 12, 'users', 'users', FALSE, 0, 'pending'),
  ('12/sessions', 12, 'sessions', 'sessions', TRUE, 0, 'pending');

COMMIT;

UPDATE "heap"."_heapload_loads"
SET "status" = 'superseded', "run_id" = $run_id, "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
WHERE "status" IN ('pending', 'excluded')
  AND "load_id" IN (
    '10/users',
    '11/users'
  );

UPDATE "heap"."_heapload_loads"
SET "status" = 'nothing', "run_id" = $run_id, "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
WHERE "status" IN ('pending', 'excluded')
  AND "load_id" IN (
    '12/sessions'
  );

-- ---- load 12/users into users: replace, 0 files, 0 bytes

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "heap"."_heapload_lease"
SET "expires_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL '900 seconds'
WHERE "name" = 'run' AND "token" = $lease_token;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "heap"."_heapload_loads"
SET
  "status" = 'loaded',
  "table_name" = 'users',
  "run_id" = $run_id,
  "rows_read" = 0,
  "rows_staged" = 0,
  "rows_inserted" = 0,
  "rows_updated" = 0,
  "rows_unchanged" = 0,
  "rows_filtered" = 0,
  "rows_rejected" = 0,
  "values_rejected" = 0,
  "table_rows" = 0,
  "finished_at" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
WHERE "load_id" = '12/users' AND "status" IN ('pending', 'excluded');

DELETE FROM "heap"."users" WHERE TRUE;

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
WHERE "load_id" = '12/users'
  AND (
    "rows_read" <> "rows_staged"
    OR "rows_staged" <> "rows_inserted" + "rows_updated" + "rows_unchanged"
      + "rows_filtered" + "rows_rejected"
    OR "rows_rejected" <> (
      SELECT count(*) FROM "heap"."_heapload_rejects" WHERE "load_id" = '12/users' AND "kind" = 'row'
    )
    OR "table_rows" <> (SELECT count(*) FROM "heap"."users")
  );

COMMIT;

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
