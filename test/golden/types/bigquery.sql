-- every type, a property that flips, times in two encodings, a composite key: dumps up to 20

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
  (20, 'manifests/sync_20.json', 'etag-of-sync_20.json', @run_id, CURRENT_TIMESTAMP());

INSERT INTO `heap`.`_heapload_loads` (
  `load_id`, `dump_id`, `table_name`, `source_table`,
  `incremental`, `files`, `status`
)
VALUES
  ('20/everything', 20, 'everything', 'everything', TRUE, 1, 'pending'),
  ('20/click', 20, 'click', 'click', TRUE, 2, 'pending');

COMMIT TRANSACTION;

-- ---- load 20/everything into everything: merge, 1 file, 764 bytes

CREATE TABLE IF NOT EXISTS `heap`.`everything` (
  `event_id` STRING,
  `text` STRING,
  `whole` INT64,
  `real` FLOAT64,
  `flag` BOOL,
  `raw` BYTES,
  `day` DATE,
  `at` TIMESTAMP,
  `price` NUMERIC(12, 2),
  `total` BIGNUMERIC(38, 0),
  `tags` JSON,
  `_heapload_dump_id` INT64
)
CLUSTER BY `event_id`;

-- expects 1 rows changed, else LEASE_LOST
UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

CREATE OR REPLACE TABLE `heap`.`_heapload_stage_1_20_everything` (
  `_heapload_file` INT64,
  `_heapload_row` INT64,
  `event_id` STRING,
  `text` STRING,
  `whole` INT64,
  `real` FLOAT64,
  `flag` BOOL,
  `raw` BYTES,
  `day` DATE,
  `at` TIMESTAMP,
  `price` NUMERIC(12, 2),
  `total` BIGNUMERIC(38, 0),
  `tags` JSON
)
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR));

-- load 1 Avro files (764 bytes) into `heap`.`_heapload_stage_1_20_everything`:
-- re-packed into 1 Avro containers of one schema, every row with its file and place in it;
-- a load job that it is uploaded with:
-- source_format AVRO, use_avro_logical_types true, create_disposition CREATE_NEVER, write_disposition
-- WRITE_TRUNCATE, schema
--     `event_id` STRING
--     `text` STRING
--     `whole` INT64
--     `real` FLOAT64
--     `flag` BOOL
--     `raw` BYTES
--     `day` DATE
--     `at` TIMESTAMP
--     `price` NUMERIC(12, 2)
--     `total` BIGNUMERIC(38, 0)
--     `tags` JSON
-- files:
--   0: sync_20/everything/part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro (764 bytes)

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
  ('20/everything', 20, 'everything', 0, 'sync_20/everything/part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro', 'etag-of-part-00000-ddf3c5bf-d3e0-fe52-4c6c-48508c85f2bf-c000.avro', 764, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE `heap`.`_heapload_files`
SET `rows` = counted.`rows`
FROM (
  SELECT `_heapload_file`, count(*) AS `rows`
  FROM `heap`.`_heapload_stage_1_20_everything`
  GROUP BY `_heapload_file`
) AS counted
WHERE `load_id` = '20/everything' AND `file_index` = counted.`_heapload_file`;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '20/everything', 20, 'everything', _heapload_file.`file_key`, _heapload_typed.`_heapload_row`,
  'row', NULL, 'the primary key is NULL', _heapload_typed.`_heapload_raw`
FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          TO_JSON_STRING(_heapload_staged) AS `_heapload_raw`,
          _heapload_staged.`event_id` AS `event_id`
        FROM `heap`.`_heapload_stage_1_20_everything` AS _heapload_staged
) AS _heapload_typed
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '20/everything' AND _heapload_file.`file_index` = _heapload_typed.`_heapload_file`
WHERE _heapload_typed.`event_id` IS NULL;

