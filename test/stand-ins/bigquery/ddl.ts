import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalog, Column, TableOptions, TableRef } from './catalog.js';
import { duplicate, invalid, invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, isSymbol, keyword, splitOutside } from './lexer.js';
import { Reader, readPath } from './reader.js';
import { resultSet } from './results.js';
import type { Scope } from './scope.js';
import { translate } from './translate.js';
import { readType } from './types.js';

/** What a DDL statement needs; `defaultDataset` and `location` are the job's. */
export interface DdlContext {
  readonly catalog: Catalog;
  readonly connection: DuckDBConnection;
  readonly scope: Scope;
  readonly defaultDataset: string | undefined;
  readonly location: string;
}

/** Carries out a statement that starts with CREATE, ALTER or DROP; gives its statement type. */
export async function runDdl(tokens: readonly Token[], context: DdlContext): Promise<string> {
  const reader = new Reader(tokens);
  const verb = reader.word();
  if (verb === 'CREATE') return await create(reader, context);
  if (verb === 'ALTER') return await alter(reader, context);
  if (verb === 'DROP') return await drop(reader, context);
  throw unknownToStandIn(`the statement ${verb}`);
}

export function tableRef(
  parts: readonly string[],
  context: Pick<DdlContext, 'catalog' | 'defaultDataset'>,
): TableRef {
  const [table = '', dataset = context.defaultDataset, project = context.catalog.project] =
    parts.toReversed();
  if (dataset === undefined || project !== context.catalog.project) {
    throw invalidQuery(`Table "${parts.join('.')}" must be qualified with a dataset (e.g. dataset.table).`);
  }
  return { dataset, table };
}

