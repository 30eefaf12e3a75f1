import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderObservation } from '../../src/render/observation.js';
import type { NodeResult } from '../../src/run/events.js';
import type { Row, TableName } from '../../src/warehouse/contract.js';
import { runWell } from '../conformance/bench.js';
import { click, clicks, dump, file, full, incremental } from '../conformance/data.js';
import { type Target, duckdbTarget } from '../support/target.js';
import { NO_MODELS, type Ran, World } from '../support/world.js';
import { ODD_DUMPS, ODD_OVERRIDES } from './odd-people.js';
import { type Files, writeFiles } from './support.js';

/**
 * Models on one warehouse, built by real sessions, and what is in them compared with what DuckDB has of the same dumps.
 * Knows nothing of how a warehouse does it: the SQL of the models here is taken by all of them.
 */
export function modelSuite(target: Target): void {
  describe(`models on ${target.name}`, () => {
    shippedModels(target);
    userModels(target);
  });
}

function shippedModels(target: Target): void {
  let expected: readonly unknown[];
  beforeAll(async () => {
    expected = await shippedOn(duckdbTarget, 'view');
  });

  it.each(['view', 'table'])('the shipped ones, each a %s, hold what they hold on DuckDB', async (kind) => {
    expect(await shippedOn(target, kind)).toEqual(expected);
  });
}

