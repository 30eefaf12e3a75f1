import { DuckDBInstance } from '@duckdb/node-api';
import { columnNames } from '../events.js';
import { appendFiles } from '../naive.js';
import { report, stopwatch } from '../stopwatch.js';

// What most people write for the night: stage with avsc, then MERGE the newest rows. naive-merge.js <database> <columns> <file …>
const [database = '', columns = '', ...files] = process.argv.slice(2);
const names = columnNames(Number(columns));
const time = stopwatch();
const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
const rows = await appendFiles(connection, names, files);
const staged = time();
const typed = names.map((name) =>
  name === 'time' ? 'TRY_CAST("time" AS TIMESTAMP) AS "time"' : `"${name}"`,
);
await connection.run(
  `MERGE INTO events USING (
     SELECT ${typed.join(', ')} FROM stage
     QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _file DESC, _row DESC) = 1
   ) AS newest ON events.event_id = newest.event_id
   WHEN MATCHED THEN UPDATE SET ${names.map((name) => `"${name}" = newest."${name}"`).join(', ')}
   WHEN NOT MATCHED THEN INSERT`,
);
await connection.run('DROP TABLE stage');
connection.closeSync();
instance.closeSync();
report({ staged, total: time(), rows });
