import type { DuckDBConnection } from '@duckdb/node-api';
import { duplicate, invalid, invalidQuery, notFound } from './errors.js';
import { identifier } from './quoting.js';
import { type Type, duckType } from './types.js';

export interface Column {
  readonly name: string;
  readonly type: Type;
  readonly mode?: string;
}

export interface TableRef {
  readonly dataset: string;
  readonly table: string;
}

export interface TableOptions {
  /** Day partitions of a column. */
  readonly partitionColumn?: string;
  readonly clusterColumns?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Table extends TableOptions {
  readonly ref: TableRef;
  readonly columns: readonly Column[];
  /** Set of a view: it has no rows of its own. */
  readonly isView?: true;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface Dataset {
  readonly id: string;
  readonly location: string;
  readonly createdAt: number;
  readonly expirationMs?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly tables: Map<string, Table>;
}

const MAX_COLUMNS = 10_000;

const MAX_COLUMN_NAME = 300;

const RESERVED = /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)/i;

/** Datasets and tables: what the REST API and INFORMATION_SCHEMA say of them; the rows are in DuckDB. */
export class Catalog {
  readonly project: string;
  readonly datasets = new Map<string, Dataset>();
  /** Grows with every change of a table's columns. */
  version = 0;

  constructor(project: string) {
    this.project = project;
  }

  dataset(id: string): Dataset {
    const dataset = this.datasets.get(id);
    if (dataset === undefined) throw notFound(`Dataset ${this.project}:${id}`);
    return dataset;
  }

  find(ref: TableRef): Table | undefined {
    const table = this.datasets.get(ref.dataset)?.tables.get(ref.table);
    return table?.expiresAt !== undefined && table.expiresAt <= Date.now() ? undefined : table;
  }

  table(ref: TableRef): Table {
    this.dataset(ref.dataset);
    const table = this.find(ref);
    if (table === undefined) throw notFound(`Table ${this.project}:${ref.dataset}.${ref.table}`);
    return table;
  }

  async createDataset(
    connection: DuckDBConnection,
    dataset: Pick<Dataset, 'id' | 'location' | 'labels' | 'expirationMs'>,
  ): Promise<Dataset> {
    if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset.id)) throw invalid(`Invalid dataset ID "${dataset.id}".`);
    if (this.datasets.has(dataset.id)) throw duplicate(`Dataset ${this.project}:${dataset.id}`);
    const made = { ...dataset, createdAt: Date.now(), tables: new Map<string, Table>() };
    this.datasets.set(dataset.id, made);
    this.version += 1;
    await connection.run(`CREATE SCHEMA ${identifier(dataset.id)}`);
    return made;
  }

  async dropDataset(connection: DuckDBConnection, id: string, withTables: boolean): Promise<void> {
    const dataset = this.dataset(id);
    if (!withTables && dataset.tables.size > 0) {
      const message = `Dataset ${this.project}:${id} is still in use`;
      throw Object.assign(invalid(message), { reason: 'resourceInUse' });
    }
    this.datasets.delete(id);
    this.version += 1;
    await connection.run(`DROP SCHEMA ${identifier(id)} CASCADE`);
  }

  /** `query`: what its rows are made from, in DuckDB's SQL. */
  async createTable(
    connection: DuckDBConnection,
    ref: TableRef,
    columns: readonly Column[],
    options: TableOptions,
    query?: string,
  ): Promise<Table> {
    const dataset = this.dataset(ref.dataset);
    checkColumns(columns);
    const table = { ref, columns, ...options, createdAt: Date.now(), modifiedAt: Date.now() };
    checkOptions(table);
    await connection.run(`CREATE OR REPLACE TABLE ${tableName(ref)} ${tableBody(columns, query)}`);
    dataset.tables.set(ref.table, table);
    this.version += 1;
    return table;
  }

  /** `query`: in DuckDB's SQL. */
  async createView(
    connection: DuckDBConnection,
    ref: TableRef,
    columns: readonly Column[],
    query: string,
  ): Promise<void> {
    checkColumns(columns);
    await connection.run(`CREATE OR REPLACE VIEW ${tableName(ref)} AS ${query}`);
    const view: Table = { ref, columns, isView: true, createdAt: Date.now(), modifiedAt: Date.now() };
    this.dataset(ref.dataset).tables.set(ref.table, view);
    this.version += 1;
  }

  async addColumns(connection: DuckDBConnection, ref: TableRef, added: readonly Column[]): Promise<void> {
    const table = this.table(ref);
    const columns = [...table.columns, ...added];
    checkColumns(columns);
    for (const { name, type } of added) {
      await connection.run(`ALTER TABLE ${tableName(ref)} ADD COLUMN ${identifier(name)} ${duckType(type)}`);
    }
    this.change(ref, { columns });
  }

  /** Changes what the catalog says of a table. */
  change(ref: TableRef, changes: Partial<Pick<Table, 'columns'> & TableOptions>): void {
    const table = this.table(ref);
    this.dataset(ref.dataset).tables.set(ref.table, { ...table, ...changes, modifiedAt: Date.now() });
    this.version += 1;
  }

  async dropTable(connection: DuckDBConnection, ref: TableRef): Promise<void> {
    const kind = this.table(ref).isView === true ? 'VIEW' : 'TABLE';
    await connection.run(`DROP ${kind} ${tableName(ref)}`);
    this.dataset(ref.dataset).tables.delete(ref.table);
    this.version += 1;
  }

  /** Puts back what the catalog said of a table before a job that was rolled back. */
  restore(ref: TableRef, table: Table | undefined): void {
    const { tables } = this.dataset(ref.dataset);
    if (table === undefined) tables.delete(ref.table);
    else tables.set(ref.table, table);
    this.version += 1;
  }
}

