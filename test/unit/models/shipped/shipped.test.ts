import { describe, expect, it } from 'vitest';
import type { Config, ShippedConfig } from '../../../../src/config/types.js';
import { shippedModels } from '../../../../src/models/shipped/index.js';
import type { LoadedTable } from '../../../../src/models/types.js';
import {
  BOOL,
  FLOAT64,
  INT64,
  JSON_TYPE,
  type LogicalType,
  STRING,
  TIMESTAMP,
} from '../../../../src/schema/logical-types.js';
import { WAREHOUSES } from '../../../../src/warehouse/registry.js';
import { defaultConfig, loadedTable, planShipped, shippedQuery } from '../../../support/shipped/compile.js';

const dialect = WAREHOUSES.duckdb.dialect();

const event = { event_id: INT64, user_id: INT64, session_id: INT64, time: TIMESTAMP };
const users = loadedTable('users', ['user_id'], { user_id: INT64, email: STRING });
const migrations = loadedTable('user_migrations', ['from_user_id'], {
  from_user_id: INT64,
  to_user_id: INT64,
});
const sessions = loadedTable('sessions', ['event_id'], event);
const click = loadedTable('click', ['event_id'], { ...event, label: STRING });
const view = loadedTable('pageviews', ['event_id'], { ...event, path: STRING });
const ALL = [click, view, sessions, migrations, users];

function withShipped(change: Partial<ShippedConfig>): Config {
  const config = defaultConfig();
  return { ...config, models: { ...config.models, shipped: { ...config.models.shipped, ...change } } };
}

const names = (tables: readonly LoadedTable[], config?: Config): readonly string[] =>
  planShipped({ dialect, tables, ...(config === undefined ? {} : { config }) }).models.map(
    ({ model }) => model.name,
  );

const query = (tables: readonly LoadedTable[], name: string, definitions?: unknown): string =>
  shippedQuery(planShipped({ dialect, tables, definitions }), name);

describe('shipped models', () => {
  it('are one resolved relation for each table, and the three others', () => {
    expect([...names(ALL)].sort()).toEqual([
      'all_events',
      'click_resolved',
      'identity_map',
      'pageviews_resolved',
      'sessions_enriched',
      'sessions_resolved',
      'user_migrations_resolved',
      'users_resolved',
    ]);
  });

  it('stand in the resolved schema, a table under its own name', () => {
    const { models } = planShipped({ dialect, tables: ALL });
    expect(models.map(({ model }) => model.relation)).toContainEqual({
      schema: 'heap_resolved',
      name: 'users',
    });
    expect(new Set(models.map(({ model }) => model.relation.schema))).toEqual(new Set(['heap_resolved']));
  });

  it('are views, only the identity map is a table, unless told otherwise', () => {
    const kinds = (config: Config) =>
      Object.fromEntries(
        planShipped({ dialect, tables: ALL, config }).models.map(({ model }) => [
          model.name,
          model.config.materialized,
        ]),
      );
    expect(kinds(defaultConfig())).toMatchObject({
      identity_map: 'table',
      users_resolved: 'view',
      all_events: 'view',
    });
    const config = withShipped({
      resolved: { enabled: true, materialized: 'table' },
      sessions: { enabled: true, materialized: 'table' },
      identityMap: { enabled: true, materialized: 'view' },
    });
    expect(kinds(config)).toMatchObject({
      identity_map: 'view',
      users_resolved: 'table',
      all_events: 'view',
      sessions_enriched: 'table',
    });
  });

  it('can each be switched off', () => {
    const off = { enabled: false, materialized: undefined };
    expect(names(ALL, withShipped({ allEvents: { ...off, columns: [] } }))).not.toContain('all_events');
    expect(names(ALL, withShipped({ sessions: off }))).not.toContain('sessions_enriched');
    expect([...names(ALL, withShipped({ resolved: off }))].sort()).toEqual(['all_events', 'identity_map']);
    const config = withShipped({ identityMap: off });
    expect(names(ALL, config)).not.toContain('identity_map');
    const unresolved = shippedQuery(planShipped({ dialect, tables: ALL, config }), 'click_resolved');
    expect(unresolved).not.toContain('identity_map');
    expect(unresolved).toContain('"user_id" AS "original_user_id"');
  });

  it('do without what is not loaded', () => {
    expect(names([])).toEqual([]);
    expect(names([users])).toEqual(['users_resolved']);
    expect([...names([view])].sort()).toEqual(['all_events', 'pageviews_resolved']);
    expect(names([sessions])).toEqual(['sessions_resolved']);
    expect([...names([sessions, click])]).toContain('sessions_enriched');
    expect(query([sessions, click], 'sessions_enriched')).not.toContain('session_pageviews');
  });

  it('know renamed tables by their name in the source', () => {
    const renamed = { ...users, name: 'people', sourceTables: ['users'] };
    expect(query([renamed, migrations], 'people_resolved')).toContain('merged_users');
    const other = { ...click, name: 'users', sourceTables: ['Click'] };
    expect(query([other, migrations], 'users_resolved')).not.toContain('merged_users');
  });

  it('leave a loaded table its name and take another', () => {
    const taken = loadedTable('all_events', ['event_id'], event);
    const { models } = planShipped({ dialect, tables: [...ALL, taken] });
    const relations = models.map(({ model }) => [model.name, model.relation.name]);
    expect(relations).toContainEqual(['all_events', 'heapload_all_events']);
    expect(relations).toContainEqual(['all_events_resolved', 'all_events']);
  });

  it('leave a delivered column its name and take another', () => {
    const own = loadedTable('click', ['event_id'], {
      ...event,
      original_user_id: STRING,
      Original_User_Id_: STRING,
    });
    expect(query([own, migrations], 'click_resolved')).toContain('AS "_original_user_id"');
  });

  it('write all ids as text as soon as one of them is text', () => {
    const text = loadedTable('click', ['event_id'], { ...event, user_id: STRING });
    const sql = query([text, view, migrations], 'pageviews_resolved');
    expect(sql).toContain('CAST(_heapload_staged."user_id" AS VARCHAR)');
  });

  it('say of a user_id that no id can be, and leave the table as it is', () => {
    const odd = loadedTable('click', ['event_id'], { ...event, user_id: FLOAT64 });
    const inputs = { config: defaultConfig(), dialect, tables: [odd, migrations], definitions: undefined };
    const { notes } = shippedModels(inputs);
    expect(notes).toEqual([{ table: 'click', message: expect.stringContaining('user_id') as string }]);
    expect(query([odd, migrations], 'click_resolved')).not.toContain('original_user_id');
  });
});