/** What is in every shipped relation after each of the dumps. */
async function shippedOn(target: Target, materialized: string): Promise<readonly unknown[]> {
  const shipped = Object.fromEntries(
    ['resolved', 'all_events', 'sessions'].map((name) => [name, { materialized }]),
  );
  const world = await World.create(target, { ...ODD_OVERRIDES, models: { shipped } });
  try {
    const contents: unknown[] = [];
    for (const each of ODD_DUMPS) {
      await world.write(each);
      const ran = await world.run({ models: true });
      expect(ran.result.nodes.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(outcomes(ran)).toEqual(ran.result.nodes.map(({ name }) => `${name} success`).sort());
      const built = ran.events.flatMap((event) =>
        event.kind === 'models-planned' ? event.plan.models.map(({ model }) => model.relation) : [],
      );
      expect(built.length).toBe(8);
      const tests = await world.build({ want: { models: false, tests: true } });
      contents.push([await contentOf(world, built), outcomes(tests)]);
    }
    return contents;
  } finally {
    await world.dispose();
  }
}

const CLICKS = `{{config materialized="incremental" unique_key="event_id"}}
select event_id, label from {{source "click"}}
{{#if incremental}}where event_id >= (select max(event_id) from {{this}}){{/if}}`;

const FILES: Files = {
  'models/clicks.sql': CLICKS,
  'models/labels.sql':
    '{{config materialized="table"}} select label, count(*) as clicks from {{ref "clicks"}} group by label',
  'models/often.sql': 'select label from {{ref "labels"}} where clicks > {{var "often"}}',
  'models/all.yml': `models:
  - name: clicks
    columns:
      - name: event_id
        tests: [unique, not_null, { relationships: { to: "source('click')", field: event_id } }]
      - name: label
        tests: [unique, { accepted_values: { values: [a, "it's"], severity: warn } }]
  - name: often
    tests: [{ unique: { columns: [label] } }]
`,
  'tests/none.sql': `{{config severity="warn"}} select * from {{ref "clicks"}} where label = 'b'`,
};

/** Each world has a schema of its own to build in. */
let schemas = 0;

const MODELS = { ...NO_MODELS, vars: { often: 1 }, redact: ['label'], threads: 2 };

function userModels(target: Target): void {
  let world: World | undefined;
  afterEach(async () => {
    await world?.dispose();
  });
  const loaded = async (files: Files): Promise<World> => {
    schemas += 1;
    world = await World.create(target, { models: { ...MODELS, schema: `built_${schemas}` } });
    await writeFiles(world, files);
    await world.write(dump(1n, full('click', clicks([1n, 'a'], [2n, 'a'], [3n, 'b']))));
    await runWell(world, { models: true });
    return world;
  };

  it('a view, a table and an incremental model, which merges the second time and the third', async () => {
    const made = await loaded(FILES);
    expect(await rowsOf(made, 'clicks')).toEqual([
      'event_id=1 label=a',
      'event_id=2 label=a',
      'event_id=3 label=b',
    ]);
    expect(await rowsOf(made, 'labels')).toEqual(['clicks=1 label=b', 'clicks=2 label=a']);
    expect(await rowsOf(made, 'often')).toEqual(['label=a']);
    await made.write(dump(2n, incremental('click', clicks([1n, 'new'], [3n, `it's`], [4n, `it's`]))));
    await runWell(made, { models: true });
    const after = [
      'event_id=1 label=a',
      'event_id=2 label=a',
      `event_id=3 label=it's`,
      `event_id=4 label=it's`,
    ];
    expect(await rowsOf(made, 'clicks')).toEqual(after);
    expect(await rowsOf(made, 'often')).toEqual(['label=a', `label=it's`]);
    expect(outcomes(await made.build({ want: { models: true, tests: false } }))).toEqual([
      'clicks success',
      'labels success',
      'often success',
    ]);
    expect(await rowsOf(made, 'clicks')).toEqual(after);
    await made.build({ fullRefresh: true });
    expect(await rowsOf(made, 'clicks')).toContain('event_id=1 label=new');
  });

  it('data tests count and show the rows that fail, those of private columns blotted out', async () => {
    const made = await loaded(FILES);
    const { result } = await made.build({ want: { models: false, tests: true } });
    expect(result.status).toBe('failed');
    expect(outcomes({ result })).toEqual([
      'accepted_values_clicks_label warn 1',
      'none warn 1',
      'not_null_clicks_event_id pass 0',
      'relationships_clicks_event_id_click pass 0',
      'source_not_null_click_event_id pass 0',
      'source_unique_click_event_id pass 0',
      'unique_clicks_event_id pass 0',
      'unique_clicks_label fail 1',
      'unique_often_label pass 0',
    ]);
    const shown = result.nodes.find(({ name }) => name === 'none');
    expect(shown?.rows.map(rowText)).toEqual(['event_id=3 label=***']);
  });

  it('a column that the query gains is added, or fails the model; a key that repeats or is NULL fails it', async () => {
    const made = await loaded({ 'models/clicks.sql': CLICKS });
    const query = (rows: string): string =>
      `{{config materialized="incremental" unique_key="event_id" on_schema_change="fail"}} ${rows}`;
    const attempt = async (text: string): Promise<readonly string[]> => {
      await writeFiles(made, { 'models/clicks.sql': text });
      return outcomes(await made.build({ want: { models: true, tests: false } }));
    };
    const before = await rowsOf(made, 'clicks');
    const row = (id: string, label = "'x'"): string => `select ${id} as event_id, ${label} as label`;
    const refused = [
      `${row('1')} union all ${row('1')}`,
      `${row('1')} union all ${row('null')}`,
      `${row('1')}, 7 as seven`,
    ];
    for (const rows of refused) expect(await attempt(query(rows))).toEqual(['clicks error MODEL_FAILED']);
    expect(await rowsOf(made, 'clicks')).toEqual(before);
    expect(await attempt(query(`${row('3')}, 7 as seven`).replace('"fail"', '"append_new_columns"'))).toEqual(
      ['clicks success'],
    );
    const nothing = 'seven=NULL';
    expect(await rowsOf(made, 'clicks')).toEqual([
      `event_id=1 label=a ${nothing}`,
      `event_id=2 label=a ${nothing}`,
      'event_id=3 label=x seven=7',
    ]);
    expect(await leftovers(made)).toEqual([]);
  });

  it('a view becomes a table and a view again; what fails stops what reads it, and nothing else', async () => {
    const made = await loaded({
      'models/first.sql': 'select event_id from {{source "click"}}',
      'models/second.sql': 'select * from {{ref "first"}}',
      'models/other.sql': 'select event_id from {{source "click"}}',
    });
    for (const kind of ['table', 'view']) {
      await writeFiles(made, {
        'models/first.sql': `{{config materialized="${kind}"}} select event_id from {{source "click"}}`,
      });
      expect(outcomes(await made.build({ want: { models: true, tests: false } }))).toEqual([
        'first success',
        'other success',
        'second success',
      ]);
      expect(await rowsOf(made, 'second')).toEqual(['event_id=1', 'event_id=2', 'event_id=3']);
    }
    await writeFiles(made, { 'models/first.sql': 'select nobody from {{source "click"}}' });
    expect(outcomes(await made.build({ want: { models: true, tests: false } }))).toEqual([
      'first error MODEL_FAILED',
      'other success',
      'second skipped MODEL_INCOMPLETE',
    ]);
    expect(await rowsOf(made, 'second')).toEqual(['event_id=1', 'event_id=2', 'event_id=3']);
  });

  it('a model is not built while what it reads is not complete', async () => {
    const made = await loaded({ 'models/first.sql': 'select event_id from {{source "click"}}' });
    const nobody = file({ event_id: 'long', label: 'string' }, [click(9n, 'late')]);
    await made.write(dump(2n, incremental('click', nobody), full('users', file({ user_id: 'long' }, []))));
    const { result } = await made.run({ models: true, tables: ['users'] });
    expect(outcomes({ result })).toEqual(['first skipped MODEL_INCOMPLETE']);
    expect(result.nodes[0]?.error?.message).toContain('click is not complete: dump 2 is not loaded');
    await runWell(made, { models: true });
    expect(await rowsOf(made, 'first')).toContain('event_id=9');
  });
}

/** Each node with how it went: a test with the number of rows, what is not well with its code. */
function outcomes({ result }: Pick<Ran, 'result'>): readonly string[] {
  const shown = ({ name, status, failures, error }: NodeResult): string => {
    const more = failures?.toString() ?? error?.code;
    return more === undefined ? `${name} ${status}` : `${name} ${status} ${more}`;
  };
  return result.nodes.map(shown).sort();
}

async function rowsOf(world: World, model: string): Promise<readonly string[]> {
  const [content] = await contentOf(world, [{ schema: world.config.models.schema, name: model }]);
  return content?.rows ?? [];
}

async function contentOf(
  world: World,
  relations: readonly TableName[],
): Promise<readonly { readonly name: string; readonly rows: readonly string[] }[]> {
  return await world.using(async (session) => {
    const contents = [];
    for (const relation of relations) {
      const rows = await session.query(`SELECT * FROM ${world.dialect.quoteTable(relation)}`);
      contents.push({ name: relation.name, rows: rows.map(rowText).sort() });
    }
    return contents.sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/** A row's columns by name, which some warehouses keep in upper case. */
function rowText(row: Row): string {
  const cells = Object.entries(row).map(
    ([name, value]) => `${name.toLowerCase()}=${String(value ?? 'NULL')}`,
  );
  return cells.sort().join(' ');
}

async function leftovers(world: World): Promise<readonly string[]> {
  const { dialect, config } = world;
  const queries = renderObservation(dialect, config.models.schema);
  const rows = await world.query(queries.relations);
  return rows.flatMap((row) => Object.values(row).map(String)).filter((text) => /^_heapload/i.test(text));
}
