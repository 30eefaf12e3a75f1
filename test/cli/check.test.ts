import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeaploadError } from '../../src/errors.js';
import { renderObservation } from '../../src/render/observation.js';
import { checkWarehouse } from '../../src/run/check-warehouse.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { type Json, SMALL_DUMPS, cli, jsonEndOf, jsonLines } from './support.js';

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

async function check(...more: readonly string[]): Promise<Awaited<ReturnType<typeof cli>>> {
  return await cli(['check', '-c', world.configFile, ...more]);
}

/** `ok`, or the code of each check, by the first words of its question. */
async function summary(): Promise<readonly string[]> {
  const end = jsonEndOf((await check('--json')).stdout);
  return (end['checks'] as readonly Json[]).map(
    (each) => `${String(each['part'])}: ${each['ok'] === true ? 'ok' : String(each['code'])}`,
  );
}

async function configured(change: (text: string) => string): Promise<void> {
  await writeFile(world.configFile, change(await readFile(world.configFile, 'utf8')));
}

const GOOD = [
  'source: ok',
  'source: ok',
  'source: ok',
  'source: ok',
  'warehouse: ok',
  'warehouse: ok',
  'warehouse: ok',
];

describe('check', () => {
  it('asks each question once and changes nothing, not even by making the database', async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .replaceAll(world.root, 'ROOT')
        .replace(/sync_\d+\/\w+\/a/, 'DUMP/TABLE/a')
        .replace(/sync_\d+\.json/, 'DUMP.json'),
    ).toBe(
      [
        '✓ source     list ROOT/manifests/',
        '✓ source     read the manifest ROOT/manifests/DUMP.json',
        '✓ source     find a data file under ROOT/sync_',
        '✓ source     read one byte of ROOT/DUMP/TABLE/a.avro',
        '✓ warehouse  open duckdb for writing',
        '✓ warehouse  read the ledger of schema heap',
        '✓ warehouse  take the lease',
        '',
      ].join('\n'),
    );
    expect(existsSync(database)).toBe(false);
  });

  it('gives the same as one event to programs', async () => {
    const { code, stdout } = await check('--json');
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(1);
    const end = jsonEndOf(stdout);
    expect(end).toMatchObject({ status: 'done', exit_code: 0 });
    expect((end['checks'] as readonly Json[])[0]).toEqual({
      part: 'source',
      what: `list ${world.root}/manifests/`,
      ok: true,
    });
    expect(await summary()).toEqual(GOOD);
  });

  it('leaves a database that exists byte for byte as it was', async () => {
    expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
    const picture = async (): Promise<unknown> => ({
      hash: createHash('sha256')
        .update(await readFile(database))
        .digest('hex'),
      changed: (await stat(database)).mtimeMs,
    });
    const before = await picture();
    expect(await summary()).toEqual(GOOD);
    expect(await picture()).toEqual(before);
  });
});

describe('check of a source that cannot be used', () => {
  it.each<[string, () => Promise<void>, readonly string[]]>([
    ['that is not there', () => rm(world.root, { recursive: true }), ['source: SOURCE_MISSING']],
    [
      'without manifests',
      () => rm(path.join(world.root, 'manifests'), { recursive: true }),
      ['source: SOURCE_MISSING'],
    ],
    [
      'with manifests alone',
      async () => {
        for (const dump of ['sync_9', 'sync_10']) await rm(path.join(world.root, dump), { recursive: true });
      },
      ['source: ok', 'source: ok', 'source: SOURCE_MISSING'],
    ],
  ])('%s: exit code 1, and the warehouse is still looked at', async (_what, spoil, expected) => {
    await spoil();
    expect(await summary()).toEqual([...expected, ...GOOD.slice(-3)]);
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(stdout.match(/✗ source/g)).toHaveLength(1);
    expect(stderr).toMatch(/^error SOURCE_MISSING: /);
    expect(stderr).toContain('\n  next:  ');
    const end = jsonEndOf((await check('--json')).stdout);
    expect(end).toMatchObject({ status: 'failed', exit_code: 1 });
    expect((end['checks'] as readonly Json[]).find((each) => each['ok'] === false)).toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.any(String) as string,
      next: expect.any(String) as string,
    });
  });

  it('without manifests is told about the other layout', async () => {
    await rm(path.join(world.root, 'manifests'), { recursive: true });
    expect((await check()).stderr).toContain('set source.layout: files');
    await configured((text) => text.replace('type: directory', 'type: directory\n  layout: files'));
    expect(await summary()).toEqual([...GOOD.slice(0, 2), ...GOOD.slice(-3)]);
  });
});

