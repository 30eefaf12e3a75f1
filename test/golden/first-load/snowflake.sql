-- a full users table, migrations and an event table: dumps up to 9

-- ---- setup

CREATE SCHEMA IF NOT EXISTS "HEAP";

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_RUNS" (
  "RUN_ID" VARCHAR,
  "NAME" VARCHAR,
  "VERSION" VARCHAR,
  "STATUS" VARCHAR,
  "STARTED_AT" TIMESTAMP_NTZ(6),
  "FINISHED_AT" TIMESTAMP_NTZ(6),
  "LOADS_DONE" NUMBER(38,0),
  "LOADS_FAILED" NUMBER(38,0),
  "MESSAGE" VARCHAR
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_DUMPS" (
  "DUMP_ID" NUMBER(38,0),
  "MANIFEST_KEY" VARCHAR,
  "MANIFEST_ETAG" VARCHAR,
  "RUN_ID" VARCHAR,
  "RECORDED_AT" TIMESTAMP_NTZ(6)
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_LOADS" (
  "LOAD_ID" VARCHAR,
  "DUMP_ID" NUMBER(38,0),
  "TABLE_NAME" VARCHAR,
  "SOURCE_TABLE" VARCHAR,
  "INCREMENTAL" BOOLEAN,
  "FILES" NUMBER(38,0),
  "STATUS" VARCHAR,
  "RUN_ID" VARCHAR,
  "ROWS_READ" NUMBER(38,0),
  "ROWS_STAGED" NUMBER(38,0),
  "ROWS_INSERTED" NUMBER(38,0),
  "ROWS_UPDATED" NUMBER(38,0),
  "ROWS_UNCHANGED" NUMBER(38,0),
  "ROWS_FILTERED" NUMBER(38,0),
  "ROWS_REJECTED" NUMBER(38,0),
  "VALUES_REJECTED" NUMBER(38,0),
  "TABLE_ROWS" NUMBER(38,0),
  "FINISHED_AT" TIMESTAMP_NTZ(6)
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_FILES" (
  "LOAD_ID" VARCHAR,
  "DUMP_ID" NUMBER(38,0),
  "TABLE_NAME" VARCHAR,
  "FILE_INDEX" NUMBER(38,0),
  "FILE_KEY" VARCHAR,
  "ETAG" VARCHAR,
  "BYTES" NUMBER(38,0),
  "MODIFIED_MS" NUMBER(38,0),
  "SORT_KEY" VARCHAR,
  "STATUS" VARCHAR,
  "ROWS" NUMBER(38,0),
  "REASON" VARCHAR
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_COLUMNS" (
  "TABLE_NAME" VARCHAR,
  "COLUMN_NAME" VARCHAR,
  "TYPE" VARCHAR,
  "ORIGIN" VARCHAR,
  "DUMP_ID" NUMBER(38,0),
  "LOAD_ID" VARCHAR,
  "RUN_ID" VARCHAR,
  "RECORDED_AT" TIMESTAMP_NTZ(6)
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID" VARCHAR,
  "DUMP_ID" NUMBER(38,0),
  "TABLE_NAME" VARCHAR,
  "FILE_KEY" VARCHAR,
  "ROW_INDEX" NUMBER(38,0),
  "KIND" VARCHAR,
  "COLUMN_NAME" VARCHAR,
  "REASON" VARCHAR,
  "RAW_VALUE" VARCHAR
);

CREATE TABLE IF NOT EXISTS "HEAP"."_HEAPLOAD_LEASE" (
  "NAME" VARCHAR,
  "TOKEN" NUMBER(38,0),
  "RUN_ID" VARCHAR,
  "HOLDER" VARCHAR,
  "ACQUIRED_AT" TIMESTAMP_NTZ(6),
  "EXPIRES_AT" TIMESTAMP_NTZ(6),
  "LEDGER_VERSION" NUMBER(38,0),
  "LAYOUT" VARCHAR
);

INSERT INTO "HEAP"."_HEAPLOAD_LEASE" (
  "NAME", "TOKEN", "LEDGER_VERSION", "LAYOUT"
)
SELECT 'run', 0, 1, 'manifests'
FROM (SELECT 1 AS one) AS seed
WHERE NOT EXISTS (SELECT 1 FROM "HEAP"."_HEAPLOAD_LEASE" WHERE "NAME" = 'run');

-- expects 1 rows changed, else LEASE_HELD
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET
  "TOKEN" = "TOKEN" + 1,
  "RUN_ID" = :1 /* run_id */,
  "HOLDER" = :2 /* holder */,
  "ACQUIRED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6)),
  "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run'
  AND (
    "RUN_ID" IS NULL
    OR "EXPIRES_AT" < CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
  );

UPDATE "HEAP"."_HEAPLOAD_RUNS"
SET "STATUS" = 'died'
WHERE "STATUS" = 'running' AND "RUN_ID" <> :1 /* run_id */;

