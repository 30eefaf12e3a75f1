import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { colors } from '../../src/cli/reporters/format.js';
import { differences, openDemo } from './database.js';
import { describeDump, describeQuery } from './describe.js';
import { type DumpReport, loadDump, offeredDumps, writeConfig } from './load.js';
import { QUERIES } from './queries.js';

export interface DemoOptions {
  /** Absolute; the demo's files in there are replaced. */
  readonly folder: string;
  readonly print: (text: string) => void;
  readonly color: boolean;
}

/** Loads the sample dump by dump, then all at once, compares, and queries. Throws when anything is not as it should be. */
export async function runDemo({ folder, print, color }: DemoOptions): Promise<void> {
  const c = colors(color);
  await mkdir(folder, { recursive: true });
  const config = await freshWarehouse(folder, 'heapload.duckdb', 'integration.yml');
  const dumps = await offeredDumps(config);
  const last = dumps.at(-1) ?? 0n;

  print(`${c.bold('heapload demo')}: Heap dumps from examples/dumps into a DuckDB file\n\n`);
  for (const dumpId of dumps) print(describeDump(await loadDump(config, dumpId), color));

  print(`${c.bold('Again')}: the same command once more finds ${again(await loadDump(config, last))}.\n\n`);

  const atOnce = await freshWarehouse(folder, 'at-once.duckdb', 'at-once.yml');
  const report = await loadDump(atOnce, last);
  const files = [path.join(folder, 'heapload.duckdb'), path.join(folder, 'at-once.duckdb')] as const;
  const { tables, rows, differing } = await differences(...files);
  if (differing.length > 0) throw new Error(`the two ways of loading differ in ${differing.join(', ')}`);
  print(
    `${c.bold('All at once')}: one run over all ${dumps.length} dumps does ${report.loads.length} loads. It skips ` +
      `${report.superseded.length} that a later full delivery\nmade void (${byTable(report.superseded)}).\n` +
      `It ends with the same rows: ${tables} tables, ${rows} rows, 0 differences.\n\n`,
  );

  const database = await openDemo(files[0]);
  try {
    for (const query of QUERIES) print(describeQuery(query, await database.query(query.sql), color));
  } finally {
    database.close();
  }
  print(closing(folder, color));
}

async function freshWarehouse(folder: string, database: string, config: string): Promise<string> {
  for (const name of [database, `${database}.wal`]) await rm(path.join(folder, name), { force: true });
  return await writeConfig(path.join(folder, config), database);
}

function again({ loads, status }: DumpReport): string {
  if (status !== 'nothing' || loads.length > 0) throw new Error(`the second run was not empty but ${status}`);
  return 'nothing to do';
}

/** `98/users`, `99/users` → `users of 98, 99`. */
function byTable(loadIds: readonly string[]): string {
  const dumps = new Map<string, string[]>();
  for (const [dump = '', table = ''] of loadIds.map((id) => id.split('/'))) {
    dumps.set(table, [...(dumps.get(table) ?? []), dump]);
  }
  return [...dumps].map(([table, ids]) => `${table} of ${ids.join(', ')}`).join('; ');
}

function closing(folder: string, color: boolean): string {
  const c = colors(color);
  const shown = path.relative(process.cwd(), folder) || '.';
  const place = shown.startsWith('..') ? folder : shown;
  return [
    `${c.bold('Yours to look at')}: ${path.join(place, 'heapload.duckdb')}, schema heap.`,
    '',
    `  npx heapload status --config ${path.join(place, 'integration.yml')}`,
    '',
    `  duckdb ${path.join(place, 'heapload.duckdb')}`,
    `  D USE heapload.heap;      ${c.dim('-- the catalog is named after the file')}`,
    '  D FROM users LIMIT 5;',
    '',
  ].join('\n');
}
