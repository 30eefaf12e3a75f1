import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { VERSION } from '../src/version.js';
import { columnNames, writeEvents } from './duckdb/events.js';
import type { Figures } from './duckdb/stopwatch.js';

/**
 * A first load into DuckDB: what most people write, heapload, and the engine reading its own Parquet, on the same rows,
 * in turns. `npm run bench:duckdb [-- rows columns codec rounds]`.
 */

const PEAK_HOOK = new URL('s3/peak-memory.js', import.meta.url).href;
const MB = 1_000_000;
const ROWS_PER_FILE = 250_000;
const run = promisify(execFile);

interface Measured extends Figures {
  /** Bytes of resident memory at the most. */
  readonly peak: number;
}

interface Input {
  /** Of the dumps. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly columns: number;
  readonly parquet: string;
  readonly rawBytes: number;
}

const [rows = '2000000', columns = '52', codec = 'snappy', rounds = '3'] = process.argv.slice(2);
const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));

function prepare(): Input {
  const dumps = path.join(folder, 'dumps');
  const count = Math.max(1, Math.ceil(Number(rows) / ROWS_PER_FILE));
  const perFile = Math.floor(Number(rows) / count);
  const keys = Array.from(
    { length: count },
    (_, n) => `sync_1/pageviews/part-${String(n).padStart(5, '0')}.avro`,
  );
  const rawBytes = keys
    .map((key, n) =>
      writeEvents({
        file: path.join(dumps, key),
        rows: perFile,
        firstId: 1 + n * perFile,
        redeliverEvery: 20,
        columns: Number(columns),
        codec: codec as 'null' | 'deflate' | 'snappy',
      }),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
  const table = {
    name: 'pageviews',
    files: keys.map((key) => `s3://bench/${key}`),
    columns: columnNames(Number(columns)),
    incremental: true,
  };
  mkdirSync(path.join(dumps, 'manifests'));
  writeFileSync(path.join(dumps, 'manifests/sync_1.json'), JSON.stringify({ dump_id: 1, tables: [table] }));
  return {
    folder: dumps,
    files: keys.map((key) => path.join(dumps, key)),
    columns: Number(columns),
    parquet: path.join(folder, 'rows.parquet'),
    rawBytes,
  };
}

/** The staged rows, as heapload stages them, written as Parquet. */
async function writeParquet(input: Input): Promise<void> {
  await contestant('naive', input);
  const instance = await DuckDBInstance.create(database('naive'));
  const connection = await instance.connect();
  await connection.run(`COPY events TO '${input.parquet}' (FORMAT parquet, COMPRESSION snappy)`);
  connection.closeSync();
  instance.closeSync();
}

function database(name: string): string {
  return path.join(folder, `${name}.duckdb`);
}

type Name = 'naive' | 'heapload' | 'heapload, staging: table' | 'parquet';

async function contestant(name: Name, input: Input): Promise<Measured> {
  for (const file of [database(name), `${database(name)}.wal`]) rmSync(file, { force: true });
  const script = name.startsWith('heapload') ? 'heapload' : name;
  const module = fileURLToPath(new URL(`duckdb/contestants/${script}.js`, import.meta.url));
  const peakFile = path.join(folder, 'peak.txt');
  const argv = {
    naive: () => [database(name), String(input.columns), ...input.files],
    heapload: () => [configuration(name, input, 'keys')],
    'heapload, staging: table': () => [configuration(name, input, 'table')],
    parquet: () => [database(name), input.parquet],
  }[name]();
  const { stdout, stderr } = await run(process.execPath, ['--import', PEAK_HOOK, module, ...argv], {
    env: { PATH: process.env['PATH'], BENCH_PEAK_FILE: peakFile, ...operations() },
  });
  if (stderr !== '') process.stderr.write(`${name}\n${stderr}`);
  const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Figures;
  return { ...figures, peak: Number(readFileSync(peakFile, 'utf8')) };
}

function operations(): Record<string, string> {
  const wanted = process.env['BENCH_OPERATIONS'];
  return wanted === undefined ? {} : { BENCH_OPERATIONS: wanted };
}

function configuration(name: Name, input: Input, staging: string): string {
  const file = path.join(folder, 'integration.yml');
  const warehouse = { type: 'duckdb', schema: 'heap', path: database(name), staging };
  writeFileSync(file, JSON.stringify({ source: { type: 'directory', path: input.folder }, warehouse }));
  return file;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function line(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

const input = prepare();
await writeParquet(input);
const names: readonly Name[] = ['naive', 'heapload', 'heapload, staging: table', 'parquet'];
const all = new Map<Name, Measured[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(rounds); round += 1)
  for (const name of round % 2 === 0 ? names : names.toReversed())
    all.get(name)?.push(await contestant(name, input));

const cpu = os.cpus();
process.stdout.write(
  `heapload ${VERSION}, Node ${process.version}, ${cpu.length} × ${cpu[0]?.model.trim() ?? 'unknown'}, ` +
    `${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}; ${Number(rows).toLocaleString('en-US')} rows of ${columns} columns, ` +
    `${Math.round(input.rawBytes / Number(rows))} bytes each before ${codec}; medians of ${rounds}\n\n`,
);
line([
  'way',
  'staged s (cpu)',
  'whole s (cpu)',
  'rows/s',
  'peak RSS',
  'staged, against naive',
  'against Parquet',
  'whole, against naive',
]);
line(Array<string>(8).fill('---'));
const of = (name: Name, pick: (measured: Measured) => number | undefined): number =>
  median((all.get(name) ?? []).map(pick).filter((value) => value !== undefined));
for (const name of names) {
  const staged = of(name, (m) => m.staged?.seconds);
  const total = of(name, (m) => m.total?.seconds);
  const times = (base: number, own: number): string =>
    Number.isNaN(base / own) ? '–' : `${(base / own).toFixed(2)}×`;
  const took = (seconds: number, used: number): string =>
    Number.isNaN(seconds) ? '–' : `${seconds.toFixed(1)} (${used.toFixed(1)})`;
  line([
    name,
    took(
      staged,
      of(name, (m) => m.staged?.cpu),
    ),
    took(
      total,
      of(name, (m) => m.total?.cpu),
    ),
    Math.round(Number(rows) / (Number.isNaN(total) ? staged : total)).toLocaleString('en-US'),
    `${Math.round(of(name, (m) => m.peak) / MB)} MB`,
    name === 'heapload'
      ? '–'
      : times(
          of('naive', (m) => m.staged?.seconds),
          staged,
        ),
    name === 'heapload'
      ? '–'
      : times(
          of('parquet', (m) => m.staged?.seconds),
          staged,
        ),
    times(
      of('naive', (m) => m.total?.seconds),
      total,
    ),
  ]);
}
if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
