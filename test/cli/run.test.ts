import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { NO_NODES, type Output, SMALL_DUMPS, cli, jsonEndOf, jsonLines, oneFile } from './support.js';

let world: World;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write(...SMALL_DUMPS);
});
afterEach(async () => {
  await world.dispose();
});

async function run(...more: readonly string[]): Promise<Awaited<ReturnType<typeof cli>>> {
  return await cli(['run', '-c', world.configFile, ...more]);
}

describe('run', () => {
  it('says what it did, a plain line per load where nobody watches', async () => {
    expect(await run()).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        '4 loads to do: 4 files, 1.1 kB',
        '✓ users                    dump 9  replace  2 rows read, 2 inserted, new table',
        '✓ click                    dump 9  merge    1 row read, 1 inserted, new table',
        '✓ users                    dump 10  merge    1 row read, 0 inserted, 1 updated',
        '✓ click                    dump 10  merge    1 row read, 1 inserted, new columns plan',
        'Done: 4 loads committed.',
        '',
      ].join('\n'),
    });
    expect(await world.rows('users', 'user_id')).toEqual([
      { user_id: 1n, email: 'a@acme.test' },
      { user_id: 2n, email: 'c@acme.test' },
    ]);
    expect(await run()).toEqual({ code: 0, stdout: 'Nothing to do: no dump is pending.\n', stderr: '' });
  });

  it('colours only the stream that is asked to', async () => {
    const colored = await cli(['run', '-c', world.configFile], { color: { stdout: true, stderr: false } });
    // eslint-disable-next-line no-control-regex
    const escapes = /\u001b\[/;
    expect(colored.stdout).toMatch(escapes);
    await cli(['reset', 'users', '--yes', '-c', world.configFile]);
    const plain = await run();
    expect(plain.stdout).not.toMatch(escapes);
    const nope = (stdout: boolean, stderr: boolean): Promise<Output> =>
      cli(['run', '--nope'], { color: { stdout, stderr } });
    expect((await nope(false, true)).stderr).toMatch(escapes);
    expect((await nope(true, false)).stderr).not.toMatch(escapes);
  });

  it('--table loads that table alone, by its name in the warehouse or in the source', async () => {
    await world.write({
      dumpId: 11n,
      tables: [oneFile('Sign Up', { event_id: 'long' }, [{ event_id: 1n }])],
    });
    expect((await run('--table', 'Sign Up')).stdout).toContain('✓ sign_up ');
    expect((await run('--table', 'sign_up')).stdout).toBe('Nothing to do: no dump is pending.\n');
    expect((await run('--table', 'click')).stdout).toContain('2 loads to do: 2 files');
    expect((await run()).stdout).toContain('2 loads to do: 2 files');
  });

  it('--to-dump stops there, and the rest follows', async () => {
    expect((await run('--to-dump', '9')).stdout).toContain('Done: 2 loads committed.');
    expect((await world.rows('users', 'user_id'))[1]).toEqual({ user_id: 2n, email: 'b@acme.test' });
    expect((await run('--to-dump', '9')).stdout).toBe('Nothing to do: no dump is pending.\n');
    expect((await run()).stdout).toContain('Done: 2 loads committed.');
  });

  it('counts rejected rows, rejected values and duplicates in its lines', async () => {
    const rows = [
      { event_id: 7n, time: 'never' },
      { event_id: 7n, time: '2026-01-01 00:00:00' },
      { event_id: null, time: null },
    ];
    await world.write({ dumpId: 11n, tables: [oneFile('view', { event_id: 'long', time: 'string' }, rows)] });
    expect((await run('--table', 'view')).stdout).toContain(
      '3 rows read, 1 inserted, 1 duplicate dropped, 1 row rejected, 1 value rejected, new table\n',
    );
  });
});

