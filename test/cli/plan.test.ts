import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printPlan } from '../../src/render/print.js';
import { GOLDEN_SCENARIOS } from '../golden/scenarios.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { SMALL_DUMPS, cli, jsonEndOf, jsonLines } from './support.js';

let world: World;
let database: string;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write(...SMALL_DUMPS);
  database = (world.config.warehouse.settings as { path: string }).path;
});
afterEach(async () => {
  await world.dispose();
});

async function plan(...more: readonly string[]): Promise<Awaited<ReturnType<typeof cli>>> {
  return await cli(['plan', '-c', world.configFile, ...more]);
}

describe('plan', () => {
  it('prints SQL on stdout, and the rest on stderr', async () => {
    const { code, stdout, stderr } = await plan();
    expect(code).toBe(0);
    expect(stderr).toBe(
      'Plan: 4 loads of 4 files (1.1 kB), 2 new tables, 1 new column, 0 superseded, 0 failures.\n',
    );
    expect(stdout.split('\n')[0]).toBe(`-- heapload plan: ${world.root} into duckdb, schema heap`);
    const { rendered } = await world.plan();
    const title = stdout
      .split('\n')
      .slice(0, 2)
      .map((line) => line.slice('-- '.length));
    expect(stdout).toBe(printPlan(rendered, title.join('\n')));
  });

  it.each([['--offline'], [], ['--json']])('creates no database %s', async (...more) => {
    expect((await plan(...more)).code).toBe(0);
    expect(existsSync(database)).toBe(false);
  });

  it('does not change a database that is there', async () => {
    await cli(['run', '-c', world.configFile, '--to-dump', '9']);
    const before = await readFile(database);
    expect((await plan()).code).toBe(0);
    expect((await cli(['status', '-c', world.configFile])).code).toBe(0);
    expect((await cli(['discover', '-c', world.configFile])).code).toBe(0);
    expect((await readFile(database)).equals(before)).toBe(true);
    expect(existsSync(`${database}.wal`)).toBe(false);
  });

  it('--offline plans for an empty warehouse, whatever the real one holds', async () => {
    const first = await plan();
    await cli(['run', '-c', world.configFile]);
    expect(await plan('--offline')).toEqual(first);
    expect(await plan()).toEqual({
      code: 0,
      stdout: `-- heapload plan: ${world.root} into duckdb, schema heap\n-- nothing to do\n`,
      stderr: 'Plan: 0 loads of 0 files (0 B), 0 new tables, 0 new columns, 0 superseded, 0 failures.\n',
    });
  });

  it('--table and --to-dump narrow it', async () => {
    const titles = (sql: string): readonly string[] =>
      [...sql.matchAll(/^-- ---- load (\S+)/gm)].map((match) => match[1] ?? '');
    expect(titles((await plan()).stdout)).toEqual(['9/users', '9/click', '10/users', '10/click']);
    expect(titles((await plan('--table', 'click')).stdout)).toEqual(['9/click', '10/click']);
    expect(titles((await plan('--table', 'click', '--table', 'users')).stdout)).toHaveLength(4);
    expect(titles((await plan('--to-dump', '9')).stdout)).toEqual(['9/users', '9/click']);
    expect(titles((await plan('--to-dump=9', '--table=users', '--offline')).stdout)).toEqual(['9/users']);
    expect(titles((await plan('--to-dump', '8')).stdout)).toEqual([]);
  });

  it.each([
    [
      ['--table', 'clicks'],
      'TABLE_UNKNOWN: There is no table "clicks" in the dumps or the ledger.',
      'Known tables: click, users.',
    ],
    [
      ['--to-dump', 'latest'],
      'USAGE: --to-dump takes the number of a dump, not "latest".',
      'For example: --to-dump 1234',
    ],
    [
      ['--to-dump', '-1'],
      'USAGE: --to-dump takes the number of a dump, not "-1".',
      'For example: --to-dump 1234',
    ],
  ])('%j is an error', async (more, error, next) => {
    expect(await plan(...more)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error ${error}\n  next:  ${next}\n`,
    });
  });

  it('--json is one end event with every operation', async () => {
    const { code, stdout, stderr } = await plan('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonLines(stdout)).toHaveLength(1);
    const end = jsonEndOf(stdout) as Record<string, unknown> & {
      loads: { operations: { sql?: string; preview?: string }[] }[];
    };
    expect(end).toMatchObject({ status: 'planned', exit_code: 0, superseded: [], failures: [], notes: [] });
    expect(end.loads.map(({ operations: _, ...load }) => load)).toEqual([
      {
        load_id: '9/users',
        dump_id: '9',
        table: 'users',
        mode: 'replace',
        files: 1,
        bytes: 236,
        creates_table: true,
        added_columns: [],
      },
      expect.objectContaining({ load_id: '9/click', mode: 'merge', creates_table: true }),
      expect.objectContaining({
        load_id: '10/users',
        mode: 'merge',
        creates_table: false,
        added_columns: [],
      }),
      expect.objectContaining({ load_id: '10/click', creates_table: false, added_columns: ['plan'] }),
    ]);
    const sql = (await plan()).stdout;
    for (const { operations } of end.loads) {
      for (const operation of operations) {
        if (operation.sql === undefined)
          expect(sql).toContain((operation.preview ?? 'nothing').replaceAll('\n', '\n-- '));
        else expect(sql).toContain(`${operation.sql};\n`);
      }
    }
  });

  it('tells what a full dump makes void', async () => {
    const [first, second] = SMALL_DUMPS;
    await world.write({ dumpId: 11n, tables: [{ name: 'users', incremental: false, files: [] }] });
    expect(first?.dumpId).toBeLessThan(second?.dumpId ?? 0n);
    const { stderr, stdout } = await plan();
    expect(stderr).toContain('2 superseded');
    expect(stdout).not.toContain('sync_9/users');
    expect(jsonEndOf((await plan('--json')).stdout)).toMatchObject({ superseded: ['9/users', '10/users'] });
  });
});

describe.each(GOLDEN_SCENARIOS)('run --dry-run of $name', (scenario) => {
  it('is plan, byte for byte', async () => {
    const other = await World.create(duckdbTarget, scenario.config);
    try {
      await other.write(...scenario.dumps);
      const planned = await cli(['plan', '-c', other.configFile]);
      expect(planned.code).toBe(0);
      expect(await cli(['run', '--dry-run', '-c', other.configFile])).toEqual(planned);
      expect(await cli(['plan', '-c', other.configFile])).toEqual(planned);
      const json = await cli(['plan', '--json', '-c', other.configFile]);
      expect(await cli(['run', '--dry-run', '--json', '-c', other.configFile])).toEqual(json);
    } finally {
      await other.dispose();
    }
  });
});
