import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterColumns } from '../../src/plan/clustering.js';
import type { Config } from '../../src/config/types.js';
import type { ModelPlan } from '../../src/models/plan.js';
import type { LoadedTable } from '../../src/models/types.js';
import { engineFor } from '../../src/render/engines.js';
import { printOperation } from '../../src/render/print.js';
import { stepOperations } from '../../src/render/statements.js';
import { DUMP_ID_COLUMN, FILE_KEY_COLUMN } from '../../src/schema/identifiers.js';
import { FLOAT64, INT64, JSON_TYPE, STRING, TIMESTAMP } from '../../src/schema/logical-types.js';
import type { Dialect } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { defaultConfig, loadedTable, planShipped } from '../support/shipped/compile.js';
import { statement } from '../support/shipped/statement.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

// As the other golden files: loaded tables first, so that a reader, or an analyser, knows their columns.
const DIALECTS: readonly Dialect[] = Object.values(WAREHOUSES).map((warehouse) => warehouse.dialect());

const utm = { utm_source: STRING, utm_medium: STRING, utm_campaign: STRING };
const event = { event_id: INT64, user_id: INT64, session_id: INT64, time: TIMESTAMP, ...utm };

const TABLES: readonly LoadedTable[] = [
  loadedTable('click', ['event_id'], { ...event, label: STRING, seats: INT64, seats__string: STRING }),
  loadedTable('form_sent', ['user_id', 'event_id'], { ...event, amount: FLOAT64, tags: JSON_TYPE }),
  loadedTable('pageviews', ['event_id'], { ...event, path: STRING, title: STRING }),
  loadedTable('sessions', ['event_id'], { ...event, landing_page: STRING }),
  loadedTable('user_migrations', ['from_user_id'], {
    from_user_id: INT64,
    to_user_id: INT64,
    time: TIMESTAMP,
  }),
  loadedTable('users', ['user_id'], {
    user_id: INT64,
    email: STRING,
    joindate: TIMESTAMP,
    last_modified: TIMESTAMP,
    seats: FLOAT64,
  }),
];

const clause = (property_name: string, operator: string, value?: string): object =>
  value === undefined ? { property_name, operator } : { property_name, operator, value };

const DEFINITIONS: readonly object[] = [
  {
    property_name: 'Marketing Channel',
    type: 'event',
    cases: [
      {
        value: { type: 'constant', value: "Paid 'n' found" },
        condition: {
          clauses: [clause('utm_medium', '=', 'cpc'), clause('utm_source', 'matches', 'goo*_100%')],
          clause_combinator: 'or',
        },
      },
      {
        value: { type: 'field', value: 'seats' },
        condition: {
          clauses: [
            clause('utm_source', 'isdef'),
            clause('utm_medium', '!=', 'email'),
            clause('label', 'notcontains', 'x'),
            clause('path', 'contains', '/pricing'),
            clause('title', 'notmatches', '*Home*'),
            clause('utm_campaign', 'notdef'),
          ],
          clause_combinator: 'and',
        },
      },
    ],
    default_value: { type: 'field', value: 'utm_source' },
  },
  {
    property_name: 'size',
    type: 'user',
    cases: [
      {
        value: { type: 'constant', value: 'five' },
        condition: { clauses: [clause('seats', '=', '5')], clause_combinator: 'and' },
      },
    ],
  },
];

const CASES: readonly {
  readonly name: string;
  readonly config: (config: Config) => Config;
  readonly tables: readonly LoadedTable[];
}[] = [
  { name: 'shipped-models', tables: TABLES, config: withColumns('path', 'marketing_channel') },
  {
    name: 'shipped-models-odd',
    tables: TABLES.map(oddOnes),
    config: (config) => ({ ...config, source: { ...config.source, layout: 'files' } }),
  },
];

/** Ids as text, users and merges under other keys. */
function oddOnes(table: LoadedTable): LoadedTable {
  if (table.name === 'user_migrations') return { ...table, keys: ['from_user_id', 'to_user_id'] };
  if (table.name === 'users') return { ...table, keys: ['email'] };
  if (table.name !== 'click') return table;
  const columns = table.columns.map((column) =>
    ['user_id', 'event_id'].includes(column.name) ? { ...column, type: STRING } : column,
  );
  return { ...table, columns };
}

function withColumns(...columns: readonly string[]): (config: Config) => Config {
  return (config) => {
    const { models } = config;
    const allEvents = { ...models.shipped.allEvents, columns };
    return { ...config, models: { ...models, shipped: { ...models.shipped, allEvents } } };
  };
}

describe.each(CASES)('golden SQL: $name', ({ name, tables, config }) => {
  it.each(DIALECTS)('$name', async (dialect) => {
    const configured = config(defaultConfig());
    const plan = planShipped({ dialect, config: configured, tables, definitions: DEFINITIONS });
    expect(plan.notes).toEqual([]);
    const text = [...tables.map((table) => tableText(table, configured, dialect)), ...modelTexts(plan)];
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(`${name}/${dialect.name}.sql`);
  });
});

describe.each(CASES)('golden SQL for DuckDB: $name', ({ name }) => {
  it('is executed there as it stands', async () => {
    const world = await World.create(duckdbTarget);
    const session = await world.connect();
    try {
      for (const schema of ['heap', 'heap_resolved']) await statement(session, `CREATE SCHEMA ${schema}`);
      const text = await readFile(path.join(import.meta.dirname, name, 'duckdb.sql'), 'utf8');
      const statements = text.split(/;\n/).filter((each) => each.replaceAll(/^--.*$/gm, '').trim() !== '');
      expect(statements.length).toBeGreaterThan(20);
      for (const each of statements) await statement(session, each);
    } finally {
      await session.close();
      await world.dispose();
    }
  });
});

function tableText({ name, keys, columns }: LoadedTable, config: Config, dialect: Dialect): string {
  const byFile = config.source.layout === 'files';
  const own = [DUMP_ID_COLUMN, ...(byFile ? [FILE_KEY_COLUMN] : [])].map((column) => ({
    name: column,
    type: column === DUMP_ID_COLUMN ? INT64 : STRING,
  }));
  const final = [...columns, ...own].map(({ name: column, type }) => ({
    name: column,
    type: type ?? STRING,
    origin: column,
  }));
  const { schema } = config.warehouse;
  const settings = { dialect, schema, runName: 'golden', version: '0' };
  const clustered = clusterColumns(dialect.capabilities, { name, columns: final, keys });
  const operations = stepOperations(
    {
      kind: 'create-table',
      table: { name, columns: final, clusterColumns: clustered, timeColumn: undefined },
    },
    engineFor(dialect, schema),
    settings,
  );
  return [`-- ---- loaded table ${name}`, ...operations.map(printOperation)].join('\n\n');
}

/** The lease is looked at before each; the golden files of loads show how. */
function modelTexts({ models, tests }: ModelPlan): readonly string[] {
  const built = models.map(({ title, operations }) => `-- ---- ${title}\n\n${operations.at(-1)?.sql ?? ''};`);
  const tested = tests.map(({ test, query }) => `-- ---- test ${test.name}\n\n${query};`);
  return [...built, ...tested];
}
