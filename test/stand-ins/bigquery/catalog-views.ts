import type { Catalog, Table, TableRef } from './catalog.js';
import { unknownToStandIn } from './errors.js';
import { stringLiteral } from './quoting.js';
import { dataType } from './types.js';

type ViewColumns = readonly (readonly [string, 'STRING' | 'INT64'])[];

const TABLE_COLUMNS: ViewColumns = [
  ['table_catalog', 'STRING'],
  ['table_schema', 'STRING'],
  ['table_name', 'STRING'],
];

/** Columns of the views of INFORMATION_SCHEMA, those of theirs that are known here. */
export const CATALOG_VIEWS: Readonly<Record<string, ViewColumns>> = {
  SCHEMATA: [
    ['catalog_name', 'STRING'],
    ['schema_name', 'STRING'],
    ['location', 'STRING'],
  ],
  TABLES: [...TABLE_COLUMNS, ['table_type', 'STRING']],
  COLUMNS: [
    ...TABLE_COLUMNS,
    ['column_name', 'STRING'],
    ['ordinal_position', 'INT64'],
    ['is_nullable', 'STRING'],
    ['data_type', 'STRING'],
    ['is_partitioning_column', 'STRING'],
  ],
};

/** SQL of a view of INFORMATION_SCHEMA, of a dataset or of the project. */
export function catalogView(catalog: Catalog, dataset: string | undefined, view: string): string {
  if (view === 'SCHEMATA') return schemata(catalog);
  if (dataset === undefined) throw unknownToStandIn(`INFORMATION_SCHEMA.${view} without a dataset`);
  const tables = [...catalog.dataset(dataset).tables.values()].filter(
    ({ ref }) => catalog.find(ref) !== undefined,
  );
  if (view === 'COLUMNS') {
    const rows = tables.flatMap((table) => columnRows(catalog.project, table));
    return values('COLUMNS', rows);
  }
  if (view === 'TABLES') {
    const rows = tables.map(({ ref, isView }) => [
      ...names(catalog.project, ref),
      isView === true ? `'VIEW'` : `'BASE TABLE'`,
    ]);
    return values('TABLES', rows);
  }
  throw unknownToStandIn(`INFORMATION_SCHEMA.${view}`);
}

function schemata({ project, datasets }: Catalog): string {
  const rows = [...datasets.values()].map(({ id, location }) => [project, id, location].map(stringLiteral));
  return values('SCHEMATA', rows);
}

function names(project: string, ref: TableRef): readonly string[] {
  return [project, ref.dataset, ref.table].map(stringLiteral);
}

function columnRows(project: string, table: Table): readonly (readonly string[])[] {
  return table.columns.map(({ name, type, mode }, n) => [
    ...names(project, table.ref),
    stringLiteral(name),
    String(n + 1),
    mode === 'REQUIRED' ? `'NO'` : `'YES'`,
    stringLiteral(dataType(type)),
    table.partitionColumn === name ? `'YES'` : `'NO'`,
  ]);
}

function values(view: string, rows: readonly (readonly string[])[]): string {
  const names = (CATALOG_VIEWS[view] ?? []).map(([name]) => name);
  if (rows.length === 0)
    return `SELECT ${names.map((name) => `NULL::VARCHAR AS ${name}`).join(', ')} WHERE false`;
  const list = rows.map((row) => `(${row.join(', ')})`).join(', ');
  return `SELECT * FROM (VALUES ${list}) AS bq_view(${names.join(', ')})`;
}