describe('run --json', () => {
  it('gives one object a line and one end, the last', async () => {
    const { code, stdout, stderr } = await run('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonEndOf(stdout)).toEqual({
      event: 'end',
      status: 'done',
      exit_code: 0,
      loads_done: 4,
      ...NO_NODES,
      failures: [],
    });
    const lines = jsonLines(stdout);
    expect([...new Set(lines.map((line) => line['event']))].sort()).toEqual(
      ['end', 'load_done', 'load_progress', 'load_started', 'operation', 'planned'].sort(),
    );
    expect(lines.filter((line) => line['event'] === 'load_done')[2]).toEqual({
      event: 'load_done',
      load_id: '10/users',
      dump_id: '10',
      table: 'users',
      mode: 'merge',
      rows_read: '1',
      rows_inserted: '0',
      rows_updated: '1',
      rows_unchanged: '0',
      rows_filtered: '0',
      rows_rejected: '0',
      values_rejected: '0',
      table_rows: '2',
    });
    expect(jsonLines((await run('--json')).stdout)).toEqual([
      { event: 'end', status: 'nothing', exit_code: 0, loads_done: 0, failures: [], ...NO_NODES },
    ]);
  });

  it('ends a stream that is interrupted, at whatever operation', async () => {
    const total = jsonLines((await run('--json')).stdout).filter(
      (line) => line['event'] === 'operation',
    ).length;
    for (const stopAt of [1, Math.floor(total / 3), total - 3]) {
      await world.dispose();
      world = await World.create(duckdbTarget);
      await world.write(...SMALL_DUMPS);
      const controller = new AbortController();
      let stdout = '';
      let seen = 0;
      const { code, stderr } = await cli(['run', '--json', '-c', world.configFile], {
        signal: controller.signal,
        stdout: (text) => {
          stdout += text;
          if (text.startsWith('{"event":"operation"')) seen += 1;
          if (seen === stopAt) controller.abort();
        },
      });
      expect({ code, stderr }, `operation ${stopAt}`).toEqual({ code: 130, stderr: '' });
      expect(jsonEndOf(stdout), `operation ${stopAt}`).toMatchObject({
        status: 'interrupted',
        exit_code: 130,
        error: {
          code: 'INTERRUPTED',
          message: 'The run was stopped.',
          next: 'What was committed stays; run again to go on from there.',
        },
      });
      expect((await run()).code).toBe(0);
      expect(await world.rows('users', 'user_id')).toHaveLength(2);
      expect(await world.rows('click', 'event_id')).toHaveLength(2);
    }
  });

  it('interrupted before anything was done', async () => {
    const { code, stdout } = await cli(['run', '--json', '-c', world.configFile], {
      signal: AbortSignal.abort(),
    });
    expect(code).toBe(130);
    expect(jsonEndOf(stdout)).toMatchObject({ status: 'interrupted', exit_code: 130 });
  });

  it('a bug in the middle of a run: 70, the end is told, nothing half done is visible', async () => {
    let stdout = '';
    let planted = false;
    const { code } = await cli(['run', '--json', '-c', world.configFile], {
      stdout: (text) => {
        if (!planted && text.includes('"load_id":"10/users"') && text.includes('COMMIT')) {
          planted = true;
          throw new TypeError('planted');
        }
        stdout += text;
      },
    });
    expect({ code, planted }).toEqual({ code: 70, planted: true });
    expect(jsonEndOf(stdout)).toMatchObject({
      status: 'failed',
      exit_code: 70,
      error: { code: 'BUG', message: 'planted' },
    });
    expect((await world.rows('users', 'user_id'))[1]).toEqual({ user_id: 2n, email: 'b@acme.test' });
    expect((await run()).code).toBe(0);
    expect((await world.rows('users', 'user_id'))[1]).toEqual({ user_id: 2n, email: 'c@acme.test' });
  });

  it('leaves nothing beside the database file', async () => {
    await run();
    const database = (world.config.warehouse.settings as { path: string }).path;
    expect(await readdir(path.dirname(database))).toEqual([path.basename(database)]);
  });
});
