import { createReadStream } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import avro from 'avsc';
import { uncompressSync } from 'snappy';
import { columnNames } from './events.js';
import { report, stopwatch } from './stopwatch.js';

const codecs = {
  snappy: (packed: Buffer, done: (error: Error | null, bytes?: Buffer) => void) => {
    done(null, uncompressSync(packed.subarray(0, -4), { asBuffer: true }) as Buffer);
  },
};

/** Makes a table `stage` and appends files to it as most people would: avsc decodes, values are appended one by one. */
export async function appendFiles(
  connection: DuckDBConnection,
  names: readonly string[],
  files: readonly string[],
): Promise<number> {
  const declared = names.map((name, n) => `"${name}" ${n < 3 ? 'BIGINT' : 'VARCHAR'}`);
  await connection.run(`CREATE TABLE stage (_file BIGINT, _row BIGINT, ${declared.join(', ')})`);
  const appender = await connection.createAppender('stage');
  let rows = 0;
  for (const [file, name] of files.entries()) {
    const decoder = createReadStream(name).pipe(new avro.streams.BlockDecoder({ codecs }));
    let row = 0n;
    for await (const record of decoder as AsyncIterable<Record<string, string | number | null>>) {
      appender.appendBigInt(BigInt(file));
      appender.appendBigInt(row);
      row += 1n;
      for (const column of names) {
        const value = record[column] ?? null;
        if (value === null) appender.appendNull();
        else if (typeof value === 'number') appender.appendBigInt(BigInt(value));
        else appender.appendVarchar(value);
      }
      appender.endRow();
      rows += 1;
    }
  }
  appender.closeSync();
  return rows;
}

/** The newest row of each key in `stage`, as most people choose it. */
export function newestRows(names: readonly string[]): string {
  const typed = names.map((name) =>
    name === 'time' ? 'TRY_CAST("time" AS TIMESTAMP) AS "time"' : `"${name}"`,
  );
  return `SELECT ${typed.join(', ')} FROM stage
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY _file DESC, _row DESC) = 1`;
}

/**
 * One contestant: stages the files that its command line names (<database> <columns> <file …>), publishes them by a
 * statement, and prints what that took.
 */
export async function loadNaively(publish: (names: readonly string[]) => string): Promise<void> {
  const [database = '', columns = '', ...files] = process.argv.slice(2);
  const names = columnNames(Number(columns));
  const time = stopwatch();
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  const rows = await appendFiles(connection, names, files);
  const staged = time();
  await connection.run(publish(names));
  await connection.run('DROP TABLE stage');
  connection.closeSync();
  instance.closeSync();
  report({ staged, total: time(), rows });
}
