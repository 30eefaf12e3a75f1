import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { cli, oneFile } from './support.js';

const CHECK =
  'Check that the path is right, its folder exists and is writable, and the file is a DuckDB database.';

let world: World;
let database: string;
let folder: string;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write({ dumpId: 9n, tables: tables() });
  database = (world.config.warehouse.settings as { path: string }).path;
  folder = path.dirname(world.configFile);
});
afterEach(async () => {
  await world.dispose();
});

function tables() {
  return [
    oneFile('click', { event_id: 'long', label: 'string' }, [{ event_id: 1n, label: 'a' }]),
    oneFile('users', { user_id: 'long' }, [{ user_id: 1n }]),
  ];
}

async function run(...more: readonly string[]): Promise<Awaited<ReturnType<typeof cli>>> {
  return await cli(['run', '-c', world.configFile, ...more]);
}

/** One load, then something done to the tables by hand, then another dump of both tables. */
async function runAfter(sql: string): Promise<void> {
  expect((await run()).code).toBe(0);
  await world.execute(sql);
  await world.write({ dumpId: 10n, tables: tables() });
}

async function databaseAt(file: string): Promise<void> {
  await writeFile(world.configFile, (await readFile(world.configFile, 'utf8')).replace(database, file));
}

describe('a database that cannot be opened', () => {
  const unusable: readonly [string, string, (file: string) => string][] = [
    [
      'in a folder that is not there',
      'nowhere/heap.duckdb',
      (file) => `Cannot open file "${file}": No such file or directory`,
    ],
    [
      'that is another file',
      'integration.yml',
      (file) => `The file "${file}" exists, but it is not a valid DuckDB database file!`,
    ],
    ['that is a folder', 'folder.duckdb', (file) => `Could not read from file "${file}": Is a directory`],
  ];

  it.each(unusable)('%s', async (_, name, reason) => {
    await mkdir(path.join(folder, 'folder.duckdb'));
    const file = path.join(folder, name);
    await databaseAt(file);
    expect(await run()).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error WAREHOUSE_UNAVAILABLE: DuckDB cannot open ${file}: IO Error: ${reason(file)}\n` +
        `  where: ${file}\n  next:  ${CHECK}\n`,
    });
  });

  it('because another process has it open', async () => {
    expect((await run()).code).toBe(0);
    const script = `
      import { DuckDBInstance } from '@duckdb/node-api';
      globalThis.instance = await DuckDBInstance.create(process.argv[1]);
      globalThis.connection = await globalThis.instance.connect();
      console.log('open');
      setInterval(() => undefined, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, database], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      const told = {
        code: 1,
        stdout: '',
        stderr:
          `error LEASE_HELD: Process ${holder.pid ?? 0} has ${database} open.\n  where: ${database}\n` +
          '  next:  DuckDB lets one process write at a time. Wait until it has finished, or close the program that holds the file.\n',
      };
      expect(await run()).toEqual(told);
      expect(await cli(['status', '-c', world.configFile])).toEqual(told);
      expect(await cli(['plan', '-c', world.configFile])).toEqual(told);
      expect((await cli(['plan', '--offline', '-c', world.configFile])).code).toBe(0);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    expect((await run()).code).toBe(0);
  });
});

describe('tables that were changed by hand', () => {
  it('a vanished table stops; the reset in the hint mends it', async () => {
    await runAfter(`DROP TABLE ${world.table('click')}`);
    expect(await run()).toMatchObject({
      code: 1,
      stderr:
        'error TABLE_VANISHED: The ledger says click was loaded before, but the warehouse shows no such table.\n' +
        '  where: dump 10 · table click\n' +
        '  next:  If it was dropped on purpose, run: heapload reset click. If not, check the schema and the permissions of this account.\n' +
        'Failed: 1 failure, 1 load committed.\n',
    });
    expect((await cli(['reset', 'click', '--yes', '-c', world.configFile])).code).toBe(0);
    expect((await run()).code).toBe(0);
    expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, label: 'a' }]);
  });

  it('a column of a foreign type stops; the exclusion in the hint lets it be', async () => {
    await runAfter(`ALTER TABLE ${world.table('click')} ALTER label TYPE UUID USING NULL`);
    expect(await run()).toMatchObject({
      code: 1,
      stderr:
        'error COLUMN_FOREIGN: Column label of click has type UUID, which heapload never makes.\n' +
        '  where: dump 10 · table click · sync_10/click/a.avro\n' +
        `  next:  Give your own column another name, or leave the source's out: columns.exclude: { click: ["label"] }\n` +
        'Failed: 1 failure, 1 load committed.\n',
    });
    const excluded = await world.reconfigured({ columns: { exclude: { click: ['label'] } } });
    expect(await cli(['run', '-c', excluded.configFile])).toMatchObject({ code: 0, stderr: '' });
  });

  it('a ledger of another version stops everything', async () => {
    await runAfter(`UPDATE ${world.table('_heapload_lease')} SET ledger_version = 2`);
    const told = {
      code: 1,
      stdout: '',
      stderr:
        'error LEDGER_VERSION: The ledger has version 2; this heapload works with version 1.\n' +
        '  next:  Run the heapload version that wrote it, or use another schema.\n',
    };
    expect(await run()).toEqual(told);
    expect(await cli(['plan', '-c', world.configFile])).toEqual(told);
  });

  it('another layout than the schema was loaded with stops everything', async () => {
    await runAfter('SELECT 1');
    const switched = await world.reconfigured({ source: { layout: 'files' } });
    expect(await cli(['run', '-c', switched.configFile])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error CONFIG_INVALID: This schema was loaded with source.layout: manifests, and the configuration says files.\n' +
        '  next:  The two order rows differently. Set source.layout: manifests, or load into another warehouse.schema.\n',
    });
  });
});

describe('a configuration', () => {
  it('with five mistakes shows all five with line and column', async () => {
    const text = [
      'source:',
      '  type: directry',
      '  path: 3',
      'warehouse:',
      '  type: duckdb',
      '  memry_limit: 1GB',
      'tables:',
      '  new_tables: perhaps',
      'colunms: {}',
    ].join('\n');
    await writeFile(world.configFile, text);
    const at = (place: string): string => `${world.configFile}:${place}`;
    expect(await run()).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        `error CONFIG_INVALID: 5 problems in ${world.configFile}:`,
        at('2:9  source.type is "directry"; expected s3 or directory; did you mean directory?'),
        at('3:9  source.path is the number 3; expected text: put it in quotes, "3"'),
        at('6:3  unknown key "memry_limit" in warehouse; did you mean "memory_limit"?'),
        at('8:15  tables.new_tables is "perhaps"; expected load, ignore or fail'),
        at('9:1  unknown key "colunms"; did you mean "columns"?'),
        `  next:  Correct ${world.configFile}; docs/configuration.md explains every key.`,
        '',
      ].join('\n'),
    });
  });

  it('that is not there', async () => {
    expect(await cli(['status', '-c', 'nowhere.yml'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error CONFIG_MISSING: There is no configuration file nowhere.yml.\n' +
        '  next:  Give the path of your integration.yml; docs/configuration.md shows what belongs in it.\n',
    });
  });
});
