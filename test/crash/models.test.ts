import { describe, expect, it } from 'vitest';
import { runWell } from '../conformance/bench.js';
import { clicks, dump, full, incremental } from '../conformance/data.js';
import { type Files, writeFiles } from '../models/support.js';
import { duckdbTarget } from '../support/target.js';
import { NO_MODELS, World } from '../support/world.js';
import { atEach, deathOf, runAndDie } from './child.js';

const NEW_CLICKS = `select event_id, label from {{source "click"}}
{{#if incremental}}where event_id >= (select max(event_id) from {{this}}){{/if}}`;

const FIRST: Files = {
  'models/seen.sql': `{{config materialized="incremental" unique_key="event_id"}} ${NEW_CLICKS}`,
  'models/labels.sql':
    '{{config materialized="table"}} select label, count(*) as n from {{ref "seen"}} group by label',
  'models/often.sql': 'select label from {{ref "labels"}} where n > 1',
  'models/turned.sql': 'select event_id from {{source "click"}}',
};

/** The incremental model gains a column, and what was a view becomes a table. */
const THEN: Files = {
  'models/seen.sql': FIRST['models/seen.sql']?.replace('label from', 'label, 7 as seven from') ?? '',
  'models/turned.sql': '{{config materialized="table"}} select event_id from {{source "click"}}',
};

const RELATIONS = ['seen', 'labels', 'often', 'turned'];

/** Loaded and built once; another dump is there, and the models are others. */
async function ready(): Promise<World> {
  const world = await World.create(duckdbTarget, { models: { ...NO_MODELS, threads: 2 } });
  await writeFiles(world, FIRST);
  await world.write(dump(1n, full('click', clicks([1n, 'a'], [2n, 'a'], [3n, 'b']))));
  await runWell(world, { models: true });
  await writeFiles(world, THEN);
  await world.write(dump(2n, incremental('click', clicks([3n, 'a'], [4n, 'c'], [5n, 'c']))));
  return world;
}

async function rowsOf(world: World, model: string): Promise<readonly string[]> {
  const rows = await world.query(`SELECT * FROM "heap_models"."${model}" ORDER BY ALL`);
  return rows.map((row) => Object.values(row).map(String).join(' '));
}

/** What lasts: rows, kinds of relations, and nothing else in their schema. */
async function content(world: World): Promise<unknown> {
  const rows = [];
  for (const model of RELATIONS) rows.push([model, await rowsOf(world, model)]);
  const relations = await world.query(
    `SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'heap_models' ORDER BY 1`,
  );
  return {
    rows,
    relations,
    loads: await world.query(`SELECT dump_id, status FROM heap._heapload_loads ORDER BY 1`),
  };
}

interface Counted {
  readonly operations: number;
  readonly beforeModels: number;
  readonly status: string;
}

describe.each([
  ['a run builds its models', 'models'],
  ['build is at work', 'build'],
] as const)('SIGKILL while %s', (_title, what) => {
  it('before every operation, which is after every other, is repaired by the next one', async () => {
    const world = await ready();
    if (what === 'build') await runWell(world);
    const before = await rowsOf(world, 'labels');
    const { stdout } = await runAndDie(world.configFile, 'never', '-1', what);
    const { operations, beforeModels, status } = JSON.parse(stdout) as Counted;
    expect(status).toBe('done');
    const expected = await content(world);
    const after = await rowsOf(world, 'labels');
    await world.dispose();
    const first = what === 'build' ? 1 : beforeModels + 1;
    const points = Array.from({ length: operations - first + 1 }, (_, n) => first + n);
    expect(points.length).toBeGreaterThan(15);
    const failed = await atEach(points, (at) => die(what, at, { before, after, expected }));
    expect(failed).toEqual([]);
  }, 600_000);
});

async function die(
  what: 'models' | 'build',
  n: number,
  seen: { readonly before: readonly string[]; readonly after: readonly string[]; readonly expected: unknown },
): Promise<void> {
  const world = await ready();
  try {
    if (what === 'build') await runWell(world);
    const argv = [world.configFile, 'before', String(n), what];
    const died = await deathOf(runAndDie(...argv));
    expect(died).toBe('SIGKILL');
    // Whoever reads meanwhile sees the table as it was, or as it will be.
    expect([seen.before, seen.after]).toContainEqual(await rowsOf(world, 'labels'));
    const { result } =
      what === 'build'
        ? await world.build({}, { holder: 'the next one' })
        : await world.run({ models: true, holder: 'the next one' });
    // It may have died when all was done and only the lease was left to give back.
    expect(['done', 'nothing']).toContain(result.status);
    expect(await content(world)).toEqual(seen.expected);
    expect((await world.run({ models: true })).statements).toEqual([]);
  } finally {
    await world.dispose();
  }
}
