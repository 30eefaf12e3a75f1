import { snowflakeNameSql } from './sql/names.js';

/** The views of INFORMATION_SCHEMA over the engine's catalog, with the columns that Snowflake's begin with. */
export const CATALOG_VIEWS: readonly string[] = [
  `CREATE VIEW memory.sf."SCHEMATA" AS
   SELECT database_name AS "CATALOG_NAME", ${snowflakeNameSql('schema_name')} AS "SCHEMA_NAME", comment AS "COMMENT"
   FROM duckdb_schemas()
   WHERE NOT internal AND schema_name <> 'main' AND database_name NOT IN ('memory', 'system', 'temp')
   UNION ALL
   SELECT database_name, 'INFORMATION_SCHEMA', 'Views describing the contents of schemas in this database'
   FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'`,
  // What is transient and the clustering key are said in the comment of the table, where CREATE puts them.
  `CREATE VIEW memory.sf."TABLES" AS
   SELECT database_name AS "TABLE_CATALOG", ${snowflakeNameSql('schema_name')} AS "TABLE_SCHEMA",
     ${snowflakeNameSql('table_name')} AS "TABLE_NAME", 'BASE TABLE' AS "TABLE_TYPE",
     CASE WHEN split_part(comment, '|', 1) = 'transient' THEN 'YES' ELSE 'NO' END AS "IS_TRANSIENT",
     NULLIF(substr(comment, instr(comment, '|') + 1), '') AS "CLUSTERING_KEY", estimated_size AS "ROW_COUNT"
   FROM duckdb_tables() WHERE NOT internal AND database_name <> 'memory'
   UNION ALL
   SELECT database_name, ${snowflakeNameSql('schema_name')}, ${snowflakeNameSql('view_name')}, 'VIEW', NULL, NULL, NULL
   FROM duckdb_views() WHERE NOT internal AND database_name NOT IN ('memory', 'system', 'temp')`,
  `CREATE VIEW memory.sf."COLUMNS" AS
   SELECT database_name AS "TABLE_CATALOG", ${snowflakeNameSql('schema_name')} AS "TABLE_SCHEMA",
     ${snowflakeNameSql('table_name')} AS "TABLE_NAME", ${snowflakeNameSql('column_name')} AS "COLUMN_NAME",
     column_index AS "ORDINAL_POSITION",
     column_default AS "COLUMN_DEFAULT",
     CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS "IS_NULLABLE",
     CASE
       WHEN data_type = 'VARCHAR' THEN 'TEXT'
       WHEN data_type = 'DOUBLE' THEN 'FLOAT'
       WHEN data_type = 'BLOB' THEN 'BINARY'
       WHEN data_type = 'JSON' THEN 'VARIANT'
       WHEN data_type LIKE 'DECIMAL%' THEN 'NUMBER'
       WHEN data_type LIKE 'TIMESTAMP%' THEN 'TIMESTAMP_NTZ'
       ELSE data_type
     END AS "DATA_TYPE",
     CASE data_type WHEN 'VARCHAR' THEN 16777216 END AS "CHARACTER_MAXIMUM_LENGTH",
     CASE data_type WHEN 'VARCHAR' THEN 16777216 WHEN 'BLOB' THEN 8388608 END AS "CHARACTER_OCTET_LENGTH",
     CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_precision END AS "NUMERIC_PRECISION",
     CASE WHEN data_type LIKE 'DECIMAL%' THEN 10 END AS "NUMERIC_PRECISION_RADIX",
     CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_scale END AS "NUMERIC_SCALE",
     CASE data_type WHEN 'TIMESTAMP_S' THEN 0 WHEN 'TIMESTAMP_MS' THEN 3 WHEN 'TIMESTAMP' THEN 6 WHEN 'TIMESTAMP_NS' THEN 9 END AS "DATETIME_PRECISION",
     comment AS "COMMENT"
   FROM duckdb_columns() WHERE NOT internal AND database_name <> 'memory'`,
];
