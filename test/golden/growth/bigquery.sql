-- a new property, an older dump superseded, an empty resync: dumps up to 9

-- ---- setup

CREATE SCHEMA IF NOT EXISTS `heap`;

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_runs` (
  `run_id` STRING,
  `name` STRING,
  `version` STRING,
  `status` STRING,
  `started_at` TIMESTAMP,
  `finished_at` TIMESTAMP,
  `loads_done` INT64,
  `loads_failed` INT64,
  `message` STRING
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_dumps` (
  `dump_id` INT64,
  `manifest_key` STRING,
  `manifest_etag` STRING,
  `run_id` STRING,
  `recorded_at` TIMESTAMP
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_loads` (
  `load_id` STRING,
  `dump_id` INT64,
  `table_name` STRING,
  `source_table` STRING,
  `incremental` BOOL,
  `files` INT64,
  `status` STRING,
  `run_id` STRING,
  `rows_read` INT64,
  `rows_staged` INT64,
  `rows_inserted` INT64,
  `rows_updated` INT64,
  `rows_unchanged` INT64,
  `rows_filtered` INT64,
  `rows_rejected` INT64,
  `values_rejected` INT64,
  `table_rows` INT64,
  `finished_at` TIMESTAMP
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_files` (
  `load_id` STRING,
  `dump_id` INT64,
  `table_name` STRING,
  `file_index` INT64,
  `file_key` STRING,
  `etag` STRING,
  `bytes` INT64,
  `modified_ms` INT64,
  `sort_key` STRING,
  `status` STRING,
  `rows` INT64,
  `reason` STRING
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_columns` (
  `table_name` STRING,
  `column_name` STRING,
  `type` STRING,
  `origin` STRING,
  `dump_id` INT64,
  `load_id` STRING,
  `run_id` STRING,
  `recorded_at` TIMESTAMP
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_rejects` (
  `load_id` STRING,
  `dump_id` INT64,
  `table_name` STRING,
  `file_key` STRING,
  `row_index` INT64,
  `kind` STRING,
  `column_name` STRING,
  `reason` STRING,
  `raw_value` STRING
);

CREATE TABLE IF NOT EXISTS `heap`.`_heapload_lease` (
  `name` STRING,
  `token` INT64,
  `run_id` STRING,
  `holder` STRING,
  `acquired_at` TIMESTAMP,
  `expires_at` TIMESTAMP,
  `ledger_version` INT64,
  `layout` STRING
);

INSERT INTO `heap`.`_heapload_lease` (
  `name`, `token`, `ledger_version`, `layout`
)
SELECT 'run', 0, 1, 'manifests'
FROM (SELECT 1 AS one) AS seed
WHERE NOT EXISTS (SELECT 1 FROM `heap`.`_heapload_lease` WHERE `name` = 'run');

-- expects 1 rows changed, else LEASE_HELD
UPDATE `heap`.`_heapload_lease`
SET
  `token` = `token` + 1,
  `run_id` = @run_id,
  `holder` = @holder,
  `acquired_at` = CURRENT_TIMESTAMP(),
  `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run'
  AND (
    `run_id` IS NULL
    OR `expires_at` < CURRENT_TIMESTAMP()
  );

UPDATE `heap`.`_heapload_runs`
SET `status` = 'died'
WHERE `status` = 'running' AND `run_id` <> @run_id;

INSERT INTO `heap`.`_heapload_runs` (
  `run_id`, `name`, `version`, `status`, `started_at`
)
SELECT @run_id, 'heapload', '0.1.0', 'running', CURRENT_TIMESTAMP();

-- ---- record what was found

BEGIN TRANSACTION;

UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

ASSERT @@row_count = 1 AS 'LEASE_LOST: Another run took over the lease of this schema.';

INSERT INTO `heap`.`_heapload_dumps` (
  `dump_id`, `manifest_key`, `manifest_etag`, `run_id`, `recorded_at`
)
VALUES
  (9, 'manifests/sync_9.json', 'etag-of-sync_9.json', @run_id, CURRENT_TIMESTAMP());

INSERT INTO `heap`.`_heapload_loads` (
  `load_id`, `dump_id`, `table_name`, `source_table`,
  `incremental`, `files`, `status`
)
VALUES
  ('9/users', 9, 'users', 'users', TRUE, 1, 'pending');

COMMIT TRANSACTION;

-- ---- load 9/users into users: merge, 1 file, 233 bytes

CREATE TABLE IF NOT EXISTS `heap`.`users` (
  `user_id` INT64,
  `email` STRING,
  `joindate` TIMESTAMP,
  `_heapload_dump_id` INT64
)
CLUSTER BY `user_id`;

-- expects 1 rows changed, else LEASE_LOST
UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

CREATE OR REPLACE TABLE `heap`.`_heapload_stage_1_9_users` (
  `_heapload_file` INT64,
  `_heapload_row` INT64,
  `user_id` INT64,
  `email` STRING,
  `joindate` INT64
)
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR));

-- load 1 Avro files (233 bytes) into `heap`.`_heapload_stage_1_9_users`:
-- re-packed into 1 Avro containers of one schema, every row with its file and place in it;
-- a load job that it is uploaded with:
-- source_format AVRO, use_avro_logical_types true, create_disposition CREATE_NEVER, write_disposition
-- WRITE_TRUNCATE, schema
--     `user_id` INT64
--     `email` STRING
--     `joindate` INT64
-- files:
--   0: sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro (233 bytes)

BEGIN TRANSACTION;

UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

ASSERT @@row_count = 1 AS 'LEASE_LOST: Another run took over the lease of this schema.';

INSERT INTO `heap`.`_heapload_files` (
  `load_id`, `dump_id`, `table_name`, `file_index`, `file_key`, `etag`,
  `bytes`, `modified_ms`, `sort_key`, `status`, `rows`, `reason`
)
VALUES
  ('9/users', 9, 'users', 0, 'sync_9/users/part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 'etag-of-part-00000-6f9a63c3-e618-f7e9-6b5d-6657f735f2e3-c000.avro', 233, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE `heap`.`_heapload_files`
SET `rows` = counted.`rows`
FROM (
  SELECT `_heapload_file`, count(*) AS `rows`
  FROM `heap`.`_heapload_stage_1_9_users`
  GROUP BY `_heapload_file`
) AS counted
WHERE `load_id` = '9/users' AND `file_index` = counted.`_heapload_file`;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '9/users', 9, 'users', _heapload_file.`file_key`, _heapload_typed.`_heapload_row`,
  'row', NULL, 'the primary key is NULL', _heapload_typed.`_heapload_raw`
FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          9 AS `_heapload_dump_id`,
          TO_JSON_STRING(_heapload_staged) AS `_heapload_raw`,
          _heapload_staged.`user_id` AS `user_id`
        FROM `heap`.`_heapload_stage_1_9_users` AS _heapload_staged
) AS _heapload_typed
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '9/users' AND _heapload_file.`file_index` = _heapload_typed.`_heapload_file`
WHERE _heapload_typed.`user_id` IS NULL;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '9/users', 9, 'users', _heapload_file.`file_key`, _heapload_staged.`_heapload_row`,
  'value', 'joindate', 'not a timestamp', CAST(_heapload_staged.`joindate` AS STRING)
FROM `heap`.`_heapload_stage_1_9_users` AS _heapload_staged
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '9/users' AND _heapload_file.`file_index` = _heapload_staged.`_heapload_file`
WHERE _heapload_staged.`joindate` <> 0
  AND CASE WHEN _heapload_staged.`joindate` BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged.`joindate` BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(_heapload_staged.`joindate`) WHEN _heapload_staged.`joindate` BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged.`joindate` BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(_heapload_staged.`joindate`) WHEN _heapload_staged.`joindate` <> 0 AND _heapload_staged.`joindate` BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(_heapload_staged.`joindate`) END IS NULL;

UPDATE `heap`.`_heapload_loads`
SET
  `status` = 'loaded',
  `table_name` = 'users',
  `run_id` = @run_id,
  `rows_read` = @rows_read,
  `rows_staged` = counted.staged,
  `rows_inserted` = counted.inserted,
  `rows_updated` = counted.updated,
  `rows_unchanged` = counted.unchanged,
  `rows_filtered` = counted.filtered,
  `rows_rejected` = counted.rejected,
  `values_rejected` = counted.values_rejected,
  `table_rows` = counted.table_rows + counted.inserted,
  `finished_at` = CURRENT_TIMESTAMP()
FROM (
  SELECT
    (SELECT count(*) FROM `heap`.`_heapload_stage_1_9_users`) AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '9/users' AND `kind` = 'value') AS values_rejected,
    (SELECT count(*) FROM `heap`.`users`) AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked.`user_id` IS NULL THEN 'rejected'
        WHEN _heapload_ranked.`_heapload_rank` > 1 THEN 'unchanged'
        WHEN _heapload_target.`user_id` IS NULL THEN 'inserted'
        WHEN COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_ranked.`_heapload_dump_id` THEN 'updated'
        ELSE 'unchanged'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed.`user_id`
          ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
        ) AS `_heapload_rank`
      FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          9 AS `_heapload_dump_id`,
          _heapload_staged.`user_id` AS `user_id`
        FROM `heap`.`_heapload_stage_1_9_users` AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
    LEFT JOIN `heap`.`users` AS _heapload_target
      ON _heapload_target.`user_id` = _heapload_ranked.`user_id`
  ) AS fated
) AS counted
WHERE `load_id` = '9/users' AND `status` IN ('pending', 'excluded');

ASSERT @@row_count = 1 AS 'LOAD_STATE: Load 9/users is no longer open: another run committed it.';

MERGE INTO `heap`.`users` AS _heapload_target
USING (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          9 AS `_heapload_dump_id`,
          _heapload_staged.`user_id` AS `user_id`,
          _heapload_staged.`email` AS `email`,
          CASE WHEN _heapload_staged.`joindate` BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged.`joindate` BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(_heapload_staged.`joindate`) WHEN _heapload_staged.`joindate` BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged.`joindate` BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(_heapload_staged.`joindate`) WHEN _heapload_staged.`joindate` <> 0 AND _heapload_staged.`joindate` BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(_heapload_staged.`joindate`) END AS `joindate`
        FROM `heap`.`_heapload_stage_1_9_users` AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed.`user_id` IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed.`user_id`
    ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
  ) = 1
) AS _heapload_source
ON _heapload_target.`user_id` = _heapload_source.`user_id`
WHEN MATCHED AND COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_source.`_heapload_dump_id` THEN UPDATE SET
  `email` = _heapload_source.`email`,
  `joindate` = _heapload_source.`joindate`,
  `_heapload_dump_id` = _heapload_source.`_heapload_dump_id`
WHEN NOT MATCHED THEN INSERT (
  `user_id`,
  `email`,
  `joindate`,
  `_heapload_dump_id`
) VALUES (
  _heapload_source.`user_id`,
  _heapload_source.`email`,
  _heapload_source.`joindate`,
  _heapload_source.`_heapload_dump_id`
);

INSERT INTO `heap`.`_heapload_columns` (
  `table_name`, `column_name`, `type`, `origin`,
  `dump_id`, `load_id`, `run_id`, `recorded_at`
)
VALUES
  ('users', 'user_id', 'int64', 'user_id', 9, '9/users', @run_id, CURRENT_TIMESTAMP()),
  ('users', 'email', 'string', 'email', 9, '9/users', @run_id, CURRENT_TIMESTAMP()),
  ('users', 'joindate', 'timestamp', 'joindate', 9, '9/users', @run_id, CURRENT_TIMESTAMP());

ASSERT NOT EXISTS (
SELECT
  `rows_read`,
  `rows_staged`,
  `rows_inserted`,
  `rows_updated`,
  `rows_unchanged`,
  `rows_filtered`,
  `rows_rejected`,
  `values_rejected`,
  `table_rows`
FROM `heap`.`_heapload_loads`
WHERE `load_id` = '9/users'
  AND (
    `rows_read` <> `rows_staged`
    OR `rows_staged` <> `rows_inserted` + `rows_updated` + `rows_unchanged`
      + `rows_filtered` + `rows_rejected`
    OR `rows_rejected` <> (
      SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '9/users' AND `kind` = 'row'
    )
    OR `table_rows` <> (SELECT count(*) FROM `heap`.`users`)
  )
) AS 'COUNTS_MISMATCH: The rows of load 9/users do not add up.';

COMMIT TRANSACTION;

DROP TABLE IF EXISTS `heap`.`_heapload_stage_1_9_users`;

-- ---- finish

UPDATE `heap`.`_heapload_runs`
SET
  `status` = @run_status,
  `finished_at` = CURRENT_TIMESTAMP(),
  `loads_done` = @loads_done,
  `loads_failed` = @loads_failed,
  `message` = @run_message
WHERE `run_id` = @run_id;

UPDATE `heap`.`_heapload_lease`
SET `run_id` = NULL, `holder` = NULL, `expires_at` = NULL
WHERE `name` = 'run' AND `token` = @lease_token;
-- a new property, an older dump superseded, an empty resync: dumps up to 12

-- ---- setup

-- expects 1 rows changed, else LEASE_HELD
UPDATE `heap`.`_heapload_lease`
SET
  `token` = `token` + 1,
  `run_id` = @run_id,
  `holder` = @holder,
  `acquired_at` = CURRENT_TIMESTAMP(),
  `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run'
  AND (
    `run_id` IS NULL
    OR `expires_at` < CURRENT_TIMESTAMP()
  );

UPDATE `heap`.`_heapload_runs`
SET `status` = 'died'
WHERE `status` = 'running' AND `run_id` <> @run_id;

INSERT INTO `heap`.`_heapload_runs` (
  `run_id`, `name`, `version`, `status`, `started_at`
)
SELECT @run_id, 'heapload', '0.1.0', 'running', CURRENT_TIMESTAMP();

-- ---- record what was found

BEGIN TRANSACTION;

UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

ASSERT @@row_count = 1 AS 'LEASE_LOST: Another run took over the lease of this schema.';

INSERT INTO `heap`.`_heapload_dumps` (
  `dump_id`, `manifest_key`, `manifest_etag`, `run_id`, `recorded_at`
)
VALUES
  (10, 'manifests/sync_10.json', 'etag-of-sync_10.json', @run_id, CURRENT_TIMESTAMP()),
  (11, 'manifests/sync_11.json', 'etag-of-sync_11.json', @run_id, CURRENT_TIMESTAMP()),
  (12, 'manifests/sync_12.json', 'etag-of-sync_12.json', @run_id, CURRENT_TIMESTAMP());

INSERT INTO `heap`.`_heapload_loads` (
  `load_id`, `dump_id`, `table_name`, `source_table`,
  `incremental`, `files`, `status`
)
VALUES
  ('10/users', 10, 'users', 'users', TRUE, 1, 'pending'),
  ('11/users', 11, 'users', 'users', FALSE, 1, 'pending'),
  ('12/users', 12, 'users', 'users', FALSE, 0, 'pending'),
  ('12/sessions', 12, 'sessions', 'sessions', TRUE, 0, 'pending');

COMMIT TRANSACTION;

UPDATE `heap`.`_heapload_loads`
SET `status` = 'superseded', `run_id` = @run_id, `finished_at` = CURRENT_TIMESTAMP()
WHERE `status` IN ('pending', 'excluded')
  AND `load_id` IN (
    '10/users',
    '11/users'
  );

UPDATE `heap`.`_heapload_loads`
SET `status` = 'nothing', `run_id` = @run_id, `finished_at` = CURRENT_TIMESTAMP()
WHERE `status` IN ('pending', 'excluded')
  AND `load_id` IN (
    '12/sessions'
  );

-- ---- load 12/users into users: replace, 0 files, 0 bytes

BEGIN TRANSACTION;

UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

ASSERT @@row_count = 1 AS 'LEASE_LOST: Another run took over the lease of this schema.';

UPDATE `heap`.`_heapload_loads`
SET
  `status` = 'loaded',
  `table_name` = 'users',
  `run_id` = @run_id,
  `rows_read` = 0,
  `rows_staged` = 0,
  `rows_inserted` = 0,
  `rows_updated` = 0,
  `rows_unchanged` = 0,
  `rows_filtered` = 0,
  `rows_rejected` = 0,
  `values_rejected` = 0,
  `table_rows` = 0,
  `finished_at` = CURRENT_TIMESTAMP()
WHERE `load_id` = '12/users' AND `status` IN ('pending', 'excluded');

ASSERT @@row_count = 1 AS 'LOAD_STATE: Load 12/users is no longer open: another run committed it.';

DELETE FROM `heap`.`users`
WHERE TRUE;

ASSERT NOT EXISTS (
SELECT
  `rows_read`,
  `rows_staged`,
  `rows_inserted`,
  `rows_updated`,
  `rows_unchanged`,
  `rows_filtered`,
  `rows_rejected`,
  `values_rejected`,
  `table_rows`
FROM `heap`.`_heapload_loads`
WHERE `load_id` = '12/users'
  AND (
    `rows_read` <> `rows_staged`
    OR `rows_staged` <> `rows_inserted` + `rows_updated` + `rows_unchanged`
      + `rows_filtered` + `rows_rejected`
    OR `rows_rejected` <> (
      SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '12/users' AND `kind` = 'row'
    )
    OR `table_rows` <> (SELECT count(*) FROM `heap`.`users`)
  )
) AS 'COUNTS_MISMATCH: The rows of load 12/users do not add up.';

COMMIT TRANSACTION;

-- ---- finish

UPDATE `heap`.`_heapload_runs`
SET
  `status` = @run_status,
  `finished_at` = CURRENT_TIMESTAMP(),
  `loads_done` = @loads_done,
  `loads_failed` = @loads_failed,
  `message` = @run_message
WHERE `run_id` = @run_id;

UPDATE `heap`.`_heapload_lease`
SET `run_id` = NULL, `holder` = NULL, `expires_at` = NULL
WHERE `name` = 'run' AND `token` = @lease_token;
