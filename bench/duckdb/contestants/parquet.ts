import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { report, stopwatch } from '../stopwatch.js';

// The ceiling: the same rows from Parquet, which the engine reads by itself. parquet.js <database> <parquet file>
// [<file of statements>]: instead of copying the rows it runs those statements of heapload, over the Parquet file.
const [database = '', file = '', statements] = process.argv.slice(2);
const time = stopwatch();
const instance = await DuckDBInstance.create(':memory:', {
  preserve_insertion_order: 'false',
  write_buffer_row_group_count: '1',
  max_vacuum_tasks: '0',
});
const connection = await instance.connect();
await connection.run(`ATTACH '${database}' AS db (STORAGE_VERSION 'v1.4.0')`);
await connection.run('USE db');
let rows = 0;
if (statements === undefined) {
  await connection.run(`CREATE TABLE stage AS SELECT * FROM read_parquet('${file}')`);
  const counted = await connection.runAndReadAll('SELECT count(*) FROM stage');
  rows = Number(counted.getRows()[0]?.[0]);
} else {
  const staged = `(SELECT _file AS _heapload_file, _row AS _heapload_row, _row AS _heapload_place, * FROM read_parquet('${file}'))`;
  await connection.run('CREATE SCHEMA heap');
  for (const sql of JSON.parse(readFileSync(statements, 'utf8')) as readonly string[])
    rows = (await connection.run(sql.replace(/_heapload_scan\([^)]*\)/, staged))).rowsChanged;
}
connection.closeSync();
instance.closeSync();
report({ staged: time(), rows });