UPDATE `heap`.`_heapload_loads`
SET
  `status` = 'loaded',
  `table_name` = 'everything',
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
    (SELECT count(*) FROM `heap`.`_heapload_stage_1_20_everything`) AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '20/everything' AND `kind` = 'value') AS values_rejected,
    (SELECT count(*) FROM `heap`.`everything`) AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked.`event_id` IS NULL THEN 'rejected'
        WHEN _heapload_ranked.`_heapload_rank` > 1 THEN 'unchanged'
        WHEN _heapload_target.`event_id` IS NULL THEN 'inserted'
        WHEN COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_ranked.`_heapload_dump_id` THEN 'updated'
        ELSE 'unchanged'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed.`event_id`
          ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
        ) AS `_heapload_rank`
      FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`
        FROM `heap`.`_heapload_stage_1_20_everything` AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
    LEFT JOIN `heap`.`everything` AS _heapload_target
      ON _heapload_target.`event_id` = _heapload_ranked.`event_id`
  ) AS fated
) AS counted
WHERE `load_id` = '20/everything' AND `status` IN ('pending', 'excluded');

ASSERT @@row_count = 1 AS 'LOAD_STATE: Load 20/everything is no longer open: another run committed it.';

MERGE INTO `heap`.`everything` AS _heapload_target
USING (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`text` AS `text`,
          _heapload_staged.`whole` AS `whole`,
          _heapload_staged.`real` AS `real`,
          _heapload_staged.`flag` AS `flag`,
          _heapload_staged.`raw` AS `raw`,
          _heapload_staged.`day` AS `day`,
          _heapload_staged.`at` AS `at`,
          _heapload_staged.`price` AS `price`,
          _heapload_staged.`total` AS `total`,
          _heapload_staged.`tags` AS `tags`
        FROM `heap`.`_heapload_stage_1_20_everything` AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed.`event_id` IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed.`event_id`
    ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
  ) = 1
) AS _heapload_source
ON _heapload_target.`event_id` = _heapload_source.`event_id`
WHEN MATCHED AND COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_source.`_heapload_dump_id` THEN UPDATE SET
  `text` = _heapload_source.`text`,
  `whole` = _heapload_source.`whole`,
  `real` = _heapload_source.`real`,
  `flag` = _heapload_source.`flag`,
  `raw` = _heapload_source.`raw`,
  `day` = _heapload_source.`day`,
  `at` = _heapload_source.`at`,
  `price` = _heapload_source.`price`,
  `total` = _heapload_source.`total`,
  `tags` = _heapload_source.`tags`,
  `_heapload_dump_id` = _heapload_source.`_heapload_dump_id`
WHEN NOT MATCHED THEN INSERT (
  `event_id`,
  `text`,
  `whole`,
  `real`,
  `flag`,
  `raw`,
  `day`,
  `at`,
  `price`,
  `total`,
  `tags`,
  `_heapload_dump_id`
) VALUES (
  _heapload_source.`event_id`,
  _heapload_source.`text`,
  _heapload_source.`whole`,
  _heapload_source.`real`,
  _heapload_source.`flag`,
  _heapload_source.`raw`,
  _heapload_source.`day`,
  _heapload_source.`at`,
  _heapload_source.`price`,
  _heapload_source.`total`,
  _heapload_source.`tags`,
  _heapload_source.`_heapload_dump_id`
);

INSERT INTO `heap`.`_heapload_columns` (
  `table_name`, `column_name`, `type`, `origin`,
  `dump_id`, `load_id`, `run_id`, `recorded_at`
)
VALUES
  ('everything', 'event_id', 'string', 'event_id', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'text', 'string', 'text', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'whole', 'int64', 'whole', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'real', 'float64', 'real', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'flag', 'bool', 'flag', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'raw', 'bytes', 'raw', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'day', 'date', 'day', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'at', 'timestamp', 'at', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'price', 'decimal(12,2)', 'price', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'total', 'decimal(38,0)', 'total', 20, '20/everything', @run_id, CURRENT_TIMESTAMP()),
  ('everything', 'tags', 'json', 'tags', 20, '20/everything', @run_id, CURRENT_TIMESTAMP());

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
WHERE `load_id` = '20/everything'
  AND (
    `rows_read` <> `rows_staged`
    OR `rows_staged` <> `rows_inserted` + `rows_updated` + `rows_unchanged`
      + `rows_filtered` + `rows_rejected`
    OR `rows_rejected` <> (
      SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '20/everything' AND `kind` = 'row'
    )
    OR `table_rows` <> (SELECT count(*) FROM `heap`.`everything`)
  )
) AS 'COUNTS_MISMATCH: The rows of load 20/everything do not add up.';

COMMIT TRANSACTION;

DROP TABLE IF EXISTS `heap`.`_heapload_stage_1_20_everything`;

-- ---- load 20/click into click: merge, 2 files, 627 bytes

CREATE TABLE IF NOT EXISTS `heap`.`click` (
  `event_id` INT64,
  `user_id` INT64,
  `time` TIMESTAMP,
  `label` STRING,
  `seats` INT64,
  `seats__string` STRING,
  `_heapload_dump_id` INT64
)
PARTITION BY TIMESTAMP_TRUNC(`time`, DAY)
CLUSTER BY `event_id`, `user_id`;

-- expects 1 rows changed, else LEASE_LOST
UPDATE `heap`.`_heapload_lease`
SET `expires_at` = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 900 SECOND)
WHERE `name` = 'run' AND `token` = @lease_token;

CREATE OR REPLACE TABLE `heap`.`_heapload_stage_1_20_click` (
  `_heapload_file` INT64,
  `_heapload_row` INT64,
  `event_id` INT64,
  `user_id` INT64,
  `time` STRING,
  `label` STRING,
  `seats` INT64,
  `time__int64` INT64,
  `seats__string` STRING
)
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR));

-- load 2 Avro files (627 bytes) into `heap`.`_heapload_stage_1_20_click`:
-- re-packed into 1 Avro containers of one schema, every row with its file and place in it;
-- a load job that it is uploaded with:
-- source_format AVRO, use_avro_logical_types true, create_disposition CREATE_NEVER, write_disposition
-- WRITE_TRUNCATE, schema
--     `event_id` INT64
--     `user_id` INT64
--     `time` STRING
--     `label` STRING
--     `seats` INT64
--     `time__int64` INT64
--     `seats__string` STRING
-- files:
--   0: sync_20/click/part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro (313 bytes)
--   1: sync_20/click/part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro (314 bytes)

DECLARE _heapload_days ARRAY<TIMESTAMP>;

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
  ('20/click', 20, 'click', 0, 'sync_20/click/part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro', 'etag-of-part-00000-94b2fe4b-f563-fec8-9c3d-8eb760b4141f-c000.avro', 313, 1700000000000, NULL, 'loaded', 0, NULL),
  ('20/click', 20, 'click', 1, 'sync_20/click/part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro', 'etag-of-part-00001-5e46c211-a5c6-9f05-a9ee-54607ae84f34-c000.avro', 314, 1700000000000, NULL, 'loaded', 0, NULL);

UPDATE `heap`.`_heapload_files`
SET `rows` = counted.`rows`
FROM (
  SELECT `_heapload_file`, count(*) AS `rows`
  FROM `heap`.`_heapload_stage_1_20_click`
  GROUP BY `_heapload_file`
) AS counted
WHERE `load_id` = '20/click' AND `file_index` = counted.`_heapload_file`;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '20/click', 20, 'click', _heapload_file.`file_key`, _heapload_typed.`_heapload_row`,
  'row', NULL, 'the primary key is NULL', _heapload_typed.`_heapload_raw`
FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          TO_JSON_STRING(_heapload_staged) AS `_heapload_raw`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`user_id` AS `user_id`
        FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
) AS _heapload_typed
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '20/click' AND _heapload_file.`file_index` = _heapload_typed.`_heapload_file`
WHERE _heapload_typed.`user_id` IS NULL OR _heapload_typed.`event_id` IS NULL;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '20/click', 20, 'click', _heapload_file.`file_key`, _heapload_staged.`_heapload_row`,
  'value', 'time', 'not a timestamp', _heapload_staged.`time`
FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '20/click' AND _heapload_file.`file_index` = _heapload_staged.`_heapload_file`
WHERE _heapload_staged.`time` <> '' AND NOT REGEXP_CONTAINS(_heapload_staged.`time`, '^-?0+$')
  AND CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^-?[0-9]+$') THEN CASE WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000000 AND -100000000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000 AND -100000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) <> 0 AND SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(SAFE_CAST(_heapload_staged.`time` AS INT64)) END WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$') THEN SAFE.TIMESTAMP_SUB(SAFE_CAST(CONCAT(REGEXP_EXTRACT(_heapload_staged.`time`, '^[0-9-]{10}[ T][0-9:.]+'), '+00:00') AS TIMESTAMP), INTERVAL CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '-[0-9]{2}:[0-9]{2}$') THEN -1 ELSE 1 END * COALESCE(CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-]([0-9]{2}):[0-9]{2}$') AS INT64) * 60 + CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-][0-9]{2}:([0-9]{2})$') AS INT64), 0) MINUTE) END
 IS NULL;

INSERT INTO `heap`.`_heapload_rejects` (
  `load_id`, `dump_id`, `table_name`, `file_key`, `row_index`,
  `kind`, `column_name`, `reason`, `raw_value`
)
SELECT
  '20/click', 20, 'click', _heapload_file.`file_key`, _heapload_staged.`_heapload_row`,
  'value', 'time', 'not a timestamp', CAST(_heapload_staged.`time__int64` AS STRING)
FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
JOIN `heap`.`_heapload_files` AS _heapload_file
  ON _heapload_file.`load_id` = '20/click' AND _heapload_file.`file_index` = _heapload_staged.`_heapload_file`
WHERE _heapload_staged.`time__int64` <> 0
  AND CASE WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` <> 0 AND _heapload_staged.`time__int64` BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(_heapload_staged.`time__int64`) END IS NULL;

