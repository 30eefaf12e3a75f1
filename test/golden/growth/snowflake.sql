-- a new property, an older dump superseded, an empty resync: dumps up to 9

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
SELECT :1 /* run_id */, 'heapload', '0.1.0', 'running', CAST(SYSDATE() AS TIMESTAMP_NTZ(6));

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
  ('9/users', 9, 'users', 'users', TRUE, 1, 'pending');

COMMIT;

-- ---- load 9/users into users: merge, 1 file, 233 bytes

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
    (SELECT count(*) FROM "HEAP"."USERS") AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked."USER_ID" IS NULL THEN 'rejected'
        WHEN _heapload_ranked."_HEAPLOAD_RANK" > 1 THEN 'unchanged'
        WHEN _heapload_target."USER_ID" IS NULL THEN 'inserted'
        WHEN COALESCE(_heapload_target."_HEAPLOAD_DUMP_ID", -1) <= _heapload_ranked."_HEAPLOAD_DUMP_ID" THEN 'updated'
        ELSE 'unchanged'
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
    LEFT JOIN "HEAP"."USERS" AS _heapload_target
      ON _heapload_target."USER_ID" = _heapload_ranked."USER_ID"
  ) AS fated
) AS counted
WHERE "LOAD_ID" = '9/users' AND "STATUS" IN ('pending', 'excluded');

MERGE INTO "HEAP"."USERS" AS _heapload_target
USING (
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
) AS _heapload_source
ON _heapload_target."USER_ID" = _heapload_source."USER_ID"
WHEN MATCHED AND COALESCE(_heapload_target."_HEAPLOAD_DUMP_ID", -1) <= _heapload_source."_HEAPLOAD_DUMP_ID" THEN UPDATE SET
  "EMAIL" = _heapload_source."EMAIL",
  "JOINDATE" = _heapload_source."JOINDATE",
  "_HEAPLOAD_DUMP_ID" = _heapload_source."_HEAPLOAD_DUMP_ID"
WHEN NOT MATCHED THEN INSERT (
  "USER_ID",
  "EMAIL",
  "JOINDATE",
  "_HEAPLOAD_DUMP_ID"
) VALUES (
  _heapload_source."USER_ID",
  _heapload_source."EMAIL",
  _heapload_source."JOINDATE",
  _heapload_source."_HEAPLOAD_DUMP_ID"
);

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
-- a new property, an older dump superseded, an empty resync: dumps up to 12

-- ---- setup

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
SELECT :1 /* run_id */, 'heapload', '0.1.0', 'running', CAST(SYSDATE() AS TIMESTAMP_NTZ(6));

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
  (10, 'manifests/sync_10.json', 'etag-of-sync_10.json'),
  (11, 'manifests/sync_11.json', 'etag-of-sync_11.json'),
  (12, 'manifests/sync_12.json', 'etag-of-sync_12.json');

INSERT INTO "HEAP"."_HEAPLOAD_LOADS" (
  "LOAD_ID", "DUMP_ID", "TABLE_NAME", "SOURCE_TABLE",
  "INCREMENTAL", "FILES", "STATUS"
)
VALUES
  ('10/users', 10, 'users', 'users', TRUE, 1, 'pending'),
  ('11/users', 11, 'users', 'users', FALSE, 1, 'pending'),
  ('12/users', 12, 'users', 'users', FALSE, 0, 'pending'),
  ('12/sessions', 12, 'sessions', 'sessions', TRUE, 0, 'pending');

COMMIT;

UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET "STATUS" = 'superseded', "RUN_ID" = :1 /* run_id */, "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
WHERE "STATUS" IN ('pending', 'excluded')
  AND "LOAD_ID" IN (
    '10/users',
    '11/users'
  );

UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET "STATUS" = 'nothing', "RUN_ID" = :1 /* run_id */, "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
WHERE "STATUS" IN ('pending', 'excluded')
  AND "LOAD_ID" IN (
    '12/sessions'
  );

-- ---- load 12/users into users: replace, 0 files, 0 bytes

BEGIN TRANSACTION;

-- expects 1 rows changed, else LEASE_LOST
UPDATE "HEAP"."_HEAPLOAD_LEASE"
SET "EXPIRES_AT" = DATEADD(second, 900, CAST(SYSDATE() AS TIMESTAMP_NTZ(6)))
WHERE "NAME" = 'run' AND "TOKEN" = CAST(:3 /* lease_token */ AS NUMBER(38,0));

-- expects 1 rows changed, else LOAD_STATE
UPDATE "HEAP"."_HEAPLOAD_LOADS"
SET
  "STATUS" = 'loaded',
  "TABLE_NAME" = 'users',
  "RUN_ID" = :1 /* run_id */,
  "ROWS_READ" = 0,
  "ROWS_STAGED" = 0,
  "ROWS_INSERTED" = 0,
  "ROWS_UPDATED" = 0,
  "ROWS_UNCHANGED" = 0,
  "ROWS_FILTERED" = 0,
  "ROWS_REJECTED" = 0,
  "VALUES_REJECTED" = 0,
  "TABLE_ROWS" = 0,
  "FINISHED_AT" = CAST(SYSDATE() AS TIMESTAMP_NTZ(6))
WHERE "LOAD_ID" = '12/users' AND "STATUS" IN ('pending', 'excluded');

DELETE FROM "HEAP"."USERS" WHERE TRUE;

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
WHERE "LOAD_ID" = '12/users'
  AND (
    "ROWS_READ" <> "ROWS_STAGED"
    OR "ROWS_STAGED" <> "ROWS_INSERTED" + "ROWS_UPDATED" + "ROWS_UNCHANGED"
      + "ROWS_FILTERED" + "ROWS_REJECTED"
    OR "ROWS_REJECTED" <> (
      SELECT count(*) FROM "HEAP"."_HEAPLOAD_REJECTS" WHERE "LOAD_ID" = '12/users' AND "KIND" = 'row'
    )
    OR "TABLE_ROWS" <> (SELECT count(*) FROM "HEAP"."USERS")
  );

COMMIT;

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