describe('check of a warehouse that cannot be used', () => {
  const unusable: readonly [string, string][] = [
    ['in a folder that is not there', 'nowhere/heap.duckdb'],
    ['that is another file', 'integration.yml'],
    ['that is a folder', 'folder.duckdb'],
  ];

  it.each(unusable)('%s', async (_what, name) => {
    const folder = path.dirname(world.configFile);
    await mkdir(path.join(folder, 'folder.duckdb'));
    await configured((text) => text.replace(database, path.join(folder, name)));
    expect(await summary()).toEqual([...GOOD.slice(0, 4), 'warehouse: WAREHOUSE_UNAVAILABLE']);
    const { code, stderr } = await check();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error WAREHOUSE_UNAVAILABLE: DuckDB cannot open /);
    expect(existsSync(path.join(folder, 'nowhere'))).toBe(false);
  });

  it('snowflake, whose private key is not there', async () => {
    const settings = 'account: a\n  database: d\n  warehouse: w\n  user: u\n  private_key_path: k';
    await configured((text) =>
      text.replace(
        /^warehouse:[^]*$/m,
        `warehouse:
  type: snowflake
  schema: heap
  ${settings}
`,
      ),
    );
    expect(await summary()).toEqual([...GOOD.slice(0, 4), 'warehouse: WAREHOUSE_DENIED']);
    expect((await check()).code).toBe(1);
  });

  it('loaded in the other layout', async () => {
    expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
    await configured((text) => text.replace('type: directory', 'type: directory\n  layout: files'));
    expect(await summary()).toEqual([
      'source: ok',
      'source: ok',
      'warehouse: ok',
      'warehouse: CONFIG_INVALID',
    ]);
  });

  it('a configuration that is not valid is a matter of usage', async () => {
    await configured((text) => text.replace('type: directory', 'type: folder'));
    const { code, stderr } = await check();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error CONFIG_INVALID/);
  });
});

describe('the lease', () => {
  /** As a dead run of a warehouse that many processes share leaves it. */
  async function errorAt(now: number, singleProcess: boolean): Promise<HeaploadError | undefined> {
    const { dialect } = world;
    const shared = { ...dialect, capabilities: { ...dialect.capabilities, singleProcess } };
    const results = await checkWarehouse({
      dialect: shared,
      schema: 'heap',
      modelSchemas: [],
      layout: 'manifests',
      queries: renderObservation(dialect, 'heap'),
      connect: () => world.connect('probe'),
      now,
    });
    return results.find((result) => result.what === 'take the lease')?.error;
  }

  it('that another run holds is told where several processes can work, until it expires', async () => {
    expect((await world.run()).result.status).toBe('done');
    const lease = world.table('_heapload_lease');
    await world.execute(
      `UPDATE ${lease} SET run_id = 'another', acquired_at = TIMESTAMP '2026-01-01 00:00:00', expires_at = TIMESTAMP '2026-01-01 00:15:00'`,
    );
    expect(await errorAt(Date.UTC(2026, 0, 1, 0, 14), false)).toMatchObject({
      code: 'LEASE_HELD',
      message: 'Run another has been working on this schema since 2026-01-01T00:00:00.000Z.',
    });
    expect(await errorAt(Date.UTC(2026, 0, 1, 0, 15), false)).toBeUndefined();
    // Who could open the file knows that no other run is working.
    expect(await errorAt(Date.UTC(2026, 0, 1, 0, 14), true)).toBeUndefined();
  });
});
