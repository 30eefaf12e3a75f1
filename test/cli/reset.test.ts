import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { SMALL_DUMPS, cli, jsonLines } from './support.js';

let world: World;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write(...SMALL_DUMPS);
  expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
});
afterEach(async () => {
  await world.dispose();
});

async function reset(
  table: string,
  more: readonly string[] = [],
  io: Parameters<typeof cli>[1] = {},
): ReturnType<typeof cli> {
  return await cli(['reset', table, '-c', world.configFile, ...more], io);
}

async function everything(table: string, key: string): Promise<unknown> {
  return await world.query(`SELECT * FROM ${world.table(table)} ORDER BY ${key}`);
}

describe('reset', () => {
  it('empties a table; the next run gives the same table again', async () => {
    const users = await everything('users', 'user_id');
    const click = await everything('click', 'event_id');
    expect(await reset('click', ['--yes'])).toEqual({
      code: 0,
      stdout: 'click is empty; the next run loads it again. Until then queries see no rows.\n',
      stderr: '',
    });
    expect(await everything('click', 'event_id')).toEqual([]);
    expect((await cli(['run', '-c', world.configFile])).stdout).toContain('Done: 2 loads committed.');
    expect(await everything('click', 'event_id')).toEqual(click);
    expect(await everything('users', 'user_id')).toEqual(users);
  });

  it('needs --yes where nobody can answer', async () => {
    const before = await everything('users', 'user_id');
    const told = {
      code: 2,
      stdout: '',
      stderr: 'error USAGE: reset users deletes all rows of users.\n  next:  Add --yes to confirm.\n',
    };
    expect(await reset('users')).toEqual(told);
    const json = await reset('users', ['--json'], { interactive: true });
    expect({ ...json, stdout: jsonLines(json.stdout) }).toMatchObject({
      code: 2,
      stdout: [{ event: 'end', error: { code: 'USAGE' } }],
    });
    expect(await everything('users', 'user_id')).toEqual(before);
  });

  it.each([
    ['y', true],
    ['YES ', true],
    ['', false],
    ['n', false],
    ['yeah', false],
  ])('asks on a terminal: %j', async (answer, agreed) => {
    const questions: string[] = [];
    const ask = (question: string): Promise<string> => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    const { code, stderr } = await reset('users', [], { interactive: true, ask });
    expect(questions).toEqual(['Delete all rows of users and load them again on the next run? [y/N] ']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: agreed ? '' : 'Nothing was changed.\n' });
    expect(await world.rows('users', 'user_id')).toHaveLength(agreed ? 0 : 2);
  });

  it('refuses when dumps it needs are gone, unless forced', async () => {
    await rm(path.join(world.root, 'manifests/sync_9.json'));
    expect(await reset('users', ['--yes'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error DUMPS_GONE: Resetting users would lose rows: the source no longer has 9.\n  where: table users\n' +
        '  next:  Restore them in the source, or add --force to load what is left.\n',
    });
    expect(await world.rows('users', 'user_id')).toHaveLength(2);
    expect((await reset('users', ['--yes', '--force'])).code).toBe(0);
    expect(await world.rows('users', 'user_id')).toHaveLength(0);
  });

  it('does not need dumps below the newest full one', async () => {
    await world.write({ dumpId: 11n, tables: [{ name: 'users', incremental: false, files: [] }] });
    expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
    await rm(path.join(world.root, 'manifests/sync_9.json'));
    expect((await reset('users', ['--yes'])).code).toBe(0);
  });

  it('knows only tables of the ledger', async () => {
    expect(await reset('user', ['--yes'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error TABLE_UNKNOWN: There is no table "user" in the ledger.\n  next:  Known tables: click, users.\n',
    });
  });

  it('--json is one end event', async () => {
    const { code, stdout } = await reset('users', ['--json', '--yes']);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([{ event: 'end', status: 'done', exit_code: 0, table: 'users' }]);
  });

  it('interrupted, changes nothing and does not keep the lease', async () => {
    const before = await everything('users', 'user_id');
    const controller = new AbortController();
    const { code } = await reset('users', [], {
      interactive: true,
      signal: controller.signal,
      ask: () => {
        controller.abort();
        return Promise.resolve('y');
      },
    });
    expect(code).toBe(130);
    expect(await everything('users', 'user_id')).toEqual(before);
    expect((await reset('users', ['--yes'])).code).toBe(0);
  });
});
