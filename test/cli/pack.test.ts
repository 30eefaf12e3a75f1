import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VERSION } from '../../src/version.js';
import { jsonEndOf } from './support.js';

const exec = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');
const SAMPLE = path.join(ROOT, 'test/fixtures/heap-sample');

let folder: string;
let packed: readonly string[];

/** The installed program, in the folder it was installed in. */
async function heapload(...argv: readonly string[]): Promise<string> {
  const { stdout } = await exec(path.join(folder, 'node_modules/.bin/heapload'), argv, {
    cwd: folder,
    maxBuffer: 1 << 28,
  });
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-pack-'));
  // What is packed is dist/ as it was built for these tests; building again would pull it from under their feet.
  const { stdout } = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  packed = tarball?.files.map((file) => file.path) ?? [];
  await writeFile(path.join(folder, 'package.json'), '{"private": true}');
  const install = [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    path.join(folder, tarball?.filename ?? ''),
  ];
  await exec('npm', install, { cwd: folder });
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('the tarball holds the built program, the licenses of what is in it, and its templates, no sources and no tests', async () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'package.json',
      'LICENSE',
      'integration.yml',
      'dist/cli/heapload.js',
      'dist/cli/LICENSES.txt',
    ]),
  );
  const { stdout } = await exec('git', ['ls-files', '-co', '--exclude-standard', 'templates'], { cwd: ROOT });
  const templates = stdout.split('\n').filter((file) => file.endsWith('.hbs'));
  expect(templates.length).toBeGreaterThan(50);
  expect(packed).toEqual(expect.arrayContaining(templates));
  expect(
    packed.filter((file) => /\.ts$|\.test\.|^test\/|^src\/|^warehouses\/|^bench\/|node_modules/.test(file)),
  ).toEqual([]);
});

it('each package that is in the program is there with its license', async () => {
  const inside = packed.flatMap((file) => /^dist\/cli\/packages\/(.+)\.js$/.exec(file)?.[1] ?? []);
  expect(inside).toEqual(expect.arrayContaining(['@duckdb/node-api', 'yargs', 'zod']));
  const licenses = await readFile(path.join(folder, 'node_modules/heapload/dist/cli/LICENSES.txt'), 'utf8');
  const named = new Set([...licenses.matchAll(/^(\S+) \d+\.\d+\.\d+\S*$/gm)].map(([, name]) => name));
  expect([...named].sort()).toEqual([...inside].sort());
  expect(licenses).toContain('Permission is hereby granted, free of charge');
});

it('the installed program knows its version', async () => {
  expect(await heapload('--version')).toBe(`${VERSION}\n`);
});

it('plans and loads the sample', async () => {
  await cp(SAMPLE, path.join(folder, 'dumps'), { recursive: true });
  const config =
    'source:\n  type: directory\n  path: dumps\nwarehouse:\n  type: duckdb\n  schema: heap\n  path: heap.duckdb\n';
  await writeFile(path.join(folder, 'integration.yml'), config);
  const planned = await heapload('plan', '--offline');
  expect(planned).toContain('RENAME TO "pageviews"');
  expect(await heapload('plan')).toBe(planned);
  expect(await heapload('run')).toMatch(/\nDone: \d+ loads committed, \d+ models built\.\n$/);
  const text = await readFile(path.join(SAMPLE, 'expected-one-run.json'), 'utf8');
  const { tables } = JSON.parse(text) as { tables: Record<string, { row_count: number }> };
  const found = jsonEndOf(await heapload('discover', '--json')) as {
    tables: { table: string; rows: string }[];
  };
  expect(Object.fromEntries(found.tables.map((table) => [table.table, table.rows]))).toEqual(
    Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.row_count.toString()])),
  );
});