INSERT INTO "HEAP"."_HEAPLOAD_RUNS" (
  "RUN_ID", "NAME", "VERSION", "STATUS", "STARTED_AT"
)
SELECT :1 /* run_id */, 'acme', '0.1.0', 'running', CAST(SYSDATE() AS TIMESTAMP_NTZ(6));

-- ---- record what was found

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

INSERT INTO "HEAP"."_HEAPLOAD_DUMPS" (
  "DUMP_ID", "MANIFEST_KEY", "MANIFEST_ETAG", "RUN_ID", "RECORDED_AT"
)
SELECT column1, column2, column3, :1 /* run_id */, CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM VALUES
  (9, 'manifests/sync_9.json', 'etag-of-sync_9.json');

INSERT INTO "HEAP"."_HEAPLOAD_LOADS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "SOURCE_TABLE",
  "INCREMENTAL", "FILES", "STATUS"
)
VALUES
  ('9/users', 9, 'users', 'users', FALSE, 1, 'pending'),
  ('9/user_migrations', 9, 'user_migrations', 'user_migrations', FALSE, 1, 'pending'),
  ('9/Sign Up', 9, 'sign_up', 'Sign Up', TRUE, 2, 'pending');

COMMIT;

-- ---- load 9/users into users: replace, 1 file, 233 bytes

CREATE TABLE IF NOT EXISTS "HEAP"."USERS" (
  "USER_ID" NUMBER(38,0),
  "EMAIL" VARCHAR,
  "JOINDATE" TIMESTAMP_NTZ(6),
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0)
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE STAGE IF NOT EXISTS "HEAP"."_HEAPLOAD_TRANSFER";

CREATE OR REPLACE TRANSIENT TABLE "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" (
  "_HEAPLOAD_FILE" NUMBER(38,0),
  "_HEAPLOAD_ROW" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "EMAIL" VARCHAR,
  "JOINDATE" NUMBER(38,0)
)
DATA_RETENTION_TIME_IN_DAYS = 0;

-- load 1 Avro files (233 bytes) into "HEAP"."_HEAPLOAD_STAGE_1_9_USERS"; each part is one container, written below a temporary directory, put there and copied
--
--   0: sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro (233 bytes)
-- PUT 'file://0000.avro' '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_users/e27f5dc8a3d33f61/' AUTO_COMPRESS = FALSE OVERWRITE = TRUE;
-- COPY INTO "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" (
--   "USER_ID",
--   "EMAIL",
--   "JOINDATE",
--   "_HEAPLOAD_FILE",
--   "_HEAPLOAD_ROW"
-- )
-- FROM (
--   SELECT
--     $1:"user_id"::NUMBER(38,0),
--     $1:"email"::VARCHAR,
--     $1:"joindate"::NUMBER(38,0),
--     $1:"_heapload_file"::NUMBER(38,0),
--     $1:"_heapload_row"::NUMBER(38,0)
--   FROM '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_users/e27f5dc8a3d33f61/'
-- )
-- FILES = ('0000.avro')
-- FILE_FORMAT = (TYPE = AVRO NULL_IF = ())
-- ON_ERROR = ABORT_STATEMENT
-- FORCE = TRUE;

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

INSERT INTO "HEAP"."_HEAPLOAD_FILES" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_INDEX", "FILE_KEY", "ETAG",
  "BYTES", "MODIFIED_MS", "SORT_KEY", "STATUS", "ROWS", "REASON"
)
VALUES
  ('9/users', 9, 'users', 0, 'sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 'etag-of-part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 233, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "HEAP"."_HEAPLOAD_FILES"
SET "ROWS" = counted."ROWS"
FROM (
  SELECT "_HEAPLOAD_FILE", count(*) AS "ROWS"
  FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS"
  GROUP BY "_HEAPLOAD_FILE"
) AS counted
WHERE "LOAD_ID" = '9/users' AND "FILE_INDEX" = counted."_HEAPLOAD_FILE";

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/users', 9, 'users', _heapload_file."FILE_KEY", _heapload_typed."_HEAPLOAD_ROW",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_HEAPLOAD_RAW"
FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          TO_JSON(OBJECT_CONSTRUCT_KEEP_NULL(_heapload_staged.*)) AS "_HEAPLOAD_RAW",
          _heapload_staged."USER_ID" AS "USER_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" AS _heapload_staged
) AS _heapload_typed
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/users' AND _heapload_file."FILE_INDEX" = _heapload_typed."_HEAPLOAD_FILE"
WHERE _heapload_typed."USER_ID" IS NULL;

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/users', 9, 'users', _heapload_file."FILE_KEY", _heapload_staged."_HEAPLOAD_ROW",
  'value', 'joindate', 'not a timestamp', CAST(_heapload_staged."JOINDATE" AS VARCHAR)
FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" AS _heapload_staged
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/users' AND _heapload_file."FILE_INDEX" = _heapload_staged."_HEAPLOAD_FILE"
WHERE _heapload_staged."JOINDATE" <> 0
  AND CAST(CASE WHEN _heapload_staged."JOINDATE" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."JOINDATE" BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 6) WHEN _heapload_staged."JOINDATE" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."JOINDATE" BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 3) WHEN _heapload_staged."JOINDATE" <> 0 AND _heapload_staged."JOINDATE" BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 0) END AS TIMESTAMP_NTZ(6)) IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET
  "STATUS" = 'loaded',
  "TABLE_NAME" = 'users',
  "RUN_ID" = :1 /* run_id */,
  "ROWS_READ" = CAST(:4 /* rows_read */ AS NUMBER(38,0)),
  "ROWS_STAGED" = counted.staged,
  "ROWS_INSERTED" = counted.inserted,
  "ROWS_UPDATED" = counted.updated,
  "ROWS_UNCHANGED" = counted.unchanged,
  "ROWS_FILTERED" = counted.filtered,
  "ROWS_REJECTED" = counted.rejected,
  "VALUES_REJECTED" = counted.values_rejected,
  "TABLE_ROWS" = counted.table_rows + counted.inserted,
  "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM (
  SELECT
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/users' AND "KIND" = 'value') AS values_rejected,
    0 AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked."USER_ID" IS NULL THEN 'rejected'
        WHEN _heapload_ranked."_HEAPLOAD_RANK" > 1 THEN 'unchanged'
        ELSE 'inserted'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."USER_ID"
          ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
        ) AS "_HEAPLOAD_RANK"
      FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."USER_ID" AS "USER_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
  ) AS fated
) AS counted
WHERE "LOAD_ID" = '9/users' AND "STATUS" IN ('pending', 'excluded');

DELETE FROM "HEAP"."USERS" WHERE TRUE;

INSERT INTO "HEAP"."USERS" (
  "USER_ID",
  "EMAIL",
  "JOINDATE",
  "_HEAPLOAD_DUMP_ID"
)
SELECT
  _heapload_source."USER_ID",
  _heapload_source."EMAIL",
  _heapload_source."JOINDATE",
  _heapload_source."_HEAPLOAD_DUMP_ID"
FROM (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."USER_ID" AS "USER_ID",
          _heapload_staged."EMAIL" AS "EMAIL",
          CAST(CASE WHEN _heapload_staged."JOINDATE" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."JOINDATE" BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 6) WHEN _heapload_staged."JOINDATE" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."JOINDATE" BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 3) WHEN _heapload_staged."JOINDATE" <> 0 AND _heapload_staged."JOINDATE" BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."JOINDATE", 0) END AS TIMESTAMP_NTZ(6)) AS "JOINDATE"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USERS" AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed."USER_ID" IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed."USER_ID"
    ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
  ) = 1
) AS _heapload_source;

INSERT INTO "HEAP"."_HEAPLOAD_COLUMNS" (
  "TABLE_NAME", "COLUMN_NAME", "TYPE", "ORIGIN",
  "DUMP_ID", "LOAD_ID", "RUN_ID", "RECORDED_AT"
)
SELECT column1, column2, column3, column4, column5, column6, :1 /* run_id */, CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM VALUES
  ('users', 'user_id', 'int64', 'user_id', 9, '9/users'),
  ('users', 'email', 'string', 'email', 9, '9/users'),
  ('users', 'joindate', 'timestamp', 'joindate', 9, '9/users');

-- expects 0 rows returned, else COUNTS_MISMATCH
SELECT
  "ROWS_READ",
  "ROWS_STAGED",
  "ROWS_INSERTED",
  "ROWS_UPDATED",
  "ROWS_UNCHANGED",
  "ROWS_FILTERED",
  "ROWS_REJECTED",
  "VALUES_REJECTED",
  "TABLE_ROWS"
FROM "HEAP"."_HEAPLOAD_LOADS"
WHERE "LOAD_ID" = '9/users'
  AND (
    "ROWS_READ" <> "ROWS_STAGED"
    OR "ROWS_STAGED" <> "ROWS_INSERTED" + "ROWS_UPDATED" + "ROWS_UNCHANGED"
      + "ROWS_FILTERED" + "ROWS_REJECTED"
    OR "ROWS_REJECTED" <> (
      SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/users' AND "KIND" = 'row'
    )
    OR "TABLE_ROWS" <> (SELECT count(*) FROM "HEAP"."USERS")
  );

COMMIT;

REMOVE '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_users/';

DROP TABLE IF EXISTS "HEAP"."_HEAPLOAD_STAGE_1_9_USERS";

-- ---- load 9/user_migrations into user_migrations: replace, 1 file, 237 bytes

