import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Desk } from './support.js';

const CLICKS = `{{config materialized="incremental" unique_key="event_id"}}
select event_id, label from {{source "click"}}
{{#if incremental}}where event_id > (select max(event_id) from {{this}}){{/if}}`;

let desk: Desk;
afterEach(async () => {
  await desk.dispose();
});

describe('build', () => {
  it('builds views, tables and incremental models after what they read', async () => {
    desk = await Desk.create({
      'models/c.sql': 'select * from {{ref "b"}}',
      'models/deep/b.sql': '{{config materialized="table"}} select count(*) as n from {{ref "a"}}',
      'models/a.sql': 'select * from {{source "heap" "click"}}',
      'models/clicks.sql': CLICKS,
    });
    const { code, stdout } = await desk.run(['build']);
    expect(stdout).toContain('Done: 4 models built');
    expect(code).toBe(0);
    expect(await desk.rows('select * from heap_models.c')).toEqual([{ n: 1n }]);
    const kinds = await desk.rows(
      `select table_name, table_type from information_schema.tables where table_schema = 'heap_models' order by 1`,
    );
    expect(kinds).toEqual([
      { table_name: 'a', table_type: 'VIEW' },
      { table_name: 'b', table_type: 'BASE TABLE' },
      { table_name: 'c', table_type: 'VIEW' },
      { table_name: 'clicks', table_type: 'BASE TABLE' },
    ]);
  });

  it('run builds after loading; incremental models take the new rows only', async () => {
    desk = await Desk.create({ 'models/clicks.sql': CLICKS });
    await desk.run(['build']);
    // What the first build put there stays as it is: only rows beyond it are read.
    await desk.world.execute(`update heap_models.clicks set label = 'kept'`);
    const { stdout, code } = await desk.run(['run']);
    expect(code).toBe(0);
    expect(stdout).toContain('1 model built');
    expect(await desk.rows('select * from heap_models.clicks order by 1')).toEqual([
      { event_id: 1n, label: 'kept' },
      { event_id: 2n, label: "it's" },
    ]);
    await desk.run(['build', '--full-refresh']);
    expect(await desk.rows('select label from heap_models.clicks order by event_id')).toEqual([
      { label: 'buy' },
      { label: "it's" },
    ]);
    expect((await desk.run(['run'])).stdout).toContain('Nothing to do');
  });

  it('--no-models leaves them out of a run and of a plan', async () => {
    desk = await Desk.create({ 'models/clicks.sql': CLICKS });
    expect((await desk.run(['plan', '--no-models'])).stdout).not.toContain('heap_models');
    const { stdout, code } = await desk.run(['run', '--no-models']);
    expect(code).toBe(0);
    expect(stdout).toContain('✓ click');
    expect(stdout).not.toContain('clicks');
    const schemas = `select 1 from information_schema.schemata where schema_name = 'heap_models'`;
    expect(await desk.rows(schemas)).toEqual([]);
    expect((await desk.run(['plan'])).stdout).not.toContain('heap_models');
    expect(await desk.outcomes(['build', '-s', 'clicks'])).toMatchObject({ clicks: 'success' });
  });

  it('adds columns that the query gains, or fails when it must not', async () => {
    desk = await Desk.create({ 'models/clicks.sql': CLICKS });
    await desk.run(['build']);
    const grown = CLICKS.replace('label', 'label, 7 as seven').replace(
      '{{#if incremental}}where event_id > (select max(event_id) from {{this}}){{/if}}',
      '',
    );
    await desk.write({
      'models/clicks.sql': grown.replace('unique_key', 'on_schema_change="fail" unique_key'),
    });
    const refused = await desk.run(['build', '-s', 'clicks']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('gives columns that its table lacks (seven)');
    await desk.write({ 'models/clicks.sql': grown });
    expect(await desk.outcomes(['build', '-s', 'clicks'])).toEqual({ clicks: 'success' });
    expect(await desk.rows('select * from heap_models.clicks')).toEqual([
      { event_id: 1n, label: 'buy', seven: 7 },
    ]);
    const left = await desk.rows(
      `select 1 from information_schema.tables where table_name like '\\_heapload\\_model%' escape '\\'`,
    );
    expect(left).toEqual([]);
  });

  it('an incremental model whose new rows repeat a key, or lack it, changes nothing', async () => {
    desk = await Desk.create({ 'models/clicks.sql': CLICKS });
    await desk.run(['build']);
    for (const rows of ['union all select 1, null', 'union all select null, null']) {
      await desk.write({
        'models/clicks.sql': `{{config materialized="incremental" unique_key="event_id"}} select 1 as event_id, 'new' as label ${rows}`,
      });
      const { code, stderr } = await desk.run(['build', '-s', 'clicks']);
      expect(code).toBe(1);
      expect(stderr).toContain('MODEL_FAILED');
      expect(await desk.rows('select label from heap_models.clicks')).toEqual([{ label: 'buy' }]);
    }
  });

  it('turns a view into a table and back', async () => {
    desk = await Desk.create({ 'models/a.sql': 'select 1 as x' });
    for (const kind of ['view', 'table', 'view']) {
      await desk.write({ 'models/a.sql': `{{config materialized="${kind}"}} select 1 as x` });
      expect(await desk.outcomes(['build', '-s', 'a'])).toEqual({ a: 'success' });
      expect(await desk.rows('select * from heap_models.a')).toEqual([{ x: 1 }]);
    }
  });

  it('a failure skips what reads it, and nothing else', async () => {
    desk = await Desk.create({
      'models/broken.sql': 'select nobody from {{source "click"}}',
      'models/child.sql': 'select * from {{ref "broken"}}',
      'models/grandchild.sql': 'select * from {{ref "child"}}',
      'models/other.sql': 'select 1 as x',
    });
    expect(await desk.outcomes(['models', 'run'])).toEqual({
      broken: 'error',
      child: 'skipped',
      grandchild: 'skipped',
      other: 'success',
    });
    const { stdout, stderr, code } = await desk.run(['build', '-s', 'broken+']);
    expect(code).toBe(1);
    expect(stderr).toContain('error MODEL_FAILED: Model broken: ');
    expect(stdout).toContain('Model child was not built: broken, which it reads, could not be built.');
  });

  it('a model is not built while a table it reads is not complete, and the report says why', async () => {
    desk = await Desk.create({
      'models/a.sql': 'select * from {{source "click"}}',
      'models/b.sql': 'select * from {{ref "a"}}',
      'models/people.sql': 'select * from {{source "users"}}',
      'models/typo.sql': 'select * from {{source "clik"}}',
    });
    const { stdout, code } = await desk.run(['run', '--table', 'users']);
    expect(code).toBe(0);
    expect(stdout).toContain('model people');
    expect(stdout).toContain('Model a was not built: click is not complete: dump 10 is not loaded.');
    expect(stdout).toContain('Model b was not built: a, which it reads, is not built.');
    expect(stdout).toContain('there is no loaded table clik; did you mean click?');
    expect((await desk.run(['build', '-s', 'a'])).code).toBe(1);
    expect((await desk.run(['plan'])).stdout).toContain('model a (view) as heap_models.a\n');
    const after = await desk.outcomes(['run']);
    expect(after).toEqual({ a: 'success', b: 'success', people: 'success', typo: 'skipped' });
  });

  it('a model that is not valid fails the run after its loads, and the next run tries again', async () => {
    desk = await Desk.create({ 'models/a.sql': 'select * from {{ref "nobody"}}' });
    const { stdout, stderr, code } = await desk.run(['run']);
    expect(code).toBe(1);
    expect(stderr).toContain('MODEL_INVALID');
    expect(stdout).toContain('✓ click');
    await desk.write({ 'models/a.sql': 'select 1 as x' });
    expect(await desk.outcomes(['run'])).toEqual({ a: 'success' });
  });

  it('what plan prints is what run sends', async () => {
    desk = await Desk.create({
      'models/clicks.sql': CLICKS,
      'models/v.sql': 'select * from {{ref "clicks"}}',
    });
    await desk.run(['build']);
    const [end] = (await desk.events(['plan'])).slice(-1);
    const planned = (
      end?.['models'] as readonly { readonly operations: readonly { readonly sql: string }[] }[]
    ).flatMap(({ operations }) => operations.map(({ sql }) => sql));
    const sent = (await desk.events(['run'])).filter(
      (event) => event['model'] !== undefined && event['sql'] !== undefined,
    );
    expect(sent.map(({ sql }) => sql)).toEqual(planned);
  });
});

describe('data tests', () => {
  const files = {
    'models/people.sql': 'select * from {{source "users"}}',
    'models/after.sql': 'select * from {{ref "people"}}',
    'models/people.yml': `models:
  - name: people
    columns:
      - name: email
        tests:
          - unique
          - accepted_values: { values: [a@acme.test] }
      - name: user_id
        tests: [not_null, { relationships: { to: "source('click')", field: user_id, severity: warn } }]
`,
    'tests/own.sql': `{{config severity="warn"}} select * from {{ref "people"}} where user_id = 1`,
  };

  it('fail, warn or pass, show some rows, and stop what reads what they test', async () => {
    desk = await Desk.create(files, { redact: ['email'] });
    expect(await desk.outcomes(['build'])).toEqual({
      people: 'success',
      after: 'skipped',
      unique_people_email: 'pass',
      accepted_values_people_email: 'fail',
      not_null_people_user_id: 'pass',
      relationships_people_user_id_click: 'warn',
      own: 'warn',
      source_unique_click_event_id: 'pass',
      source_not_null_click_event_id: 'pass',
      source_unique_users_user_id: 'pass',
      source_not_null_users_user_id: 'pass',
    });
    const events = await desk.events(['models', 'test', '-s', 'own']);
    expect(events.find(({ event }) => event === 'test_done')).toMatchObject({
      failures: '1',
      rows: [{ user_id: '1', email: '***' }],
    });
    expect((await desk.run(['models', 'test', '-s', 'own'])).code).toBe(0);
    expect((await desk.run(['build'])).code).toBe(1);
  });

  it('of loaded tables find a key that is there twice', async () => {
    desk = await Desk.create({});
    await desk.world.execute('insert into heap.users (user_id) values (1), (null)');
    expect(await desk.outcomes(['models', 'test', '-s', 'source:users'])).toEqual({
      source_unique_users_user_id: 'fail',
      source_not_null_users_user_id: 'fail',
    });
  });

  it('leave artifacts: what there is, how it went, and the queries', async () => {
    desk = await Desk.create(files);
    await desk.run(['build']);
    const manifest = JSON.parse(await desk.read('target/manifest.json')) as {
      nodes: Record<string, unknown>;
      child_map: Record<string, readonly string[]>;
    };
    expect(Object.keys(manifest.nodes)).toContain('model.heapload.people');
    expect(manifest.child_map['source.heapload.heap.users']).toContain('model.heapload.people');
    const results = JSON.parse(await desk.read('target/run_results.json')) as {
      results: readonly { unique_id: string; status: string }[];
    };
    const statuses = Object.fromEntries(results.results.map(({ unique_id: id, status }) => [id, status]));
    expect(statuses).toMatchObject({ 'model.heapload.after': 'skipped', 'test.heapload.own': 'warn' });
    expect(await desk.read('target/compiled/models/people.sql')).toBe('select * from "heap"."users"\n');
    expect(JSON.stringify(results)).not.toContain('acme.test');
  });
});

describe('models', () => {
  it('selects with +, tags, paths and globs, and less what is excluded', async () => {
    desk = await Desk.create({
      'models/a.sql': '{{config tags="first"}} select 1 as x',
      'models/mart/b.sql': 'select * from {{ref "a"}}',
      'models/mart/c.sql': 'select * from {{ref "b"}}',
    });
    const selected = async (...argv: readonly string[]): Promise<unknown> => {
      const [end] = (await desk.events(['models', 'list', ...argv])).slice(-1);
      return (end?.['models'] as readonly { readonly name: string }[]).map(({ name }) => name);
    };
    expect(await selected('-s', 'tag:first')).toEqual(['a']);
    expect(await selected('-s', '+b')).toEqual(['a', 'b']);
    expect(await selected('-s', 'b+')).toEqual(['b', 'c']);
    expect(await selected('-s', 'path:models/mart')).toEqual(['b', 'c']);
    expect(await selected('-s', 'a c')).toEqual(['a', 'c']);
    expect(await selected('--exclude', '?', '-s', '*')).toEqual([]);
    const { code, stderr } = await desk.run(['models', 'list', '-s', 'tag:firs']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean tag:first?');
  });

  it('ejects a shipped model, which builds the same and is then the user’s own', async () => {
    desk = await Desk.create({}, { shipped: {} });
    const shipped = await desk.run(['models', 'compile', '-s', 'all_events']);
    expect((await desk.run(['models', 'eject', 'all_events'])).code).toBe(0);
    expect(existsSync(path.join(desk.folder, 'models/all_events.sql'))).toBe(true);
    const own = await desk.run(['models', 'compile', '-s', 'path:models/all_events.sql']);
    expect(own.stdout).toBe(shipped.stdout);
    expect((await desk.run(['models', 'eject', 'all_events'])).stderr).toContain('is your own already');
    expect((await desk.run(['models', 'eject', 'al_event'])).code).toBe(2);
  });
});
