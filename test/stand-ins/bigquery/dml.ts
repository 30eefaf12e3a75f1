import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { type Catalog, type Table, type TableRef, tableName } from './catalog.js';
import { tableRef } from './ddl.js';
import { invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, findOutside, keyword } from './lexer.js';
import { type Matched, TOO_MANY_SOURCES, translateMerge, translateUpdate } from './merge.js';
import { changedPartitions, checkTablePartitions, dayOf } from './partitions.js';
import { readPath } from './reader.js';
import type { Scope } from './scope.js';
import { translate } from './translate.js';

/** Rows a statement changed. */
export interface Changed {
  readonly inserted: bigint;
  readonly updated: bigint;
  readonly deleted: bigint;
  /** Of a table that has partitions, those that were changed. */
  readonly partitions: number;
}

export interface DmlContext {
  readonly catalog: Catalog;
  readonly connection: DuckDBConnection;
  readonly scope: Scope;
  readonly values: Readonly<Record<string, DuckDBValue>>;
  readonly defaultDataset: string | undefined;
}

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
  const { sql, matched } = translated(tokens, context.scope);
  const rowsFrom = matched === undefined ? [] : await matchedDays(matched, table, context);
  const verb = keyword(tokens[0]);
  const action = verb === 'MERGE' ? 'merge_action' : `'${verb === 'TRUNCATE' ? 'DELETE' : verb}'`;
  const day = dayOf(table);
  const rows = await rowsOf(`${sql} RETURNING ${action}${day === undefined ? '' : `, ${day}`}`, context);
  const count = (what: string): bigint => BigInt(rows.filter((row) => row[0] === what).length);
  const changed = { inserted: count('INSERT'), updated: count('UPDATE'), deleted: count('DELETE') };
  if (day === undefined) return { ...changed, partitions: 0 };
  const partitions = changedPartitions([...rowsFrom, ...rows.map((row) => row[1] ?? null)]);
  const [[total] = []] = await rowsOf(
    `SELECT count(DISTINCT COALESCE(${day}, '')) FROM ${tableName(table.ref)}`,
    context,
  );
  checkTablePartitions(Number(total));
  return { ...changed, partitions };
}

/** The days of the rows that will be changed. Throws when two rows of a source would change one of them. */
async function matchedDays(
  { from, alias }: Matched,
  table: Table,
  context: DmlContext,
): Promise<readonly DuckDBValue[]> {
  const check = `SELECT 1 ${from} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`;
  if ((await rowsOf(check, context)).length > 0) throw invalidQuery(TOO_MANY_SOURCES);
  const day = dayOf(table, alias);
  if (day === undefined) return [];
  return (await rowsOf(`SELECT DISTINCT ${day} ${from}`, context)).map((row) => row[0] ?? null);
}

interface Translated {
  readonly sql: string;
  readonly matched: Matched | undefined;
}

function translated(tokens: readonly Token[], scope: Scope): Translated {
  switch (keyword(tokens[0])) {
    case 'MERGE':
      return translateMerge(tokens, scope);
    case 'UPDATE':
      return translateUpdate(tokens, scope);
    case 'DELETE': {
      const where = findOutside(tokens, 0, (token) => keyword(token) === 'WHERE');
      if (where === tokens.length) throw invalidQuery('DELETE must have a WHERE clause');
      return { sql: translate(tokens, scope), matched: undefined };
    }
    case 'INSERT':
      return { sql: translate(tokens, scope), matched: undefined };
    case 'TRUNCATE':
      return { sql: `DELETE FROM ${translate(tokens.slice(2), scope)}`, matched: undefined };
    default:
      throw unknownToStandIn(`the statement ${keyword(tokens[0])}`);
  }
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