CREATE TABLE IF NOT EXISTS "HEAP"."USER_MIGRATIONS" (
  "FROM_USER_ID" NUMBER(38,0),
  "TO_USER_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0)
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE STAGE IF NOT EXISTS "HEAP"."_HEAPLOAD_TRANSFER";

CREATE OR REPLACE TRANSIENT TABLE "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" (
  "_HEAPLOAD_FILE" NUMBER(38,0),
  "_HEAPLOAD_ROW" NUMBER(38,0),
  "FROM_USER_ID" NUMBER(38,0),
  "TO_USER_ID" NUMBER(38,0),
  "TIME" NUMBER(38,0)
)
DATA_RETENTION_TIME_IN_DAYS = 0;

-- load 1 Avro files (237 bytes) into "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS"; each part is one container, written below a temporary directory, put there and copied
--
--   0: sync_9/user_migrations/part-00000-270131ca-da76-ddcf-f51e-100f2424c297-c000.avro (237 bytes)
-- PUT 'file://0000.avro' '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_user_migrations/5d781eecd16ffbde/' AUTO_COMPRESS = FALSE OVERWRITE = TRUE;
-- COPY INTO "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" (
--   "FROM_USER_ID",
--   "TO_USER_ID",
--   "TIME",
--   "_HEAPLOAD_FILE",
--   "_HEAPLOAD_ROW"
-- )
-- FROM (
--   SELECT
--     $1:"from_user_id"::NUMBER(38,0),
--     $1:"to_user_id"::NUMBER(38,0),
--     $1:"time"::NUMBER(38,0),
--     $1:"_heapload_file"::NUMBER(38,0),
--     $1:"_heapload_row"::NUMBER(38,0)
--   FROM '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_user_migrations/5d781eecd16ffbde/'
-- )
-- FILES = ('0000.avro')
-- FILE_FORMAT = (TYPE = AVRO NULL_IF = ())
-- ON_ERROR = ABORT_STATEMENT
-- FORCE = TRUE;

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

INSERT INTO "HEAP"."_HEAPLOAD_FILES" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_INDEX", "FILE_KEY", "ETAG",
  "BYTES", "MODIFIED_MS", "SORT_KEY", "STATUS", "ROWS", "REASON"
)
VALUES
  ('9/user_migrations', 9, 'user_migrations', 0, 'sync_9/user_migrations/part-00000-270131ca-da76-ddcf-f51e-100f2424c297-c000.avro', 'etag-of-part-00000-270131ca-da76-ddcf-f51e-100f2424c297-c000.avro', 237, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "HEAP"."_HEAPLOAD_FILES"
SET "ROWS" = counted."ROWS"
FROM (
  SELECT "_HEAPLOAD_FILE", count(*) AS "ROWS"
  FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS"
  GROUP BY "_HEAPLOAD_FILE"
) AS counted
WHERE "LOAD_ID" = '9/user_migrations' AND "FILE_INDEX" = counted."_HEAPLOAD_FILE";

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/user_migrations', 9, 'user_migrations', _heapload_file."FILE_KEY", _heapload_typed."_HEAPLOAD_ROW",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_HEAPLOAD_RAW"
FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          TO_JSON(OBJECT_CONSTRUCT_KEEP_NULL(_heapload_staged.*)) AS "_HEAPLOAD_RAW",
          _heapload_staged."FROM_USER_ID" AS "FROM_USER_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" AS _heapload_staged
) AS _heapload_typed
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/user_migrations' AND _heapload_file."FILE_INDEX" = _heapload_typed."_HEAPLOAD_FILE"
WHERE _heapload_typed."FROM_USER_ID" IS NULL;

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/user_migrations', 9, 'user_migrations', _heapload_file."FILE_KEY", _heapload_staged."_HEAPLOAD_ROW",
  'value', 'time', 'not a timestamp', CAST(_heapload_staged."TIME" AS VARCHAR)
FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" AS _heapload_staged
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/user_migrations' AND _heapload_file."FILE_INDEX" = _heapload_staged."_HEAPLOAD_FILE"
WHERE _heapload_staged."TIME" <> 0
  AND CAST(CASE WHEN _heapload_staged."TIME" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."TIME" BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 6) WHEN _heapload_staged."TIME" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."TIME" BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 3) WHEN _heapload_staged."TIME" <> 0 AND _heapload_staged."TIME" BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 0) END AS TIMESTAMP_NTZ(6)) IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET
  "STATUS" = 'loaded',
  "TABLE_NAME" = 'user_migrations',
  "RUN_ID" = :1 /* run_id */,
  "ROWS_READ" = CAST(:4 /* rows_read */ AS NUMBER(38,0)),
  "ROWS_STAGED" = counted.staged,
  "ROWS_INSERTED" = counted.inserted,
  "ROWS_UPDATED" = counted.updated,
  "ROWS_UNCHANGED" = counted.unchanged,
  "ROWS_FILTERED" = counted.filtered,
  "ROWS_REJECTED" = counted.rejected,
  "VALUES_REJECTED" = counted.values_rejected,
  "TABLE_ROWS" = counted.table_rows + counted.inserted,
  "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM (
  SELECT
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/user_migrations' AND "KIND" = 'value') AS values_rejected,
    0 AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked."FROM_USER_ID" IS NULL THEN 'rejected'
        WHEN _heapload_ranked."_HEAPLOAD_RANK" > 1 THEN 'unchanged'
        ELSE 'inserted'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."FROM_USER_ID"
          ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
        ) AS "_HEAPLOAD_RANK"
      FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."FROM_USER_ID" AS "FROM_USER_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
  ) AS fated
) AS counted
WHERE "LOAD_ID" = '9/user_migrations' AND "STATUS" IN ('pending', 'excluded');

