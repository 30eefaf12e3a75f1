import { DuckDBInstance } from '@duckdb/node-api';
import { printHeads, printLine, printRow } from '../../report.js';
import { type Desk, type Measured, count, inTurns, medianOf, megabytes, shown, times } from '../desk.js';
import { type WrittenDump, writeDump } from '../dumps.js';
import { columnNames } from '../events.js';
import { appendFiles } from '../naive.js';

const ROWS = 2_000_000;
const COLUMNS = 52;
const ROUNDS = 3;
/** What heapload stages by default is converted already, and has the keys once more: the engine then has to do the same. */
const SAME_STATEMENTS = 'Parquet, by the statements of heapload';
const COPIED = 'Parquet, copied';

/** A first load: what most people write, heapload, and the engine reading its own Parquet, on the same rows. */
export async function first(desk: Desk, rows = ROWS): Promise<void> {
  const dumps = desk.path('dumps');
  const dump = await writeDump({ folder: dumps, dumpId: 1, rows, columns: COLUMNS, codec: 'snappy' });
  const parquet = await writeParquet(desk, dump);
  const statements = desk.path('statements.json');
  const others = ['heapload', SAME_STATEMENTS, 'heapload, staging: table', COPIED] as const;
  const names = ['naive', ...others] as const;
  await desk.heapload(dumps, desk.fresh('first'), { statements });
  // The naive way takes longest, and what stands right behind it is not always the same.
  const turns = [...names, ...others.toReversed()];
  const all = await inTurns(turns, ROUNDS, async (name): Promise<Measured> => {
    const database = desk.fresh('first');
    switch (name) {
      case 'naive':
        return await desk.run('naive', [database, String(COLUMNS), ...dump.files]);
      case 'heapload':
        return await desk.heapload(dumps, database);
      case 'heapload, staging: table':
        return await desk.heapload(dumps, database, { staging: 'table' });
      case SAME_STATEMENTS:
        return await desk.run('parquet', [database, parquet, statements]);
      case COPIED:
        return await desk.run('parquet', [database, parquet]);
    }
  });
  const size = Math.round(dump.rawBytes / rows);
  printLine();
  printLine(
    `A first load of ${count(rows)} rows, ${COLUMNS} columns, ${size} bytes each before snappy; medians of ${2 * ROUNDS}, of the naive way of ${ROUNDS}`,
  );
  printHeads([
    'way',
    'staged s (cpu)',
    'whole s (cpu)',
    'peak RSS',
    'staged, of naive',
    'of the ceiling',
    'whole, of naive',
  ]);
  const naive = medianOf(all.get('naive'));
  for (const name of names) {
    const { staged, total, peak } = medianOf(all.get(name));
    const ceiling = medianOf(all.get(name === 'heapload' ? SAME_STATEMENTS : COPIED));
    printRow([
      name,
      shown(staged),
      shown(total),
      megabytes(peak),
      times(naive.staged?.seconds, staged?.seconds),
      times(ceiling.staged?.seconds, staged?.seconds),
      times(naive.total?.seconds, total?.seconds),
    ]);
  }
}

/** All rows with their places, as they are staged, written as Parquet. */
async function writeParquet(desk: Desk, dump: WrittenDump): Promise<string> {
  const file = desk.path('rows.parquet');
  const instance = await DuckDBInstance.create(desk.fresh('parquet'));
  const connection = await instance.connect();
  await appendFiles(connection, columnNames(COLUMNS), dump.files);
  await connection.run(`COPY stage TO '${file}' (FORMAT parquet, COMPRESSION snappy)`);
  connection.closeSync();
  instance.closeSync();
  desk.fresh('parquet');
  return file;
}
