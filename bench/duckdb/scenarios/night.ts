import { copyFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { printHeads, printLine, printRow } from '../../report.js';
import { type Desk, type Measured, count, inTurns, medianOf, megabytes, shown, times } from '../desk.js';
import { writeDump } from '../dumps.js';

const ROWS = 10_000_000;
const LOAD = 100_000;
const ROUNDS = 3;

/** A small load into a large table, half of it new; then the same load once more, which changes every row of it. */
export async function night(desk: Desk, rows = ROWS): Promise<void> {
  printLine();
  printLine(`${count(LOAD)} rows into a table of ${count(rows)}; medians of ${ROUNDS}`);
  printHeads(['columns', 'load', 'way', 'whole s (cpu)', 'peak RSS', 'of naive']);
  for (const columns of [12, 52]) await nights(desk, rows, columns);
}

async function nights(desk: Desk, rows: number, columns: number): Promise<void> {
  const folder = desk.path(`dumps-${columns}`);
  await writeDump({ folder, dumpId: 1, rows, columns, codec: 'snappy' });
  const full = desk.fresh(`full-${columns}`);
  await desk.heapload(folder, full);
  const naiveFull = desk.fresh(`naive-${columns}`);
  await copyTable(full, naiveFull);
  const firstId = rows - LOAD / 2;
  for (const [dumpId, load] of [
    [2, 'half new'],
    [3, 'no row new'],
  ] as const) {
    const dump = await writeDump({ folder, dumpId, rows: LOAD, columns, codec: 'snappy', firstId });
    const names = ['naive', 'heapload', 'heapload, staging: table'] as const;
    const all = await inTurns(names, ROUNDS, async (name): Promise<Measured> => {
      const database = desk.fresh('night');
      copyFileSync(name === 'naive' ? naiveFull : full, database);
      if (name === 'naive') return await desk.run('naive-merge', [database, String(columns), ...dump.files]);
      return await desk.heapload(folder, database, name === 'heapload' ? {} : { staging: 'table' });
    });
    const naive = medianOf(all.get('naive'));
    for (const name of names) {
      const { total, peak } = medianOf(all.get(name));
      const ratio = times(naive.total?.seconds, total?.seconds);
      printRow([String(columns), load, name, shown(total), megabytes(peak), ratio]);
    }
    // The next load comes on top of this one.
    await desk.heapload(folder, full);
    await desk.run('naive-merge', [naiveFull, String(columns), ...dump.files]);
  }
}

/** The same rows as the naive way keeps them. */
async function copyTable(from: string, to: string): Promise<void> {
  const instance = await DuckDBInstance.create(to);
  const connection = await instance.connect();
  await connection.run(`ATTACH '${from}' AS loaded (READ_ONLY)`);
  await connection.run(
    'CREATE TABLE events AS SELECT * EXCLUDE (_heapload_dump_id) FROM loaded.heap.pageviews',
  );
  connection.closeSync();
  instance.closeSync();
}