DELETE FROM "HEAP"."USER_MIGRATIONS" WHERE TRUE;

INSERT INTO "HEAP"."USER_MIGRATIONS" (
  "FROM_USER_ID",
  "TO_USER_ID",
  "TIME",
  "_HEAPLOAD_DUMP_ID"
)
SELECT
  _heapload_source."FROM_USER_ID",
  _heapload_source."TO_USER_ID",
  _heapload_source."TIME",
  _heapload_source."_HEAPLOAD_DUMP_ID"
FROM (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."FROM_USER_ID" AS "FROM_USER_ID",
          _heapload_staged."TO_USER_ID" AS "TO_USER_ID",
          CAST(CASE WHEN _heapload_staged."TIME" BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged."TIME" BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 6) WHEN _heapload_staged."TIME" BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged."TIME" BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 3) WHEN _heapload_staged."TIME" <> 0 AND _heapload_staged."TIME" BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(_heapload_staged."TIME", 0) END AS TIMESTAMP_NTZ(6)) AS "TIME"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS" AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed."FROM_USER_ID" IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed."FROM_USER_ID"
    ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
  ) = 1
) AS _heapload_source;

INSERT INTO "HEAP"."_HEAPLOAD_COLUMNS" (
  "TABLE_NAME", "COLUMN_NAME", "TYPE", "ORIGIN",
  "DUMP_ID", "LOAD_ID", "RUN_ID", "RECORDED_AT"
)
SELECT column1, column2, column3, column4, column5, column6, :1 /* run_id */, CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM VALUES
  ('user_migrations', 'from_user_id', 'int64', 'from_user_id', 9, '9/user_migrations'),
  ('user_migrations', 'to_user_id', 'int64', 'to_user_id', 9, '9/user_migrations'),
  ('user_migrations', 'time', 'timestamp', 'time', 9, '9/user_migrations');

-- expects 0 rows returned, else COUNTS_MISMATCH
SELECT
  "ROWS_READ",
  "ROWS_STAGED",
  "ROWS_INSERTED",
  "ROWS_UPDATED",
  "ROWS_UNCHANGED",
  "ROWS_FILTERED",
  "ROWS_REJECTED",
  "VALUES_REJECTED",
  "TABLE_ROWS"
FROM "HEAP"."_HEAPLOAD_LOADS"
WHERE "LOAD_ID" = '9/user_migrations'
  AND (
    "ROWS_READ" <> "ROWS_STAGED"
    OR "ROWS_STAGED" <> "ROWS_INSERTED" + "ROWS_UPDATED" + "ROWS_UNCHANGED"
      + "ROWS_FILTERED" + "ROWS_REJECTED"
    OR "ROWS_REJECTED" <> (
      SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/user_migrations' AND "KIND" = 'row'
    )
    OR "TABLE_ROWS" <> (SELECT count(*) FROM "HEAP"."USER_MIGRATIONS")
  );

COMMIT;

REMOVE '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_user_migrations/';

DROP TABLE IF EXISTS "HEAP"."_HEAPLOAD_STAGE_1_9_USER_MIGRATIONS";

-- ---- load 9/Sign Up into sign_up: merge, 2 files, 626 bytes

CREATE TABLE IF NOT EXISTS "HEAP"."SIGN_UP" (
  "EVENT_ID" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "TIME" TIMESTAMP_NTZ(6),
  "LABEL" VARCHAR,
  "SEATS" NUMBER(38,0),
  "_HEAPLOAD_DUMP_ID" NUMBER(38,0)
);

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

CREATE STAGE IF NOT EXISTS "HEAP"."_HEAPLOAD_TRANSFER";

CREATE OR REPLACE TRANSIENT TABLE "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" (
  "_HEAPLOAD_FILE" NUMBER(38,0),
  "_HEAPLOAD_ROW" NUMBER(38,0),
  "EVENT_ID" NUMBER(38,0),
  "USER_ID" NUMBER(38,0),
  "TIME" VARCHAR,
  "LABEL" VARCHAR,
  "SEATS" NUMBER(38,0)
)
DATA_RETENTION_TIME_IN_DAYS = 0;

