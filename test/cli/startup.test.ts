import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigqueryTarget, duckdbTarget, snowflakeTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { MAIN, SMALL_DUMPS, built } from './support.js';

/** Writes the URL of every module that is imported into a file … */
const LOADER = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED_MODULES, url + '\\n');
  return await next(url, context);
}`;

/** … and the path of those that are required. */
const register = (loader: string): string => `
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
register(${JSON.stringify(loader)});
const { cache } = createRequire(import.meta.url);
process.on('exit', () => appendFileSync(process.env.LOADED_MODULES, Object.keys(cache).join('\\n')));`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-startup-'));
  await writeFile(path.join(folder, 'loader.mjs'), LOADER);
  const loader = pathToFileURL(path.join(folder, 'loader.mjs')).href;
  await writeFile(path.join(folder, 'register.mjs'), register(loader));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A package, or the part of the bundle that holds it. */
const PACKAGE = /\/(?:node_modules|dist\/cli\/packages)\/((?:@[^/]+\/)?[^/]+?)(?:\/|\.js$)/;

/** Which modules a command line loads: URLs of those that are imported, paths of those that are required. */
async function modulesOf(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const log = path.join(folder, 'loaded.txt');
  await writeFile(log, '');
  const { code } = await built(argv, {
    env: { ...env, LOADED_MODULES: log },
    nodeOptions: ['--import', pathToFileURL(path.join(folder, 'register.mjs')).href],
  });
  expect(code).toBe(0);
  return (await readFile(log, 'utf8')).split('\n');
}

/** Which packages a command line loads. */
async function packagesOf(...command: Parameters<typeof modulesOf>): Promise<ReadonlySet<string>> {
  return new Set((await modulesOf(...command)).flatMap((place) => PACKAGE.exec(place)?.[1] ?? []));
}

/** SDKs of warehouses and of S3: hundreds of files, native code, seconds on a slow disk. */
const HEAVY =
  /^@duckdb\/|^@aws-sdk\/|^@smithy\/|^@google-cloud\/|^google-auth-library$|^gaxios$|^snowflake-sdk$/;

describe('what starting costs', () => {
  it.each(['--help', '--version', 'run --help', 'reset --help'])('%s loads no SDK', async (line) => {
    const packages = await packagesOf(line.split(' '));
    expect(packages).toContain('yargs');
    expect([...packages].filter((name) => HEAVY.test(name))).toEqual([]);
    // What reads settings, templates and files is not needed to answer.
    for (const name of ['zod', 'yaml', 'handlebars', 'avsc', 'snappy']) expect(packages).not.toContain(name);
  });

  it('tens of files are read, since the build puts modules and packages together', async () => {
    const files = async (argv: readonly string[]): Promise<readonly string[]> =>
      (await modulesOf(argv)).filter((module) => /^(?:file:|\/)/.test(module));
    const world = await World.create(duckdbTarget);
    try {
      await world.write(...SMALL_DUMPS);
      const help = await files(['--help']);
      expect(help).toContain(pathToFileURL(MAIN).href);
      expect(help.length).toBeLessThan(40);
      expect((await files(['run', '-c', world.configFile])).length).toBeLessThan(150);
    } finally {
      await world.dispose();
    }
  });

  it('a plan without a connection loads no warehouse SDK; a run loads that of its warehouse only', async () => {
    const world = await World.create(duckdbTarget);
    try {
      await world.write(...SMALL_DUMPS);
      const planned = await packagesOf(['plan', '--offline', '-c', world.configFile]);
      expect([...planned].filter((name) => HEAVY.test(name))).toEqual([]);
      const seen = await packagesOf(['plan', '-c', world.configFile]);
      expect([...seen].filter((name) => HEAVY.test(name) && !name.startsWith('@duckdb/'))).toEqual([]);
      const ran = await packagesOf(['run', '-c', world.configFile]);
      const heavy = [...ran].filter((name) => HEAVY.test(name));
      expect(heavy).toContain('@duckdb/node-api');
      expect(heavy.filter((name) => !name.startsWith('@duckdb/'))).toEqual([]);
      // Templates of statements are compiled by the build, those of models when they are read.
      expect(ran).toContain('source-map');
      const lean = await packagesOf(['run', '--no-models', '-c', world.configFile]);
      expect(lean).toContain('handlebars');
      expect(lean).not.toContain('source-map');
    } finally {
      await world.dispose();
    }
  });

  it('for BigQuery a plan without a connection loads no SDK and looks for no credentials', async () => {
    const target = await bigqueryTarget({ credentials: 'application_default', api_endpoint: undefined });
    const world = await World.create(target);
    try {
      await world.write(...SMALL_DUMPS);
      // Whoever looks for credentials there finds a file that is none.
      const nobody = { GOOGLE_APPLICATION_CREDENTIALS: '/dev/null/nowhere', HOME: folder };
      const planned = await packagesOf(['plan', '--offline', '-c', world.configFile], nobody);
      expect([...planned].filter((name) => HEAVY.test(name))).toEqual([]);
      const online = await built(['plan', '-c', world.configFile], { env: nobody });
      expect(online.stderr).toContain('WAREHOUSE_DENIED');
    } finally {
      await world.dispose();
      await target.stop();
    }
  });

  it('a run on BigQuery loads its SDK, and that of Cloud Storage only where files go through a bucket', async () => {
    const target = await bigqueryTarget();
    const world = await World.create(target);
    try {
      await world.write(...SMALL_DUMPS);
      const ran = await packagesOf(['run', '-c', world.configFile]);
      const heavy = [...ran].filter((name) => HEAVY.test(name));
      expect(heavy).toContain('@google-cloud/bigquery');
      expect(heavy.filter((name) => /storage|duckdb|snowflake|aws-sdk/.test(name))).toEqual([]);
    } finally {
      await world.dispose();
      await target.stop();
    }
  });

  it('for Snowflake a plan without a connection loads no SDK; its driver comes when a session is opened', async () => {
    const { target, stop } = snowflakeTarget();
    const world = await World.create(target);
    try {
      await world.write(...SMALL_DUMPS);
      const planned = await packagesOf(['plan', '--offline', '-c', world.configFile]);
      expect([...planned].filter((name) => HEAVY.test(name))).toEqual([]);
      const ran = await packagesOf(['run', '-c', world.configFile]);
      expect([...ran]).toContain('snowflake-sdk');
      expect([...ran].filter((name) => name.startsWith('@duckdb/'))).toEqual([]);
    } finally {
      await world.dispose();
      await stop();
    }
  });
});
