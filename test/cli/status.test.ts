import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { SMALL_DUMPS, cli, jsonEndOf, jsonLines, oneFile, record } from './support.js';

let world: World;
beforeEach(async () => {
  world = await World.create(duckdbTarget, { on_bad_file: 'skip' });
  await world.write(...SMALL_DUMPS);
});
afterEach(async () => {
  await world.dispose();
});

async function command(name: string, ...more: readonly string[]): ReturnType<typeof cli> {
  return await cli([name, '-c', world.configFile, ...more]);
}

const INSTANT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

describe('status', () => {
  it('before the first run', async () => {
    expect(await command('status')).toEqual({
      code: 0,
      stdout: 'Nothing is loaded yet into duckdb, schema heap.\n',
      stderr: '',
    });
    expect(jsonLines((await command('status', '--json')).stdout)).toEqual([
      { event: 'end', status: 'done', exit_code: 0, tables: [], runs: [], skipped_files: [] },
    ]);
  });

  it('shows tables, freshness, rejects, skipped files and runs', async () => {
    const view = oneFile('view', { event_id: 'long' }, [{ event_id: 1n }, { event_id: null }]);
    const files = [...view.files, { name: 'b.avro', schema: record({ event_id: 'long' }), rows: [] }];
    await world.write({
      dumpId: 11n,
      tables: [{ ...view, files }, oneFile('_event_metadata', { name: 'string' }, [])],
    });
    await rm(path.join(world.root, 'sync_11/view/b.avro'));
    expect((await command('run', '--to-dump', '9')).code).toBe(0);
    await command('run');
    const { code, stdout, stderr } = await command('status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^table +newest dump +last load +loaded +pending +superseded +rejected rows +rejected values$/,
    );
    expect(lines[1]).toMatch(new RegExp(`^click +10 +${INSTANT} +2 +0 +0 +0 +0$`));
    expect(lines[2]).toMatch(new RegExp(`^users +10 +${INSTANT} +2 +0 +0 +0 +0$`));
    expect(lines[3]).toMatch(new RegExp(`^view +11 +${INSTANT} +1 +0 +0 +1 +0$`));
    expect(lines[4]).toBe(
      'skipped view, dump 11: sync_11/view/b.avro: There is no file sync_11/view/b.avro in the source.',
    );
    expect(stdout).not.toContain('_event_metadata');
    expect(lines[6]).toMatch(/^run +status +started +loads +failed$/);
    expect(lines[7]).toMatch(new RegExp(`^[0-9a-f-]{36} +done +${INSTANT} +3 +0$`));
    expect(lines[8]).toMatch(new RegExp(`^[0-9a-f-]{36} +done +${INSTANT} +2 +0$`));
    const end = jsonEndOf((await command('status', '--json')).stdout) as { tables: { table: string }[] };
    expect(end.tables.map((table) => table.table)).toEqual(['_event_metadata', 'click', 'users', 'view']);
    expect(end).toMatchObject({
      skipped_files: [{ table: 'view', dump_id: '11', key: 'sync_11/view/b.avro' }],
    });
  });
});

describe('discover', () => {
  it('shows what a run would find, before and after it', async () => {
    const before = jsonEndOf((await command('discover', '--json')).stdout) as {
      tables: Record<string, unknown>[];
    };
    expect(before.tables).toEqual([
      {
        table: 'click',
        selected: true,
        key: ['event_id'],
        columns: [
          { name: 'event_id', type: 'int64' },
          { name: 'user_id', type: 'int64' },
          { name: 'time', type: 'timestamp' },
          { name: 'label', type: 'string' },
          { name: 'plan', type: 'string' },
        ],
        files: 2,
        bytes: 687,
        rows: null,
        pending_loads: 2,
        pending_files: 2,
        pending_bytes: 687,
      },
      expect.objectContaining({ table: 'users', key: ['user_id'], files: 2, bytes: 457, pending_loads: 2 }),
    ]);
    await command('run');
    const after = jsonEndOf((await command('discover', '--json')).stdout) as {
      tables: Record<string, unknown>[];
    };
    expect(after.tables).toEqual(
      before.tables.map((table) => ({
        ...table,
        rows: '2',
        pending_loads: 0,
        pending_files: 0,
        pending_bytes: 0,
      })),
    );
  });

  it('for people: one line a table, then its columns', async () => {
    await world.write({ dumpId: 11n, tables: [oneFile('_event_metadata', { name: 'string' }, [])] });
    await command('run', '--to-dump', '9');
    expect(await command('discover')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'table                           key       columns  files  bytes  rows  pending loads  pending bytes',
        '_event_metadata (not selected)  event_id        0      0    0 B     -              0            0 B',
        'click                           event_id        5      2  687 B     1              1          367 B',
        'users                           user_id         2      2  457 B     2              1          221 B',
        '',
        'click: event_id int64, user_id int64, time timestamp, label string, plan string',
        '',
        'users: user_id int64, email string',
        '',
      ].join('\n'),
    });
  });

  it('an empty source', async () => {
    await rm(path.join(world.root, 'manifests'), { recursive: true });
    expect(await command('discover')).toEqual({
      code: 0,
      stdout: 'The source holds no dumps.\n',
      stderr: '',
    });
  });

  it('a table that cannot be loaded is told, the others are shown', async () => {
    await world.write({ dumpId: 11n, tables: [oneFile('view', { event_id: 'double' }, [])] });
    const { code, stdout, stderr } = await command('discover');
    expect(code).toBe(1);
    expect(stderr).toContain('error KEY_TYPE: Key column event_id has type float64, which cannot be a key.');
    expect(stdout).toContain('click ');
    expect(jsonEndOf((await command('discover', '--json')).stdout)).toMatchObject({
      exit_code: 1,
      failures: [{ code: 'KEY_TYPE' }],
    });
  });
});