-- load 2 Avro files (626 bytes) into "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP"; each part is one container, written below a temporary directory, put there and copied
--
--   0: sync_9/Sign Up/part-00000-9ffcbf75-1fc7-cc93-92d8-8f87efdaf6ae-c000.avro (313 bytes)
--   1: sync_9/Sign Up/part-00001-c25b1fb5-094c-cb3e-215b-7a7e749f8a2d-c000.avro (313 bytes)
-- PUT 'file://0000.avro' '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_sign_up/1d11094b2b592545/' AUTO_COMPRESS = FALSE OVERWRITE = TRUE;
-- COPY INTO "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" (
--   "EVENT_ID",
--   "USER_ID",
--   "TIME",
--   "LABEL",
--   "SEATS",
--   "_HEAPLOAD_FILE",
--   "_HEAPLOAD_ROW"
-- )
-- FROM (
--   SELECT
--     $1:"event_id"::NUMBER(38,0),
--     $1:"user_id"::NUMBER(38,0),
--     $1:"time"::VARCHAR,
--     $1:"label"::VARCHAR,
--     $1:"seats"::NUMBER(38,0),
--     $1:"_heapload_file"::NUMBER(38,0),
--     $1:"_heapload_row"::NUMBER(38,0)
--   FROM '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_sign_up/1d11094b2b592545/'
-- )
-- FILES = ('0000.avro')
-- FILE_FORMAT = (TYPE = AVRO NULL_IF = ())
-- ON_ERROR = ABORT_STATEMENT
-- FORCE = TRUE;

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

INSERT INTO "HEAP"."_HEAPLOAD_FILES" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_INDEX", "FILE_KEY", "ETAG",
  "BYTES", "MODIFIED_MS", "SORT_KEY", "STATUS", "ROWS", "REASON"
)
VALUES
  ('9/Sign Up', 9, 'sign_up', 0, 'sync_9/Sign Up/part-00000-9ffcbf75-1fc7-cc93-92d8-8f87efdaf6ae-c000.avro', 'etag-of-part-00000-9ffcbf75-1fc7-cc93-92d8-8f87efdaf6ae-c000.avro', 313, 1700000000000, NULL, 'loaded', 0, NULL),
  ('9/Sign Up', 9, 'sign_up', 1, 'sync_9/Sign Up/part-00001-c25b1fb5-094c-cb3e-215b-7a7e749f8a2d-c000.avro', 'etag-of-part-00001-c25b1fb5-094c-cb3e-215b-7a7e749f8a2d-c000.avro', 313, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE "HEAP"."_HEAPLOAD_FILES"
SET "ROWS" = counted."ROWS"
FROM (
  SELECT "_HEAPLOAD_FILE", count(*) AS "ROWS"
  FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP"
  GROUP BY "_HEAPLOAD_FILE"
) AS counted
WHERE "LOAD_ID" = '9/Sign Up' AND "FILE_INDEX" = counted."_HEAPLOAD_FILE";

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/Sign Up', 9, 'sign_up', _heapload_file."FILE_KEY", _heapload_typed."_HEAPLOAD_ROW",
  'row', NULL, 'the primary key is NULL', _heapload_typed."_HEAPLOAD_RAW"
FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          TO_JSON(OBJECT_CONSTRUCT_KEEP_NULL(_heapload_staged.*)) AS "_HEAPLOAD_RAW",
          _heapload_staged."EVENT_ID" AS "EVENT_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" AS _heapload_staged
) AS _heapload_typed
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/Sign Up' AND _heapload_file."FILE_INDEX" = _heapload_typed."_HEAPLOAD_FILE"
WHERE _heapload_typed."EVENT_ID" IS NULL;

INSERT INTO "HEAP"."_HEAPLOAD_REJECTS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "FILE_KEY", "ROW_INDEX",
  "KIND", "COLUMN_NAME", "REASON", "RAW_VALUE"
)
SELECT
  '9/Sign Up', 9, 'sign_up', _heapload_file."FILE_KEY", _heapload_staged."_HEAPLOAD_ROW",
  'value', 'time', 'not a timestamp', _heapload_staged."TIME"
FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" AS _heapload_staged
JOIN "HEAP"."_HEAPLOAD_FILES" AS _heapload_file
  ON _heapload_file."LOAD_ID" = '9/Sign Up' AND _heapload_file."FILE_INDEX" = _heapload_staged."_HEAPLOAD_FILE"
