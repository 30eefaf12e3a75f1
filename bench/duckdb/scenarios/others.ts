import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Environment, pythonEnvironment } from '../../../scripts/support/python.js';
import { printHeads, printLine, printRow } from '../../report.js';
import { held } from '../../s3/objects.js';
import { BUCKET, serveBucket } from '../../s3/server.js';
import { type Desk, type Measured, count, inTurns, medianOf, secondsOf, shown, times } from '../desk.js';
import { writeDump } from '../dumps.js';
import { stopwatch } from '../stopwatch.js';

const ROWS = 100_000;
const COLUMNS = 52;
const ROUNDS = 3;
const run = promisify(execFile);

/** What people use instead, from PyPI, on the same files: dlt with fastavro, and tap-heap with a Singer target. */
export async function others(desk: Desk, rows = ROWS): Promise<void> {
  const environments = ['dlt', 'tap', 'target'].map((name) =>
    pythonEnvironment(`bench-${name}`, sourceOf(`${name}.txt`)),
  );
  const [dlt, tap, target] = environments.flatMap((each) => ('missing' in each ? [] : each));
  if (dlt === undefined || tap === undefined || target === undefined) {
    const reasons = environments.flatMap((each) => ('missing' in each ? each.missing : []));
    printLine(`SKIPPED: what people use instead cannot be installed here: ${reasons.join('; ')}`);
    return;
  }
  const dumps = desk.path('dumps');
  const dump = await writeDump({ folder: dumps, dumpId: 1, rows, columns: COLUMNS, codec: 'snappy' });
  const names = ['dlt, fastavro', 'tap-heap, target-duckdb', 'heapload'] as const;
  const all = await inTurns(names, ROUNDS, async (name): Promise<Measured> => {
    const database = desk.fresh('others');
    switch (name) {
      case 'dlt, fastavro':
        return await withDlt(dlt, desk, database, dump.files);
      case 'tap-heap, target-duckdb':
        return await withTap(tap, target, desk, dumps, database);
      case 'heapload':
        return await desk.heapload(dumps, database);
    }
  });
  printLine();
  printLine(`What people use instead, ${count(rows)} rows of ${COLUMNS} columns; medians of ${ROUNDS}`);
  printHeads(['way', 'whole s (cpu)', 'rows/s', 'heapload, of it']);
  const own = secondsOf(medianOf(all.get('heapload')));
  for (const name of names) {
    const median = medianOf(all.get(name));
    const seconds = secondsOf(median);
    printRow([name, shown(median.total), count(rows / seconds), times(seconds, own)]);
  }
}

/** A file beside the scenarios' sources, which are not compiled. */
function sourceOf(name: string): string {
  return fileURLToPath(new URL(`../../../../bench/duckdb/others/${name}`, import.meta.url));
}

async function withDlt(
  { python }: Environment,
  desk: Desk,
  database: string,
  files: readonly string[],
): Promise<Measured> {
  const folder = desk.path('dlt');
  rmSync(folder, { recursive: true, force: true });
  return await timed(python, [sourceOf('load_with_dlt.py'), database, folder, ...files]);
}

/** The tap reads a bucket on loopback; it says itself that it works without a role when it can list the manifests. */
async function withTap(
  tap: Environment,
  target: Environment,
  desk: Desk,
  dumps: string,
  database: string,
): Promise<Measured> {
  const keys = readdirSync(dumps, { recursive: true, encoding: 'utf8' })
    .filter((key) => statSync(path.join(dumps, key)).isFile())
    .sort();
  const server = await serveBucket({
    keys: (prefix) => keys.filter((key) => key.startsWith(prefix)),
    object: (key) => (keys.includes(key) ? held(readFileSync(path.join(dumps, key))) : undefined),
  });
  try {
    const config = {
      start_date: '2020-01-01T00:00:00Z',
      bucket: BUCKET,
      account_id: '1',
      external_id: 'x',
      role_name: 'x',
    };
    writeFileSync(desk.path('tap.json'), JSON.stringify(config));
    writeFileSync(
      desk.path('target.json'),
      JSON.stringify({ filepath: database, default_target_schema: 'heap' }),
    );
    const env = {
      AWS_ENDPOINT_URL: server.address,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const command = path.join(tap.folder, 'bin', 'tap-heap');
    const discovered = await run(command, ['--config', desk.path('tap.json'), '--discover'], { env });
    const catalog = JSON.parse(discovered.stdout) as {
      streams: { metadata: { breadcrumb: string[]; metadata: object }[] }[];
    };
    for (const stream of catalog.streams)
      for (const each of stream.metadata) Object.assign(each.metadata, { selected: true });
    writeFileSync(desk.path('catalog.json'), JSON.stringify(catalog));
    const line = `"${command}" --config tap.json --properties catalog.json | "${path.join(target.folder, 'bin', 'target-duckdb')}" --config target.json`;
    return await timed('bash', ['-o', 'pipefail', '-c', line], {
      cwd: desk.folder,
      env: { ...process.env, ...env },
    });
  } finally {
    await server.stop();
  }
}

async function timed(
  command: string,
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
  const took = stopwatch();
  await run(command, argv, { ...options, maxBuffer: 1024 ** 3 });
  // Their processor time is not ours to see.
  return { total: { seconds: took().seconds, cpu: NaN }, rows: 0, peak: NaN };
}
