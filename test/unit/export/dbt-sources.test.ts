import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DBT_SOURCES_MARK, dbtSources } from '../../../src/export/dbt-sources.js';
import { INT64, STRING } from '../../../src/schema/logical-types.js';
import type { DialectName } from '../../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';
import { loadedTable, planShipped } from '../../support/shipped/compile.js';

const TABLES = [
  loadedTable('click', ['user_id', 'event_id'], { event_id: STRING, user_id: INT64, 'odd: "name"': STRING }),
  loadedTable('users', ['user_id'], { user_id: INT64, email: STRING }),
];

interface Exported {
  readonly sources: readonly {
    readonly name: string;
    readonly tables: readonly {
      readonly name: string;
      readonly identifier?: string;
      readonly config?: { readonly loaded_at_query: string };
      readonly data_tests?: readonly unknown[];
      readonly columns: readonly { readonly name: string; readonly data_tests?: readonly unknown[] }[];
    }[];
  }[];
}

function exported(name: DialectName): { readonly text: string; readonly file: Exported } {
  const dialect = WAREHOUSES[name].dialect();
  const built = planShipped({ dialect, tables: TABLES }).models.map(({ model }) => model);
  const text = dbtSources({ dialect, schema: 'heap', tables: TABLES, built });
  return { text, file: parse(text) as Exported };
}

describe('dbtSources', () => {
  it('describes loaded tables, and what is built of them, in a schema each', () => {
    const { text, file } = exported('duckdb');
    expect(text.startsWith(DBT_SOURCES_MARK)).toBe(true);
    expect(file.sources.map(({ name }) => name)).toEqual(['heap', 'heap_resolved']);
    expect(file.sources[0]?.tables.map(({ name }) => name)).toEqual(['click', 'users']);
    expect(file.sources[1]?.tables.map(({ name }) => name)).toContain('all_events');
  });

  it('tests keys: one column by itself, several together', () => {
    const [click, users] = exported('duckdb').file.sources[0]?.tables ?? [];
    expect(users?.columns.find(({ name }) => name === 'user_id')?.data_tests).toEqual(['unique', 'not_null']);
    expect(users?.data_tests).toBeUndefined();
    expect(click?.columns.find(({ name }) => name === 'event_id')?.data_tests).toEqual(['not_null']);
    const column_name = `CAST("user_id" AS VARCHAR) || ' ' || CAST("event_id" AS VARCHAR)`;
    expect(click?.data_tests).toEqual([{ unique: { arguments: { column_name } } }]);
  });

  it('takes freshness from the ledger, written as the warehouse writes names', () => {
    const query = (name: DialectName) => exported(name).file.sources[0]?.tables[1]?.config?.loaded_at_query;
    expect(query('duckdb')).toContain(`FROM "heap"."_heapload_loads" WHERE "table_name" = 'users'`);
    expect(query('bigquery')).toContain('FROM `heap`.`_heapload_loads`');
    expect(query('snowflake')).toContain('FROM "HEAP"."_HEAPLOAD_LOADS"');
  });

  it('names what is stored in upper case as it is stored', () => {
    const [click] = exported('snowflake').file.sources[0]?.tables ?? [];
    expect(click).toMatchObject({ name: 'click', identifier: 'CLICK' });
    expect(click?.columns.map(({ name }) => name)).toContain('ODD: "NAME"');
  });
});