WHERE _heapload_staged."TIME" <> '' AND NOT REGEXP_LIKE(_heapload_staged."TIME", '-?0+')
  AND CASE WHEN REGEXP_LIKE(_heapload_staged."TIME", '-?[0-9]+') THEN CAST(CASE WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 6) WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800000 AND -100000000000 OR TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 3) WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) <> 0 AND TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 0) END AS TIMESTAMP_NTZ(6)) WHEN REGEXP_LIKE(_heapload_staged."TIME", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') AND NOT STARTSWITH(_heapload_staged."TIME", '0000') THEN CAST(DATEADD(microsecond, TRY_TO_NUMBER(RPAD(COALESCE(REGEXP_SUBSTR(_heapload_staged."TIME", '[.]([0-9]{1,6})', 1, 1, 'e', 1), ''), 6, '0')), DATEADD(minute, CASE WHEN REGEXP_LIKE(_heapload_staged."TIME", '.*-[0-9]{2}:[0-9]{2}') THEN 1 ELSE -1 END * COALESCE(TRY_TO_NUMBER(REGEXP_SUBSTR(_heapload_staged."TIME", '[+-]([0-9]{2}):[0-9]{2}$', 1, 1, 'e', 1)) * 60 + TRY_TO_NUMBER(REGEXP_SUBSTR(_heapload_staged."TIME", '[+-][0-9]{2}:([0-9]{2})$', 1, 1, 'e', 1)), 0), TRY_TO_TIMESTAMP_NTZ(LEFT(_heapload_staged."TIME", 10) || ' ' || SUBSTR(_heapload_staged."TIME", 12, 8), 'YYYY-MM-DD HH24:MI:SS'))) AS TIMESTAMP_NTZ(6)) END IS NULL;

-- expects 1 rows changed, else LOAD_STATE
UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET
  "STATUS" = 'loaded',
  "TABLE_NAME" = 'sign_up',
  "RUN_ID" = :1 /* run_id */,
  "ROWS_READ" = CAST(:4 /* rows_read */ AS NUMBER(38,0)),
  "ROWS_STAGED" = counted.staged,
  "ROWS_INSERTED" = counted.inserted,
  "ROWS_UPDATED" = counted.updated,
  "ROWS_UNCHANGED" = counted.unchanged,
  "ROWS_FILTERED" = counted.filtered,
  "ROWS_REJECTED" = counted.rejected,
  "VALUES_REJECTED" = counted.values_rejected,
  "TABLE_ROWS" = counted.table_rows + counted.inserted,
  "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM (
  SELECT
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP") AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/Sign Up' AND "KIND" = 'value') AS values_rejected,
    (SELECT count(*) FROM "HEAP"."SIGN_UP") AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked."EVENT_ID" IS NULL THEN 'rejected'
        WHEN _heapload_ranked."_HEAPLOAD_RANK" > 1 THEN 'unchanged'
        WHEN _heapload_target."EVENT_ID" IS NULL THEN 'inserted'
        WHEN COALESCE(_heapload_target."_HEAPLOAD_DUMP_ID", -1) <= _heapload_ranked."_HEAPLOAD_DUMP_ID" THEN 'updated'
        ELSE 'unchanged'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed."EVENT_ID"
          ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
        ) AS "_HEAPLOAD_RANK"
      FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."EVENT_ID" AS "EVENT_ID"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
    LEFT JOIN "HEAP"."SIGN_UP" AS _heapload_target
      ON _heapload_target."EVENT_ID" = _heapload_ranked."EVENT_ID"
  ) AS fated
) AS counted
WHERE "LOAD_ID" = '9/Sign Up' AND "STATUS" IN ('pending', 'excluded');

MERGE INTO "HEAP"."SIGN_UP" AS _heapload_target
USING (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged."_HEAPLOAD_FILE",
          _heapload_staged."_HEAPLOAD_ROW",
          9 AS "_HEAPLOAD_DUMP_ID",
          _heapload_staged."EVENT_ID" AS "EVENT_ID",
          _heapload_staged."USER_ID" AS "USER_ID",
          CASE WHEN REGEXP_LIKE(_heapload_staged."TIME", '-?[0-9]+') THEN CAST(CASE WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800000000 AND -100000000000000 OR TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN 100000000000000 AND 253402300799999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 6) WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800000 AND -100000000000 OR TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN 100000000000 AND 99999999999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 3) WHEN TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) <> 0 AND TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0) BETWEEN -62135596800 AND 99999999999 THEN TO_TIMESTAMP_NTZ(TRY_TO_NUMBER(_heapload_staged."TIME", 38, 0), 0) END AS TIMESTAMP_NTZ(6)) WHEN REGEXP_LIKE(_heapload_staged."TIME", '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?') AND NOT STARTSWITH(_heapload_staged."TIME", '0000') THEN CAST(DATEADD(microsecond, TRY_TO_NUMBER(RPAD(COALESCE(REGEXP_SUBSTR(_heapload_staged."TIME", '[.]([0-9]{1,6})', 1, 1, 'e', 1), ''), 6, '0')), DATEADD(minute, CASE WHEN REGEXP_LIKE(_heapload_staged."TIME", '.*-[0-9]{2}:[0-9]{2}') THEN 1 ELSE -1 END * COALESCE(TRY_TO_NUMBER(REGEXP_SUBSTR(_heapload_staged."TIME", '[+-]([0-9]{2}):[0-9]{2}$', 1, 1, 'e', 1)) * 60 + TRY_TO_NUMBER(REGEXP_SUBSTR(_heapload_staged."TIME", '[+-][0-9]{2}:([0-9]{2})$', 1, 1, 'e', 1)), 0), TRY_TO_TIMESTAMP_NTZ(LEFT(_heapload_staged."TIME", 10) || ' ' || SUBSTR(_heapload_staged."TIME", 12, 8), 'YYYY-MM-DD HH24:MI:SS'))) AS TIMESTAMP_NTZ(6)) END AS "TIME",
          _heapload_staged."LABEL" AS "LABEL",
          _heapload_staged."SEATS" AS "SEATS"
        FROM "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP" AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed."EVENT_ID" IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed."EVENT_ID"
    ORDER BY _heapload_typed."_HEAPLOAD_FILE" DESC, _heapload_typed."_HEAPLOAD_ROW" DESC
  ) = 1
) AS _heapload_source
ON _heapload_target."EVENT_ID" = _heapload_source."EVENT_ID"
WHEN MATCHED AND COALESCE(_heapload_target."_HEAPLOAD_DUMP_ID", -1) <= _heapload_source."_HEAPLOAD_DUMP_ID" THEN UPDATE SET
  "USER_ID" = _heapload_source."USER_ID",
  "TIME" = _heapload_source."TIME",
  "LABEL" = _heapload_source."LABEL",
  "SEATS" = _heapload_source."SEATS",
  "_HEAPLOAD_DUMP_ID" = _heapload_source."_HEAPLOAD_DUMP_ID"