async function create(reader: Reader, context: DdlContext): Promise<string> {
  const { catalog, connection } = context;
  const orReplace = reader.takes('OR', 'REPLACE');
  if (reader.takes('SCHEMA')) return await createSchema(reader, context);
  if (reader.takes('VIEW')) return await createView(reader, orReplace, context);
  reader.must('TABLE');
  const ifNotExists = reader.takes('IF', 'NOT', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  const columns = reader.opens() ? columnsOf(reader.bracket()) : undefined;
  const options = await tableOptions(reader, context);
  const query = reader.takes('AS') ? reader.rest() : undefined;
  if ((columns === undefined) === (query === undefined)) throw unknownToStandIn('this CREATE TABLE');
  catalog.dataset(ref.dataset);
  const statementType = query === undefined ? 'CREATE_TABLE' : 'CREATE_TABLE_AS_SELECT';
  if (catalog.find(ref) !== undefined && !orReplace) {
    if (ifNotExists) return statementType;
    throw duplicate(`Table ${catalog.project}:${ref.dataset}.${ref.table}`);
  }
  mustBe('table', ref, catalog);
  const made = query === undefined ? undefined : await queried(query, context);
  await catalog.createTable(connection, ref, columns ?? made?.columns ?? [], options, made?.sql);
  return statementType;
}

async function createView(reader: Reader, orReplace: boolean, context: DdlContext): Promise<string> {
  const { catalog, connection } = context;
  const ifNotExists = reader.takes('IF', 'NOT', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  reader.must('AS');
  catalog.dataset(ref.dataset);
  if (catalog.find(ref) !== undefined && !orReplace) {
    if (ifNotExists) return 'CREATE_VIEW';
    throw duplicate(`Table ${catalog.project}:${ref.dataset}.${ref.table}`);
  }
  mustBe('view', ref, catalog);
  const { columns, sql } = await queried(reader.rest(), context);
  await catalog.createView(connection, ref, columns, sql);
  return 'CREATE_VIEW';
}

/** A query as DuckDB takes it, with the columns it gives. */
async function queried(
  tokens: readonly Token[],
  { connection, scope }: DdlContext,
): Promise<{ readonly columns: readonly Column[]; readonly sql: string }> {
  const sql = translate(tokens, scope);
  const { columns } = resultSet(await connection.runAndReadAll(`SELECT * FROM (${sql}) LIMIT 0`));
  return { columns, sql };
}

/** What is a table is not replaced or dropped as a view, nor the other way round. */
function mustBe(kind: 'table' | 'view', ref: TableRef, catalog: Catalog): void {
  const found = catalog.find(ref);
  if (found === undefined || (found.isView === true) === (kind === 'view')) return;
  const is = found.isView === true ? 'VIEW' : 'TABLE';
  const message = `${catalog.project}:${ref.dataset}.${ref.table} is not allowed for this operation because it is currently a ${is}.`;
  throw invalid(message);
}

async function createSchema(reader: Reader, context: DdlContext): Promise<string> {
  const { catalog, connection } = context;
  const ifNotExists = reader.takes('IF', 'NOT', 'EXISTS');
  const [id = ''] = reader.path().toReversed();
  const options = reader.takes('OPTIONS') ? optionsOf(reader.bracket()) : new Map<string, readonly Token[]>();
  if (!reader.done()) throw unknownToStandIn('this CREATE SCHEMA');
  if (catalog.datasets.has(id) && ifNotExists) return 'CREATE_SCHEMA';
  const location = options.get('location')?.[0]?.text ?? context.location;
  await catalog.createDataset(connection, { id, location });
  return 'CREATE_SCHEMA';
}

function columnsOf(inside: readonly Token[]): readonly Column[] {
  return splitOutside(inside, ',').map((tokens) => {
    const { parts, next } = readPath(tokens, 0);
    const { type, next: end } = readType(tokens, next);
    const required = keyword(tokens[end]) === 'NOT' && keyword(tokens[end + 1]) === 'NULL';
    if (end + (required ? 2 : 0) < tokens.length) throw unknownToStandIn('this column definition');
    const name = parts.join('.');
    return required ? { name, type, mode: 'REQUIRED' } : { name, type };
  });
}

async function tableOptions(reader: Reader, context: DdlContext): Promise<TableOptions> {
  let options: TableOptions = {};
  while (!reader.done() && !reader.isAt('AS')) {
    if (reader.takes('PARTITION', 'BY')) {
      options = { ...options, partitionColumn: partitionColumn(reader.until('CLUSTER', 'OPTIONS', 'AS')) };
    } else if (reader.takes('CLUSTER', 'BY')) {
      const clusterColumns = splitOutside(reader.until('OPTIONS', 'AS'), ',').map(
        (part) => part[0]?.text ?? '',
      );
      options = { ...options, clusterColumns };
    } else if (reader.takes('OPTIONS')) {
      options = { ...options, ...(await evaluated(optionsOf(reader.bracket()), context)) };
    } else throw unknownToStandIn('this CREATE TABLE');
  }
  return options;
}

/** `col`, `DATE(col)`, or `TIMESTAMP_TRUNC(col, DAY)`. */
function partitionColumn(tokens: readonly Token[]): string {
  const [first, open, column] = tokens;
  if (tokens.length === 1) return first?.text ?? '';
  const isDay =
    keyword(first) === 'DATE' || (keyword(first) === 'TIMESTAMP_TRUNC' && keyword(tokens[4]) === 'DAY');
  if (!isDay || !isSymbol(open, '(')) throw unknownToStandIn('this PARTITION BY');
  return column?.text ?? '';
}

function optionsOf(inside: readonly Token[]): ReadonlyMap<string, readonly Token[]> {
  return new Map(
    splitOutside(inside, ',').map((tokens) => {
      if (!isSymbol(tokens[1], '=')) throw invalidQuery('Syntax error: Expected "=" in OPTIONS');
      return [tokens[0]?.text.toLowerCase() ?? '', tokens.slice(2)];
    }),
  );
}

async function evaluated(
  options: ReadonlyMap<string, readonly Token[]>,
  { connection, scope }: DdlContext,
): Promise<TableOptions> {
  let result: TableOptions = {};
  for (const [name, tokens] of options) {
    if (name !== 'expiration_timestamp') throw unknownToStandIn(`the table option ${name}`);
    if (keyword(tokens[0]) === 'NULL') continue;
    const reader = await connection.runAndReadAll(`SELECT epoch_ms(${translate(tokens, scope)})`);
    result = { ...result, expiresAt: Number(reader.getRows()[0]?.[0]) };
  }
  return result;
}

async function alter(reader: Reader, context: DdlContext): Promise<string> {
  const { catalog, connection } = context;
  reader.must('TABLE');
  const ifExists = reader.takes('IF', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  if (ifExists && catalog.find(ref) === undefined) return 'ALTER_TABLE';
  if (reader.takes('SET', 'OPTIONS')) {
    catalog.change(ref, await evaluated(optionsOf(reader.bracket()), context));
    return 'ALTER_TABLE';
  }
  const known = new Set(catalog.table(ref).columns.map(({ name }) => name.toLowerCase()));
  const added: Column[] = [];
  for (const action of splitOutside(reader.rest(), ',')) {
    const part = new Reader(action);
    part.must('ADD', 'COLUMN');
    const ifNotExists = part.takes('IF', 'NOT', 'EXISTS');
    const [column] = columnsOf(part.rest());
    if (column === undefined) throw invalidQuery('Syntax error: Expected a column');
    if (known.has(column.name.toLowerCase())) {
      if (ifNotExists) continue;
      throw invalidQuery(`Column already exists: ${column.name}`);
    }
    known.add(column.name.toLowerCase());
    added.push(column);
  }
  await catalog.addColumns(connection, ref, added);
  return 'ALTER_TABLE';
}

async function drop(reader: Reader, context: DdlContext): Promise<string> {
  const { catalog, connection } = context;
  if (reader.takes('SCHEMA')) {
    const ifExists = reader.takes('IF', 'EXISTS');
    const [id = ''] = reader.path().toReversed();
    if (ifExists && !catalog.datasets.has(id)) return 'DROP_SCHEMA';
    await catalog.dropDataset(connection, id, reader.takes('CASCADE'));
    return 'DROP_SCHEMA';
  }
  const kind = reader.takes('VIEW') ? 'view' : 'table';
  if (kind === 'table') reader.must('TABLE');
  const ifExists = reader.takes('IF', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  const statementType = `DROP_${kind.toUpperCase()}`;
  if (ifExists && catalog.find(ref) === undefined) return statementType;
  mustBe(kind, ref, catalog);
  await catalog.dropTable(connection, ref);
  return statementType;
}
