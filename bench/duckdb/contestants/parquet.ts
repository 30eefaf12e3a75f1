import { DuckDBInstance } from '@duckdb/node-api';
import { report, stopwatch } from '../stopwatch.js';

// The ceiling: the same rows from Parquet, which the engine reads by itself. parquet.js <database> <parquet file>
const [database = '', file = ''] = process.argv.slice(2);
const time = stopwatch();
const instance = await DuckDBInstance.create(':memory:', {
  preserve_insertion_order: 'false',
  write_buffer_row_group_count: '1',
  max_vacuum_tasks: '0',
});
const connection = await instance.connect();
await connection.run(`ATTACH '${database}' AS db (STORAGE_VERSION 'v1.4.0')`);
await connection.run(`CREATE TABLE db.stage AS SELECT * FROM read_parquet('${file}')`);
const counted = await connection.runAndReadAll('SELECT count(*) FROM db.stage');
connection.closeSync();
instance.closeSync();
report({ staged: time(), rows: Number(counted.getRows()[0]?.[0]) });
