import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArtifactResult, writeArtifacts } from '../../../src/models/artifacts.js';
import { INT64, STRING } from '../../../src/schema/logical-types.js';
import { loadedTable } from '../../support/shipped/compile.js';
import { configOf, load, planOf } from './support.js';

const FILES = {
  'models/marts/daily.sql':
    '{{config materialized="incremental" unique_key="event_id" tags="a,b"}}\nselect event_id from {{source "click"}} where {{var "days"}} > 1',
  'models/top.sql': 'select * from {{ref "daily"}}',
  'models/p.yml': `models:
  - name: daily
    description: Of each day.
    columns: [{ name: event_id, description: Key., tests: [{ unique: { severity: warn, where: event_id > 0 } }] }]
`,
  'tests/own.sql': '{{config tags="slow"}} select * from {{ref "top"}}',
};
const TABLES = [loadedTable('click', ['event_id'], { event_id: INT64, label: STRING })];
const STAMP = { version: '1.2.3', runId: 'r1', now: new Date('2026-01-02T03:04:05Z') };
const ID = { daily: 'model.heap.daily', top: 'model.heap.top', click: 'source.heap.heap.click' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-artifacts-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const config = () => ({ ...configOf(path.join(folder, 'integration.yml')), name: 'heap' });
const write = (results?: readonly ArtifactResult[]): ReadonlyMap<string, string> =>
  writeArtifacts(config(), planOf(load(FILES, TABLES)), results, STAMP);

interface Artifact {
  readonly metadata: object;
  readonly nodes: Readonly<Record<string, object>>;
  readonly sources: object;
  readonly parent_map: object;
  readonly child_map: Readonly<Record<string, readonly string[]>>;
  readonly results: readonly object[];
}

async function read(name: string): Promise<Artifact> {
  return JSON.parse(await readFile(path.join(folder, 'target', name), 'utf8')) as Artifact;
}

const METADATA = {
  generated_by: 'heapload',
  heapload_version: '1.2.3',
  generated_at: '2026-01-02T03:04:05.000Z',
  invocation_id: 'r1',
  project_name: 'heap',
  adapter_type: 'duckdb',
};

describe('manifest.json', () => {
  it('has every model, test and loaded table, with what they read and their SQL', async () => {
    write();
    const { metadata, nodes, sources } = await read('manifest.json');
    expect(metadata).toEqual(METADATA);
    expect(sources).toEqual({
      [ID.click]: {
        unique_id: ID.click,
        resource_type: 'source',
        name: 'click',
        schema: 'heap',
        columns: { event_id: { name: 'event_id' }, label: { name: 'label' } },
      },
    });
    expect(Object.keys(nodes).sort()).toEqual([
      ID.daily,
      ID.top,
      'test.heap.own',
      'test.heap.source_not_null_click_event_id',
      'test.heap.source_unique_click_event_id',
      'test.heap.unique_daily_event_id',
    ]);
    expect(nodes[ID.daily]).toEqual({
      unique_id: ID.daily,
      resource_type: 'model',
      name: 'daily',
      schema: 'heap_models',
      alias: 'daily',
      original_file_path: 'models/marts/daily.sql',
      shipped: false,
      config: {
        materialized: 'incremental',
        unique_key: ['event_id'],
        on_schema_change: 'append_new_columns',
        tags: ['a', 'b'],
      },
      tags: ['a', 'b'],
      description: 'Of each day.',
      columns: { event_id: { name: 'event_id', description: 'Key.' } },
      raw_code: FILES['models/marts/daily.sql'],
      depends_on: { nodes: [ID.click] },
      compiled_code: 'select event_id from "heap"."click" where 30 > 1',
    });
    expect(nodes['test.heap.unique_daily_event_id']).toMatchObject({
      resource_type: 'test',
      config: { severity: 'warn', tags: [], where: 'event_id > 0' },
      test_metadata: { name: 'unique' },
      depends_on: { nodes: [ID.daily] },
    });
    expect(nodes['test.heap.own']).toMatchObject({
      config: { severity: 'error', tags: ['slow'], where: null },
      test_metadata: null,
      depends_on: { nodes: [ID.top] },
      original_file_path: 'tests/own.sql',
    });
  });

  it('tells who reads whom both ways', async () => {
    write();
    const { parent_map, child_map } = await read('manifest.json');
    expect(parent_map).toMatchObject({ [ID.click]: [], [ID.daily]: [ID.click], [ID.top]: [ID.daily] });
    expect(child_map[ID.daily]?.toSorted()).toEqual([ID.top, 'test.heap.unique_daily_event_id']);
    expect(child_map[ID.top]).toEqual(['test.heap.own']);
    expect(child_map['test.heap.own']).toEqual([]);
  });

  it('keeps what is not selected, without SQL', async () => {
    const plan = planOf(load(FILES, TABLES), { select: ['top'], exclude: [] });
    const files = writeArtifacts(config(), plan, undefined, STAMP);
    const { nodes } = await read('manifest.json');
    expect(nodes[ID.daily]).toMatchObject({ compiled_code: null });
    expect(nodes[ID.top]).toMatchObject({ compiled_code: 'select * from "heap_models"."daily"' });
    expect([...files.keys()].sort()).toEqual(['own', 'top']);
  });
});

describe('run_results.json', () => {
  const result = (changed: Partial<ArtifactResult>): ArtifactResult => ({
    ...{
      kind: 'model',
      name: 'daily',
      status: 'success',
      seconds: 1.5,
      message: undefined,
      failures: undefined,
    },
    ...changed,
  });

  it('has how each went, and no rows', async () => {
    write([
      result({}),
      result({ name: 'top', status: 'error', message: 'MODEL_FAILED: no' }),
      result({ kind: 'test', name: 'own', status: 'fail', failures: 9007199254740993n }),
    ]);
    const { metadata, results } = await read('run_results.json');
    expect(metadata).toEqual(METADATA);
    expect(results).toEqual([
      { unique_id: ID.daily, status: 'success', execution_time: 1.5, message: null, failures: null },
      {
        unique_id: ID.top,
        status: 'error',
        execution_time: 1.5,
        message: 'MODEL_FAILED: no',
        failures: null,
      },
      {
        unique_id: 'test.heap.own',
        status: 'fail',
        execution_time: 1.5,
        message: null,
        failures: '9007199254740993',
      },
    ]);
  });

  it('is not touched where nothing was built', async () => {
    write();
    expect(await readdir(path.join(folder, 'target'))).toEqual(['compiled', 'manifest.json']);
    write([result({})]);
    write();
    expect((await read('run_results.json')).results).toHaveLength(1);
  });
});

describe('compiled', () => {
  it('has the queries as they are sent, and none of before', async () => {
    write();
    await writeFile(path.join(folder, 'target/compiled/models/old.sql'), 'select 1');
    const files = write();
    const found = await readdir(path.join(folder, 'target/compiled'), { recursive: true });
    expect(found.filter((name) => name.endsWith('.sql')).sort()).toEqual([
      'models/daily.sql',
      'models/top.sql',
      'tests/own.sql',
      'tests/source_not_null_click_event_id.sql',
      'tests/source_unique_click_event_id.sql',
      'tests/unique_daily_event_id.sql',
    ]);
    expect(await readFile(files.get('daily') ?? '', 'utf8')).toBe(
      'select event_id from "heap"."click" where 30 > 1\n',
    );
  });

  it('that cannot be written is an error that names the folder', async () => {
    await writeFile(path.join(folder, 'target'), 'a file');
    expect(() => write()).toThrow(expect.objectContaining({ code: 'ARTIFACTS_UNWRITABLE' }));
    expect(() => write()).toThrow(`${path.join(folder, 'target')} cannot be written`);
  });
});
