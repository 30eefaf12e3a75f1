import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DumpSpec } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { MAIN, type Output, built, jsonEndOf, oneFile } from './support.js';

const DUMPS: readonly DumpSpec[] = Array.from({ length: 16 }, (_, n) => ({
  dumpId: BigInt(n + 1),
  tables: [
    oneFile(
      'users',
      { user_id: 'long', seen: 'long' },
      [1n, 2n, BigInt(n)].map((id) => ({ user_id: id, seen: BigInt(n) })),
    ),
    oneFile('click', { event_id: 'long' }, [{ event_id: BigInt(n) }]),
  ],
}));

let world: World;
beforeEach(async () => {
  world = await World.create(duckdbTarget);
  await world.write(...DUMPS);
});
afterEach(async () => {
  await world.dispose();
});

/** Starts a run of the built program and sends it signals when the first load is committed. */
async function signalled(signals: readonly NodeJS.Signals[], argv: readonly string[]): Promise<Output> {
  const child = spawn(process.execPath, [MAIN, 'run', '-c', world.configFile, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let sent = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (sent || !/load_done|✓/.test(stdout)) return;
    sent = true;
    for (const signal of signals) child.kill(signal);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  expect(child.signalCode).toBeNull();
  return { code: child.exitCode ?? -1, stdout, stderr };
}

async function content(of: World): Promise<unknown> {
  return [
    await of.query(`SELECT * FROM ${of.table('users')} ORDER BY user_id`),
    await of.query(`SELECT * FROM ${of.table('click')} ORDER BY event_id`),
  ];
}

describe('exit codes of the built program', () => {
  it('0: done, and nothing to do', async () => {
    expect(await built(['run', '-c', world.configFile, '--to-dump', '2'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await built(['run', '-c', world.configFile, '--to-dump', '2'])).toEqual({
      code: 0,
      stdout: 'Nothing to do: no dump is pending.\n',
      stderr: '',
    });
  });

  it('1: a load failed', async () => {
    await world.write({ dumpId: 1n, tables: [oneFile('click', { label: 'string' }, [])] });
    const { code, stderr } = await built(['run', '-c', world.configFile, '--to-dump', '1']);
    expect(code).toBe(1);
    expect(stderr).toContain('error KEY_MISSING: ');
  });

  it('2: the command line or the configuration is wrong', async () => {
    expect((await built(['frobnicate'])).code).toBe(2);
    expect((await built(['run', '-c', 'nowhere.yml'])).code).toBe(2);
  });

  it('70: a bug', async () => {
    // The built program has no bug to offer, so one is planted where it asks for its ids.
    const planted = `data:text/javascript,${encodeURIComponent(`
      import { syncBuiltinESMExports } from 'node:module';
      import fs from 'node:fs';
      const read = fs.readFileSync;
      fs.readFileSync = (file, ...rest) => {
        if (String(file).endsWith('integration.yml')) return undefined;
        return read(file, ...rest);
      };
      syncBuiltinESMExports();`)}`;
    const { code, stderr } = await built(['run', '-c', world.configFile], {
      nodeOptions: ['--import', planted],
    });
    expect(code).toBe(70);
    expect(stderr).toMatch(
      /^error BUG: .*\n {2}next: {2}This is a bug in heapload\..*\n.*Error: .*\n {4}at /,
    );
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '130: %s in mid-run; the next run gives the tables of an uninterrupted one',
    async (signal) => {
      const stopped = await signalled([signal], ['--json']);
      expect({ code: stopped.code, stderr: stopped.stderr }).toEqual({ code: 130, stderr: '' });
      const end = jsonEndOf(stopped.stdout) as { loads_done: number };
      expect(end).toMatchObject({ status: 'interrupted', exit_code: 130, error: { code: 'INTERRUPTED' } });
      expect(end.loads_done).toBeGreaterThan(0);
      expect(end.loads_done).toBeLessThan(32);
      expect(await world.query(`SELECT status, loads_done FROM ${world.table('_heapload_runs')}`)).toEqual([
        { status: 'interrupted', loads_done: BigInt(end.loads_done) },
      ]);

      expect((await built(['run', '-c', world.configFile])).stdout).toContain(
        `Done: ${32 - end.loads_done} loads committed.\n`,
      );
      const uninterrupted = await World.create(duckdbTarget, {}, world.root);
      try {
        expect((await uninterrupted.run()).result.status).toBe('done');
        expect(await content(world)).toEqual(await content(uninterrupted));
      } finally {
        await uninterrupted.dispose();
      }
    },
  );

  it('130: told in words', async () => {
    const { code, stderr } = await signalled(['SIGINT'], []);
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /^error INTERRUPTED: The run was stopped\.\n( {2}where: .*\n)? {2}next: {2}What was committed stays; run again to go on from there\.\nInterrupted: 0 failures, \d+ loads? committed\.\n$/,
    );
  });
});

describe('the built program', () => {
  it('writes plain text where stdout is no terminal, with and without NO_COLOR', async () => {
    const plain = await built(['run', '-c', world.configFile, '--to-dump', '1'], { env: { NO_COLOR: '' } });
    const noColor = await built(['plan', '-c', world.configFile], { env: { NO_COLOR: '1' } });

    for (const text of [plain.stdout, plain.stderr, noColor.stdout, noColor.stderr])
      expect(text).not.toContain('\u001b');
    expect(plain.stdout).toContain('✓ users');
  });

  it('takes a reader that goes away for no error', async () => {
    const child = spawn(process.execPath, [MAIN, 'plan', '-c', world.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    expect(stderr).not.toContain('EPIPE');
  });
});
