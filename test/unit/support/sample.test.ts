import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { dumpObjects } from '../../../scripts/support/dump-writer.js';
import { sampleDumps } from '../../../scripts/support/sample.js';
import { type ModelDump, type ModelTableState, runModelOnce } from '../../support/model.js';
import { readModelDump, readWithAvsc } from '../../support/read-avro.js';

const ROOT = 'examples/dumps';

async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) =>
    path.relative(root, path.join(file.parentPath, file.name)).replaceAll(path.sep, '/'),
  );
}

describe('examples/dumps', () => {
  it('holds exactly the bytes that the script writes', async () => {
    const objects = sampleDumps().flatMap(dumpObjects);
    expect((await filesBelow(ROOT)).toSorted()).toEqual(objects.map((object) => object.key).toSorted());
    for (const { key, body } of objects) {
      expect(
        body.equals(await readFile(path.join(ROOT, key))),
        `${key} differs: run scripts/make-sample.ts`,
      ).toBe(true);
    }
  });

  it('is small enough to ship', async () => {
    const sizes = await Promise.all(
      (await filesBelow(ROOT)).map(async (file) => (await stat(path.join(ROOT, file))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400_000);
  });

  it('has snappy and deflate files', async () => {
    const files = (await filesBelow(ROOT)).filter((file) => file.endsWith('.avro'));
    const codecs = await Promise.all(
      files.map(async (file) => (await readWithAvsc(path.join(ROOT, file))).codec),
    );
    expect(codecs.filter((codec) => codec === 'deflate')).toHaveLength(1);
    expect(codecs.filter((codec) => codec === 'snappy')).toHaveLength(codecs.length - 1);
  });
});

describe('what the sample shows, by the model', () => {
  let tables: ReadonlyMap<string, ModelTableState>;
  beforeAll(async () => {
    const dumps: readonly ModelDump[] = await Promise.all(
      [98, 99, 101, 102].map((dump) => readModelDump(ROOT, dump)),
    );
    tables = runModelOnce(dumps);
  });

  function table(name: string): ModelTableState {
    const state = tables.get(name);
    if (state === undefined) throw new Error(`no table ${name}`);
    return state;
  }

  function column(state: ModelTableState, name: string): readonly unknown[] {
    const at = state.columns.findIndex((candidate) => candidate.name === name);
    expect(at, name).toBeGreaterThanOrEqual(0);
    return [...state.rows.values()].map((row) => row.values[at]);
  }

  it('a property that changes its type gets a variant column', () => {
    const users = table('users');
    expect(users.columns.slice(-2).map((entry) => entry.name)).toEqual(['plan', 'plan_seats__string']);
    expect(column(users, 'plan_seats__string').filter((value) => value === '6-20')).not.toHaveLength(0);
    expect(column(users, 'plan_seats').filter((value) => typeof value === 'bigint')).not.toHaveLength(0);
  });

  it('users are updated and inserted later', () => {
    const [, second, third] = table('users').loads;
    for (const load of [second, third]) {
      expect(load?.updated).toBeGreaterThan(0);
      expect(load?.inserted).toBeGreaterThan(0);
    }
  });

  it('a full resync supersedes; a table without files has nothing to do; a new table appears', () => {
    const statuses = (name: string) =>
      table(name).loads.map((load) => `${load.dump.toString()} ${load.status}`);
    expect(statuses('report_exported')).toEqual([
      '98 superseded',
      '99 superseded',
      '101 loaded',
      '102 loaded',
    ]);
    expect(statuses('signup_completed').at(-1)).toBe('102 nothing');
    expect(statuses('plan_upgraded')).toEqual(['101 loaded', '102 loaded']);
    expect(column(table('report_exported'), 'export_format')).toContain('pdf');
  });

  it('duplicates lie within a dump and across dumps', () => {
    for (const load of table('pageviews').loads) expect(load.unchanged).toBeGreaterThan(0);
    for (const load of table('pageviews').loads.slice(1)) expect(load.updated).toBeGreaterThan(0);
  });

  it('rejects: rows without a key and a value that is no time', () => {
    const rejects = [...tables.values()].flatMap((state) =>
      state.rejects.map(
        (reject) => `${state.name} ${reject.dump.toString()} ${reject.kind} ${String(reject.raw)}`,
      ),
    );
    expect(rejects).toEqual([
      'users 99 row undefined',
      'pageviews 99 row undefined',
      'pageviews 99 row undefined',
      'pageviews 102 value 2025-02-30 09:00:00',
    ]);
  });

  it('the map of migrations has chains', () => {
    const migrations = table('user_migrations');
    const sources = new Set(column(migrations, 'from_user_id'));
    expect(column(migrations, 'to_user_id').filter((to) => sources.has(to))).not.toHaveLength(0);
    expect(column(migrations, 'time')).toContain(null);
  });
});
