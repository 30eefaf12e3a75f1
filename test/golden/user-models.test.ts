import { describe, expect, it } from 'vitest';
import { type Catalog, EMPTY_CATALOG, relationKey } from '../../src/models/catalog.js';
import { loadProject } from '../../src/models/load-project.js';
import { mergeStatements } from '../../src/models/materialize.js';
import { type ModelPlan, planModels } from '../../src/models/plan.js';
import { modelSections } from '../../src/models/preview.js';
import type { Project } from '../../src/models/project.js';
import { EVERYTHING } from '../../src/models/select.js';
import type { LoadedTable } from '../../src/models/types.js';
import { printOperation } from '../../src/render/print.js';
import { INT64, STRING, TIMESTAMP } from '../../src/schema/logical-types.js';
import type { Dialect } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { defaultConfig } from '../support/shipped/compile.js';

const TABLES: readonly LoadedTable[] = [
  {
    name: 'pageviews',
    sourceTables: ['pageviews'],
    keys: ['event_id'],
    columns: [
      { name: 'event_id', type: INT64 },
      { name: 'user_id', type: INT64 },
      { name: 'path', type: STRING },
      { name: 'time', type: TIMESTAMP },
    ],
  },
];

const file = (name: string, text: string): Project['models'][number] => ({
  file: name,
  name: /(\w+)\.\w+$/.exec(name)?.[1] ?? '',
  text,
});

const PROJECT: Project = {
  models: [
    file(
      'models/paths.sql',
      'SELECT DISTINCT path FROM {{source "pageviews"}} WHERE path <> {{literal "it\'s"}}',
    ),
    file(
      'models/readers.sql',
      '{{config materialized="table"}}\nSELECT user_id, count(*) AS views FROM {{source "pageviews"}} GROUP BY user_id',
    ),
    file(
      'models/recent.sql',
      '{{config materialized="incremental" unique_key="event_id,user_id"}}\nSELECT event_id, user_id, path FROM {{source "pageviews"}}\n{{#if incremental}}\nWHERE event_id > (SELECT max(event_id) FROM {{this}})\n{{/if}}',
    ),
  ],
  properties: [
    file(
      'models/all.yml',
      `models:
  - name: readers
    tests: [{ unique: { columns: [user_id, views] } }]
    columns:
      - name: user_id
        tests: [unique, { not_null: { where: views > 1 } }, { relationships: { to: source('pageviews'), field: user_id } }]
      - name: views
        tests: [{ accepted_values: { values: [1, 2] } }]
`,
    ),
  ],
  tests: [file('tests/few.sql', 'SELECT * FROM {{ref "readers"}} WHERE views > 100')],
};

/** `recent` is there from before; `readers` is a view, and is to be a table. */
function grown(schema: string): Catalog {
  const recent = { schema, name: 'recent' };
  const readers = { schema, name: 'readers' };
  const columns = ['event_id', 'user_id', 'path'].map((name) => ({ name, nativeType: 'X' }));
  return {
    schemas: new Set([schema]),
    relations: new Map([
      [relationKey(recent), { relation: recent, kind: 'table', columns }],
      [relationKey(readers), { relation: readers, kind: 'view', columns: [] }],
    ]),
  };
}

function print(dialect: Dialect): string {
  const config = { ...defaultConfig() };
  const off = { enabled: false, materialized: undefined };
  const shipped = {
    identityMap: off,
    resolved: off,
    allEvents: { ...off, columns: [] },
    sessions: off,
    definedProperties: off,
  };
  const configured = { ...config, models: { ...config.models, shipped } };
  const loaded = loadProject({
    config: configured,
    dialect,
    project: PROJECT,
    tables: TABLES,
    definitions: undefined,
  });
  const plan = (catalog: Catalog): ModelPlan =>
    planModels({
      config: configured,
      dialect,
      loaded,
      catalog,
      incomplete: new Map(),
      selection: EVERYTHING,
      want: { models: true, tests: true },
      fullRefresh: false,
    });
  const first = plan(EMPTY_CATALOG);
  const later = plan(grown(config.models.schema));
  const recent = later.models.find(({ model }) => model.name === 'recent');
  if (recent?.merge === undefined) throw new Error('recent is not merged');
  const wider = [...recent.merge.target.columns, { name: 'title', nativeType: dialect.columnType(STRING) }];
  const parts = [
    ['FIRST BUILD', sections(first)],
    ['LATER BUILD', sections(later)],
    [
      'MERGE OF A NEW COLUMN',
      mergeStatements(recent.model, recent.merge.target, wider, later.settings).map(printOperation),
    ],
    [
      'DATA TESTS',
      first.tests.flatMap(({ test, count, sample }) => [`-- ${test.name}`, `${count};`, `${sample ?? ''};`]),
    ],
  ] as const;
  return parts.map(([title, texts]) => `-- ==== ${title}\n\n${texts.join('\n\n')}\n`).join('\n');
}

function sections(plan: ModelPlan): readonly string[] {
  return modelSections(plan).flatMap(([heading, operations]) => [
    `-- ---- ${heading}`,
    ...operations.map(printOperation),
  ]);
}

describe('models of the user', () => {
  it.each(Object.values(WAREHOUSES).map((warehouse) => warehouse.dialect()))('$name', async (dialect) => {
    await expect(print(dialect)).toMatchFileSnapshot(`user-models/${dialect.name}.sql`);
  });
});