describe('all_events', () => {
  const columnsOf = (
    tables: readonly LoadedTable[],
    extra: readonly string[] = [],
    definitions?: unknown,
  ) => {
    const config = withShipped({ allEvents: { enabled: true, materialized: undefined, columns: extra } });
    const sql = shippedQuery(planShipped({ dialect, tables, config, definitions }), 'all_events');
    const [head = ''] = sql.split('FROM (');
    return [...head.matchAll(/AS "([^"]+)"/g)].map(([, name]) => name);
  };
  const base = ['event_table_name', 'event_id', 'user_id', 'session_id', 'time'];
  const added = ['original_user_id', '_heapload_dump_id'];

  it('has what all event tables share, and what is configured', () => {
    expect(columnsOf(ALL)).toEqual([...base, ...added]);
    expect(columnsOf([click])).toEqual([...base, 'label', ...added]);
    expect(columnsOf(ALL, ['path', 'PATH', 'nowhere'])).toEqual([...base, 'path', ...added]);
  });

  it('leaves out a shared column of types that do not agree, and makes text where it can', () => {
    const seats = (type: LogicalType, name: string) =>
      loadedTable(name, ['event_id'], { ...event, seats: type });
    expect(columnsOf([seats(INT64, 'a'), seats(JSON_TYPE, 'b')])).not.toContain('seats');
    const mixed = query([seats(INT64, 'a'), seats(BOOL, 'b')], 'all_events');
    expect(mixed).toContain('CAST(_heapload_staged."seats" AS VARCHAR) AS "seats"');
    const numbers = query([seats(INT64, 'a'), seats(FLOAT64, 'b')], 'all_events');
    expect(numbers).toContain('CAST(_heapload_staged."seats" AS DOUBLE) AS "seats"');
  });

  it('can have a defined property', () => {
    const definitions = [
      { property_name: 'Kind', type: 'event', cases: [], default_value: { type: 'field', value: 'label' } },
    ];
    expect(columnsOf(ALL, ['kind'], definitions)).toEqual([...base, 'kind', ...added]);
  });

  it('takes tables whose key names the user from their resolved relation', () => {
    const keyed = { ...click, keys: ['user_id', 'event_id'] };
    const sql = query([keyed, view, migrations], 'all_events');
    expect(sql).toContain('FROM "heap_resolved"."click" AS _heapload_staged');
    expect(sql).toContain('FROM "heap"."pageviews" AS _heapload_staged');
  });
});

describe('defined properties', () => {
  const define = (property_name: string, type: string, value = 'label') => ({
    property_name,
    type,
    cases: [],
    default_value: { type: 'field', value },
  });
  const notesOf = (definitions: readonly object[], tables = ALL) =>
    shippedModels({
      config: defaultConfig(),
      dialect,
      tables,
      definitions: { file: 'd.json', text: JSON.stringify(definitions) },
    }).notes.map(({ message }) => message);

  it('are columns of the relations of their type, in lower case', () => {
    const definitions = [define('Marketing Channel', 'event'), define('2nd tier', 'user', 'email')];
    expect(query(ALL, 'click_resolved', definitions)).toContain('AS "marketing_channel"');
    expect(query(ALL, 'sessions_resolved', definitions)).toContain('AS "marketing_channel"');
    expect(query(ALL, 'users_resolved', definitions)).toContain('AS "_2nd_tier"');
    expect(query(ALL, 'users_resolved', definitions)).not.toContain('marketing_channel');
    expect(query(ALL, 'user_migrations_resolved', definitions)).not.toContain('marketing_channel');
  });

  it('give way to a delivered column, and say so', () => {
    const sql = query(ALL, 'click_resolved', [define('Label', 'event', 'time')]);
    expect(sql.match(/AS "label"/gi)).toHaveLength(1);
    expect(notesOf([define('Label', 'event', 'time')])).toEqual([expect.stringMatching(/Label.*click/)]);
  });

  it.each([
    ['two names that become one column', [define('a b', 'event'), define('a_b', 'event')], /a_b/],
    ['a reserved name', [define('_heapload_x', 'event')], /reserved/],
    ['one that builds on another', [define('a', 'event'), define('b', 'event', 'a')], /builds on "a"/],
    ['one that builds on itself', [define('a', 'event', 'A')], /builds on "A"/],
  ])('leave out %s, and say so', (_what, definitions, message) => {
    expect(notesOf(definitions)).toEqual([expect.stringMatching(message)]);
  });

  it('can be switched off', () => {
    const config = withShipped({ definedProperties: { enabled: false } });
    const plan = planShipped({ dialect, tables: ALL, config, definitions: [define('kind', 'event')] });
    expect(shippedQuery(plan, 'click_resolved')).not.toContain('"kind"');
  });
});
