import { DuckDBInstance } from '@duckdb/node-api';
import { columnNames } from '../events.js';
import { appendFiles } from '../naive.js';
import { report, stopwatch } from '../stopwatch.js';

// What most people write: stage with avsc, then a window chooses the newest rows. naive.js <database> <columns> <file …>
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
  `CREATE TABLE events AS SELECT ${typed.join(', ')} FROM stage
   QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _file DESC, _row DESC) = 1`,
);
await connection.run('DROP TABLE stage');
connection.closeSync();
instance.closeSync();
report({ staged, total: time(), rows });