WHEN NOT MATCHED THEN INSERT (
  "EVENT_ID",
  "USER_ID",
  "TIME",
  "LABEL",
  "SEATS",
  "_HEAPLOAD_DUMP_ID"
) VALUES (
  _heapload_source."EVENT_ID",
  _heapload_source."USER_ID",
  _heapload_source."TIME",
  _heapload_source."LABEL",
  _heapload_source."SEATS",
  _heapload_source."_HEAPLOAD_DUMP_ID"
);

INSERT INTO "HEAP"."_HEAPLOAD_COLUMNS" (
  "TABLE_NAME", "COLUMN_NAME", "TYPE", "ORIGIN",
  "DUMP_ID", "LOAD_ID", "RUN_ID", "RECORDED_AT"
)
SELECT column1, column2, column3, column4, column5, column6, :1 /* run_id */, CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
FROM VALUES
  ('sign_up', 'event_id', 'int64', 'event_id', 9, '9/Sign Up'),
  ('sign_up', 'user_id', 'int64', 'user_id', 9, '9/Sign Up'),
  ('sign_up', 'time', 'timestamp', 'time', 9, '9/Sign Up'),
  ('sign_up', 'label', 'string', 'label', 9, '9/Sign Up'),
  ('sign_up', 'seats', 'int64', 'seats', 9, '9/Sign Up');

-- expects 0 rows returned, else COUNTS_MISMATCH
SELECT
  "ROWS_READ",
  "ROWS_STAGED",
  "ROWS_INSERTED",
  "ROWS_UPDATED",
  "ROWS_UNCHANGED",
  "ROWS_FILTERED",
  "ROWS_REJECTED",
  "VALUES_REJECTED",
  "TABLE_ROWS"
FROM "HEAP"."_HEAPLOAD_LOADS"
WHERE "LOAD_ID" = '9/Sign Up'
  AND (
    "ROWS_READ" <> "ROWS_STAGED"
    OR "ROWS_STAGED" <> "ROWS_INSERTED" + "ROWS_UPDATED" + "ROWS_UNCHANGED"
      + "ROWS_FILTERED" + "ROWS_REJECTED"
    OR "ROWS_REJECTED" <> (
      SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '9/Sign Up' AND "KIND" = 'row'
    )
    OR "TABLE_ROWS" <> (SELECT count(*) FROM "HEAP"."SIGN_UP")
  );

COMMIT;

REMOVE '@"HEAP"."_HEAPLOAD_TRANSFER"/_heapload_stage_1_9_sign_up/';

DROP TABLE IF EXISTS "HEAP"."_HEAPLOAD_STAGE_1_9_SIGN_UP";

-- ---- finish

UPDATE "HEAP"."_HEAPLOAD_RUNS"
SET
  "STATUS" = :5 /* run_status */,
  "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6)),
  "LOADS_DONE" = CAST(:7 /* loads_done */ AS NUMBER(38,0)),
  "LOADS_FAILED" = CAST(:8 /* loads_failed */ AS NUMBER(38,0)),
  "MESSAGE" = :6 /* run_message */
WHERE "RUN_ID" = :1 /* run_id */;

UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "RUN_ID" = NULL, "HOLDER" = NULL, "EXPIRES_AT" = NULL
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));
