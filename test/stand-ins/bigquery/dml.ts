import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Catalog, Table, TableRef } from './catalog.js';
import { tableRef } from './ddl.js';
import { invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, findOutside, keyword } from './lexer.js';
import { TOO_MANY_SOURCES, translateMerge, translateUpdate } from './merge.js';
import { readPath } from './reader.js';
import { type Scope, identifier, translate } from './translate.js';

/** Rows a statement changed. */
export interface Changed {
  readonly inserted: bigint;
  readonly updated: bigint;
  readonly deleted: bigint;
}

export interface DmlContext {
  readonly catalog: Catalog;
  readonly connection: DuckDBConnection;
  readonly scope: Scope;
  readonly values: Readonly<Record<string, DuckDBValue>>;
  readonly defaultDataset: string | undefined;
}

const MAX_PARTITIONS = 4000;

/** The table that INSERT, UPDATE, DELETE, MERGE or TRUNCATE changes. */
export function dmlTarget(
  tokens: readonly Token[],
  context: Pick<DmlContext, 'catalog' | 'defaultDataset'>,
): TableRef {
  const skips = ['INTO', 'FROM', 'TABLE'].includes(keyword(tokens[1])) ? 2 : 1;
  return tableRef(readPath(tokens, skips).parts, context);
}

/** Carries out DML inside the connection's open transaction. */
export async function runDml(tokens: readonly Token[], context: DmlContext): Promise<Changed> {
  const table = context.catalog.table(dmlTarget(tokens, context));
  const { sql, check } = translated(tokens, context.scope);
  if (check !== undefined && (await rowsOf(check, context)).length > 0) throw invalidQuery(TOO_MANY_SOURCES);
  const verb = keyword(tokens[0]);
  const rows = await rowsOf(`${sql} RETURNING ${returning(verb, table)}`, context);
  checkPartitions(table, rows);
  const count = (action: string): bigint => BigInt(rows.filter((row) => row[0] === action).length);
  return { inserted: count('INSERT'), updated: count('UPDATE'), deleted: count('DELETE') };
}

function translated(tokens: readonly Token[], scope: Scope): { sql: string; check: string | undefined } {
  switch (keyword(tokens[0])) {
    case 'MERGE':
      return translateMerge(tokens, scope);
    case 'UPDATE':
      return translateUpdate(tokens, scope);
    case 'DELETE': {
      const where = findOutside(tokens, 0, (token) => keyword(token) === 'WHERE');
      if (where === tokens.length) throw invalidQuery('DELETE must have a WHERE clause');
      return { sql: translate(tokens, scope), check: undefined };
    }
    case 'INSERT':
      return { sql: translate(tokens, scope), check: undefined };
    case 'TRUNCATE':
      return { sql: `DELETE FROM ${translate(tokens.slice(2), scope)}`, check: undefined };
    default:
      throw unknownToStandIn(`the statement ${keyword(tokens[0])}`);
  }
}

function returning(verb: string, table: Table): string {
  const action = verb === 'MERGE' ? 'merge_action' : `'${verb === 'TRUNCATE' ? 'DELETE' : verb}'`;
  const { partitionColumn } = table;
  return partitionColumn === undefined
    ? action
    : `${action}, CAST(${identifier(partitionColumn)} AS DATE)::VARCHAR`;
}

function checkPartitions(table: Table, rows: readonly (readonly DuckDBValue[])[]): void {
  if (table.partitionColumn === undefined) return;
  const count = new Set(rows.map((row) => row[1])).size;
  if (count <= MAX_PARTITIONS) return;
  throw invalidQuery(
    `Too many partitions produced by query, allowed ${MAX_PARTITIONS}, query produces at least ${count} partitions`,
  );
}

async function rowsOf(sql: string, context: DmlContext): Promise<readonly (readonly DuckDBValue[])[]> {
  const reader = await context.connection.runAndReadAll(sql, used(sql, context.values));
  return reader.getRows();
}

/** The values of the parameters a text has; DuckDB takes no others. */
export function used(
  sql: string,
  values: Readonly<Record<string, DuckDBValue>>,
): Record<string, DuckDBValue> | undefined {
  const names = Object.keys(values).filter((name) => sql.includes(`CAST($${name} AS `));
  return names.length === 0
    ? undefined
    : Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
}
