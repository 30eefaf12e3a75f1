import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const exec = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Pinned together: what the exported file is known to work under. */
const PACKAGES = ['dbt-core==1.10.23', 'dbt-duckdb==1.10.1', 'duckdb==2.0.0'];

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Real dbt over the demo's database file, through what `export dbt` writes. */
describe('dbt', () => {
  let folder = '';
  let dbt: string | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-dbt-'));
    dbt = await installed(folder);
    if (dbt === undefined) return;
    const config = path.join(folder, 'demo/integration.yml');
    await exec(process.execPath, [path.join(ROOT, 'dist/scripts/demo.js'), path.join(folder, 'demo')]);
    await writeProject(folder);
    await exec(process.execPath, [
      path.join(ROOT, 'dist/cli/heapload.js'),
      ...['export', 'dbt', '--config', config, '--output', path.join(folder, 'project/models/sources.yml')],
    ]);
  }, 600_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function run(skip: (reason: string) => void, ...words: readonly string[]): Promise<Outcome> {
    if (dbt === undefined) {
      const reason = `${PACKAGES.join(', ')} could not be installed from PyPI`;
      console.warn(`SKIPPED: ${reason}`);
      skip(reason);
      throw new Error(reason);
    }
    const options = { cwd: path.join(folder, 'project'), env: { ...process.env, DO_NOT_TRACK: '1' } };
    try {
      const { stdout } = await exec(dbt, ['--no-use-colors', ...words, '--profiles-dir', '.'], options);
      return { code: 0, output: stdout };
    } catch (error) {
      const { code, stdout } = error as { readonly code: number; readonly stdout: string };
      return { code, output: stdout };
    }
  }

  it('reads the exported sources', async ({ skip }) => {
    const { code, output } = await run(skip, 'ls', '--resource-type', 'source');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain('source:acme.heap.users');
    expect(output).toContain('source:acme.heap_resolved.all_events');
    expect(output).not.toMatch(/deprecat\w+ functionality/i);
  });

  it('finds the tables fresh by the ledger', async ({ skip }) => {
    const { code, output } = await run(skip, 'source', 'freshness');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output.match(/PASS freshness of heap\./g)).toHaveLength(7);
  });

  it('passes the exported tests, and builds a model on the sources', async ({ skip }) => {
    const { code, output } = await run(skip, 'build');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/PASS=22 WARN=0 ERROR=0 SKIP=0/);
  });

  it('fails on a row that is there twice, and on loads that are days ago', async ({ skip }) => {
    await change(path.join(folder, 'demo/heapload.duckdb'), [
      'INSERT INTO heap.users FROM heap.users LIMIT 1',
      'UPDATE heap._heapload_loads SET finished_at = finished_at - INTERVAL 4 DAY',
    ]);
    const tested = await run(skip, 'test', '--select', 'source:heap.users');
    expect(tested.code).toBe(1);
    expect(tested.output).toMatch(/FAIL 1 source_unique_heap_users/);
    const fresh = await run(skip, 'source', 'freshness');
    expect(fresh.code).toBe(1);
    expect(fresh.output).toMatch(/ERROR STALE freshness of heap\.users/);
  });
});

/** dbt in a virtual environment of its own; undefined when it cannot be had. */
async function installed(folder: string): Promise<string | undefined> {
  const given = process.env['HEAPLOAD_TEST_DBT'];
  if (given !== undefined) return given;
  const environment = path.join(folder, 'venv');
  try {
    await exec('python3', ['-m', 'venv', environment]);
    await exec(path.join(environment, 'bin/pip'), ['install', '--quiet', ...PACKAGES]);
    return path.join(environment, 'bin/dbt');
  } catch {
    return undefined;
  }
}

async function writeProject(folder: string): Promise<void> {
  const project = path.join(folder, 'project');
  await mkdir(path.join(project, 'models'), { recursive: true });
  await writeFile(path.join(project, 'dbt_project.yml'), "name: acme\nversion: '1.0'\nprofile: acme\n");
  const output = 'type: duckdb, path: ../demo/heapload.duckdb, schema: dbt';
  await writeFile(
    path.join(project, 'profiles.yml'),
    `acme:\n  target: dev\n  outputs:\n    dev: { ${output} }\n`,
  );
  await writeFile(
    path.join(project, 'models/people_by_day.sql'),
    `SELECT CAST(time AS DATE) AS day, COUNT(DISTINCT user_id) AS people
FROM {{ source('heap_resolved', 'sessions') }}
GROUP BY 1`,
  );
}

async function change(file: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const each of statements) await connection.run(each);
  connection.closeSync();
  instance.closeSync();
}