SET _heapload_days = ARRAY(
  SELECT DISTINCT COALESCE(TIMESTAMP_TRUNC(_heapload_target.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00')
  FROM `heap`.`click` AS _heapload_target
  JOIN (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`user_id` AS `user_id`
        FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
  ) AS _heapload_typed
    ON _heapload_target.`user_id` = _heapload_typed.`user_id` AND _heapload_target.`event_id` = _heapload_typed.`event_id`
);

UPDATE `heap`.`_heapload_loads`
SET
  `status` = 'loaded',
  `table_name` = 'click',
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
    (SELECT count(*) FROM `heap`.`_heapload_stage_1_20_click`) AS staged,
    COALESCE(sum(CASE WHEN outcome = 'inserted' THEN 1 ELSE 0 END), 0) AS inserted,
    COALESCE(sum(CASE WHEN outcome = 'updated' THEN 1 ELSE 0 END), 0) AS updated,
    COALESCE(sum(CASE WHEN outcome = 'unchanged' THEN 1 ELSE 0 END), 0) AS unchanged,
    COALESCE(sum(CASE WHEN outcome = 'filtered' THEN 1 ELSE 0 END), 0) AS filtered,
    COALESCE(sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END), 0) AS rejected,
    (SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '20/click' AND `kind` = 'value') AS values_rejected,
    (SELECT count(*) FROM `heap`.`click`) AS table_rows
  FROM (
    SELECT
      CASE
        WHEN _heapload_ranked.`user_id` IS NULL OR _heapload_ranked.`event_id` IS NULL THEN 'rejected'
        WHEN _heapload_ranked.`_heapload_rank` > 1 THEN 'unchanged'
        WHEN _heapload_target.`user_id` IS NULL THEN 'inserted'
        WHEN COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_ranked.`_heapload_dump_id` THEN 'updated'
        ELSE 'unchanged'
      END AS outcome
    FROM (
      SELECT
        _heapload_typed.*,
        row_number() OVER (
          PARTITION BY _heapload_typed.`user_id`, _heapload_typed.`event_id`
          ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
        ) AS `_heapload_rank`
      FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`user_id` AS `user_id`
        FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
      ) AS _heapload_typed
    ) AS _heapload_ranked
    LEFT JOIN `heap`.`click` AS _heapload_target
      ON _heapload_target.`user_id` = _heapload_ranked.`user_id` AND _heapload_target.`event_id` = _heapload_ranked.`event_id` AND (TIMESTAMP_TRUNC(_heapload_target.`time`, DAY) IN UNNEST(_heapload_days) OR (_heapload_target.`time` IS NULL AND TIMESTAMP '0001-01-01 00:00:00.000001+00' IN UNNEST(_heapload_days)))
  ) AS fated
) AS counted
WHERE `load_id` = '20/click' AND `status` IN ('pending', 'excluded');