function tableBody(columns: readonly Column[], query: string | undefined): string {
  if (query !== undefined) {
    const list = columns.map(({ name, type }) => {
      const column = identifier(name);
      return `CAST(${column} AS ${duckType(type)}) AS ${column}`;
    });
    return `AS SELECT ${list.join(', ')} FROM (${query})`;
  }
  const list = columns.map(({ name, type }) => `${identifier(name)} ${duckType(type)}`);
  return `(${list.length === 0 ? 'bq_no_columns INTEGER' : list.join(', ')})`;
}

export function tableName(ref: TableRef): string {
  return `${identifier(ref.dataset)}.${identifier(ref.table)}`;
}

function checkColumns(columns: readonly Column[]): void {
  if (columns.length > MAX_COLUMNS) {
    throw invalid(`Too many columns: the table has ${columns.length}, the limit is ${MAX_COLUMNS}`);
  }
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (name === '' || name.length > MAX_COLUMN_NAME || RESERVED.test(name)) {
      throw invalid(`Invalid field name "${name}".`);
    }
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalidQuery(`Duplicate column name ${name} in CREATE TABLE statement`);
    seen.add(key);
  }
}

function checkOptions(table: Table): void {
  const { partitionColumn, clusterColumns = [] } = table;
  const typeOf = (name: string): string | undefined =>
    table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.type.name;
  if (
    partitionColumn !== undefined &&
    !['TIMESTAMP', 'DATE', 'DATETIME'].includes(typeOf(partitionColumn) ?? '')
  ) {
    throw invalidQuery(
      `PARTITION BY expression must be of a TIMESTAMP, DATE or DATETIME column: ${partitionColumn}`,
    );
  }
  if (clusterColumns.length > 4) throw invalidQuery('CLUSTER BY takes at most 4 columns');
  for (const name of clusterColumns) {
    const type = typeOf(name);
    if (type === undefined || ['FLOAT64', 'BYTES', 'JSON'].includes(type)) {
      throw invalidQuery(
        `CLUSTER BY expression must be of a groupable type: ${name} is ${type ?? 'unknown'}`,
      );
    }
  }
}