ASSERT @@row_count = 1 AS 'LOAD_STATE: Load 20/click is no longer open: another run committed it.';

FOR _heapload_part IN (
  WITH moves AS (
    SELECT DISTINCT
      IF(_heapload_target.`user_id` IS NULL, COALESCE(TIMESTAMP_TRUNC(_heapload_typed.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00'), COALESCE(TIMESTAMP_TRUNC(_heapload_target.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00')) AS from_day,
      COALESCE(TIMESTAMP_TRUNC(_heapload_typed.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00') AS to_day
    FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`user_id` AS `user_id`,
          COALESCE(CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^-?[0-9]+$') THEN CASE WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000000 AND -100000000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000 AND -100000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) <> 0 AND SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(SAFE_CAST(_heapload_staged.`time` AS INT64)) END WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$') THEN SAFE.TIMESTAMP_SUB(SAFE_CAST(CONCAT(REGEXP_EXTRACT(_heapload_staged.`time`, '^[0-9-]{10}[ T][0-9:.]+'), '+00:00') AS TIMESTAMP), INTERVAL CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '-[0-9]{2}:[0-9]{2}$') THEN -1 ELSE 1 END * COALESCE(CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-]([0-9]{2}):[0-9]{2}$') AS INT64) * 60 + CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-][0-9]{2}:([0-9]{2})$') AS INT64), 0) MINUTE) END
, CASE WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` <> 0 AND _heapload_staged.`time__int64` BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(_heapload_staged.`time__int64`) END) AS `time`
        FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
    ) AS _heapload_typed
    LEFT JOIN `heap`.`click` AS _heapload_target
      ON _heapload_target.`user_id` = _heapload_typed.`user_id` AND _heapload_target.`event_id` = _heapload_typed.`event_id` AND (TIMESTAMP_TRUNC(_heapload_target.`time`, DAY) IN UNNEST(_heapload_days) OR (_heapload_target.`time` IS NULL AND TIMESTAMP '0001-01-01 00:00:00.000001+00' IN UNNEST(_heapload_days)))
  ),
  days AS (
    SELECT day, DIV(ROW_NUMBER() OVER (ORDER BY day) - 1, IF(COUNT(*) OVER () > 4000, 2000, 4000)) AS part
    FROM (SELECT from_day AS day FROM moves UNION DISTINCT SELECT to_day FROM moves) AS touched
  )
  SELECT MIN(from_day) AS from_first, MAX(from_day) AS from_last, MIN(to_day) AS to_first, MAX(to_day) AS to_last
  FROM moves
  JOIN days AS from_days ON from_days.day = from_day
  JOIN days AS to_days ON to_days.day = to_day
  GROUP BY from_days.part, to_days.part
  ORDER BY from_days.part <> to_days.part, from_days.part, to_days.part
) DO
MERGE INTO `heap`.`click` AS _heapload_target
USING (
  SELECT _heapload_typed.*
  FROM (
        SELECT
          _heapload_staged.`_heapload_file`,
          _heapload_staged.`_heapload_row`,
          20 AS `_heapload_dump_id`,
          _heapload_staged.`event_id` AS `event_id`,
          _heapload_staged.`user_id` AS `user_id`,
          COALESCE(CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^-?[0-9]+$') THEN CASE WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000000 AND -100000000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800000 AND -100000000000 OR SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(SAFE_CAST(_heapload_staged.`time` AS INT64)) WHEN SAFE_CAST(_heapload_staged.`time` AS INT64) <> 0 AND SAFE_CAST(_heapload_staged.`time` AS INT64) BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(SAFE_CAST(_heapload_staged.`time` AS INT64)) END WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$') THEN SAFE.TIMESTAMP_SUB(SAFE_CAST(CONCAT(REGEXP_EXTRACT(_heapload_staged.`time`, '^[0-9-]{10}[ T][0-9:.]+'), '+00:00') AS TIMESTAMP), INTERVAL CASE WHEN REGEXP_CONTAINS(_heapload_staged.`time`, '-[0-9]{2}:[0-9]{2}$') THEN -1 ELSE 1 END * COALESCE(CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-]([0-9]{2}):[0-9]{2}$') AS INT64) * 60 + CAST(REGEXP_EXTRACT(_heapload_staged.`time`, '[+-][0-9]{2}:([0-9]{2})$') AS INT64), 0) MINUTE) END
, CASE WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000000 AND -100000000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000000 AND 253402300799999999 THEN TIMESTAMP_MICROS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` BETWEEN -62135596800000 AND -100000000000 OR _heapload_staged.`time__int64` BETWEEN 100000000000 AND 99999999999999 THEN TIMESTAMP_MILLIS(_heapload_staged.`time__int64`) WHEN _heapload_staged.`time__int64` <> 0 AND _heapload_staged.`time__int64` BETWEEN -62135596800 AND 99999999999 THEN TIMESTAMP_SECONDS(_heapload_staged.`time__int64`) END) AS `time`,
          _heapload_staged.`label` AS `label`,
          _heapload_staged.`seats` AS `seats`,
          _heapload_staged.`seats__string` AS `seats__string`
        FROM `heap`.`_heapload_stage_1_20_click` AS _heapload_staged
  ) AS _heapload_typed
  WHERE _heapload_typed.`user_id` IS NOT NULL AND _heapload_typed.`event_id` IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY _heapload_typed.`user_id`, _heapload_typed.`event_id`
    ORDER BY _heapload_typed.`_heapload_file` DESC, _heapload_typed.`_heapload_row` DESC
  ) = 1
) AS _heapload_source
ON _heapload_target.`user_id` = _heapload_source.`user_id` AND _heapload_target.`event_id` = _heapload_source.`event_id` AND (TIMESTAMP_TRUNC(_heapload_target.`time`, DAY) IN UNNEST(_heapload_days) OR (_heapload_target.`time` IS NULL AND TIMESTAMP '0001-01-01 00:00:00.000001+00' IN UNNEST(_heapload_days)))
WHEN MATCHED AND COALESCE(_heapload_target.`_heapload_dump_id`, -1) <= _heapload_source.`_heapload_dump_id`
  AND COALESCE(TIMESTAMP_TRUNC(_heapload_target.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00') BETWEEN _heapload_part.from_first AND _heapload_part.from_last
  AND COALESCE(TIMESTAMP_TRUNC(_heapload_source.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00') BETWEEN _heapload_part.to_first AND _heapload_part.to_last THEN UPDATE SET
  `time` = _heapload_source.`time`,
  `label` = _heapload_source.`label`,
  `seats` = CASE WHEN _heapload_source.`_heapload_file` BETWEEN 1 AND 1 THEN _heapload_target.`seats` ELSE _heapload_source.`seats` END,
  `seats__string` = _heapload_source.`seats__string`,
  `_heapload_dump_id` = _heapload_source.`_heapload_dump_id`
WHEN NOT MATCHED
  AND COALESCE(TIMESTAMP_TRUNC(_heapload_source.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00') BETWEEN _heapload_part.from_first AND _heapload_part.from_last
  AND COALESCE(TIMESTAMP_TRUNC(_heapload_source.`time`, DAY), TIMESTAMP '0001-01-01 00:00:00.000001+00') BETWEEN _heapload_part.to_first AND _heapload_part.to_last THEN INSERT (
  `event_id`,
  `user_id`,
  `time`,
  `label`,
  `seats`,
  `seats__string`,
  `_heapload_dump_id`
) VALUES (
  _heapload_source.`event_id`,
  _heapload_source.`user_id`,
  _heapload_source.`time`,
  _heapload_source.`label`,
  _heapload_source.`seats`,
  _heapload_source.`seats__string`,
  _heapload_source.`_heapload_dump_id`
);
END FOR;

INSERT INTO `heap`.`_heapload_columns` (
  `table_name`, `column_name`, `type`, `origin`,
  `dump_id`, `load_id`, `run_id`, `recorded_at`
)
VALUES
  ('click', 'event_id', 'int64', 'event_id', 20, '20/click', @run_id, CURRENT_TIMESTAMP()),
  ('click', 'user_id', 'int64', 'user_id', 20, '20/click', @run_id, CURRENT_TIMESTAMP()),
  ('click', 'time', 'timestamp', 'time', 20, '20/click', @run_id, CURRENT_TIMESTAMP()),
  ('click', 'label', 'string', 'label', 20, '20/click', @run_id, CURRENT_TIMESTAMP()),
  ('click', 'seats', 'int64', 'seats', 20, '20/click', @run_id, CURRENT_TIMESTAMP()),
  ('click', 'seats__string', 'string', 'seats', 20, '20/click', @run_id, CURRENT_TIMESTAMP());

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
WHERE `load_id` = '20/click'
  AND (
    `rows_read` <> `rows_staged`
    OR `rows_staged` <> `rows_inserted` + `rows_updated` + `rows_unchanged`
      + `rows_filtered` + `rows_rejected`
    OR `rows_rejected` <> (
      SELECT count(*) FROM `heap`.`_heapload_rejects` WHERE `load_id` = '20/click' AND `kind` = 'row'
    )
    OR `table_rows` <> (SELECT count(*) FROM `heap`.`click`)
  )
) AS 'COUNTS_MISMATCH: The rows of load 20/click do not add up.';

COMMIT TRANSACTION;

DROP TABLE IF EXISTS `heap`.`_heapload_stage_1_20_click`;

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
