import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalog, Column, TableOptions, TableRef } from './catalog.js';
import { duplicate, invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, closing, findOutside, isSymbol, keyword, splitOutside } from './lexer.js';
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

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  word(): string {
    const word = keyword(this.#tokens[this.#at]);
    this.#at += 1;
    return word;
  }

  /** Takes these keywords when they come next. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, n) => keyword(this.#tokens[this.#at + n]) === word)) return false;
    this.#at += words.length;
    return true;
  }

  must(...words: readonly string[]): void {
    if (!this.takes(...words)) {
      throw unknownToStandIn(
        `"${this.#tokens[this.#at]?.text ?? 'end'}" where it expects ${words.join(' ')}`,
      );
    }
  }

  done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The inside of a bracket that has to come next. */
  bracket(): readonly Token[] {
    const open = this.#at;
    if (!isSymbol(this.#tokens[open], '(')) throw invalidQuery('Syntax error: Expected "("');
    this.#at = closing(this.#tokens, open) + 1;
    return this.#tokens.slice(open + 1, this.#at - 1);
  }

  /** Tokens up to one of these keywords, or to the end. */
  until(...words: readonly string[]): readonly Token[] {
    const from = this.#at;
    this.#at = findOutside(this.#tokens, from, (token) => words.includes(keyword(token)));
    return this.#tokens.slice(from, this.#at);
  }

  rest(): readonly Token[] {
    return this.until();
  }

  path(): readonly string[] {
    const { parts, next } = readPath(this.#tokens, this.#at);
    this.#at = next;
    return parts;
  }
}

/** A path of names at an index. */
export function readPath(tokens: readonly Token[], at: number): { parts: readonly string[]; next: number } {
  const parts: string[] = [];
  let next = at;
  for (;;) {
    const token = tokens[next];
    if (token?.kind !== 'name' && token?.kind !== 'quoted')
      throw invalidQuery('Syntax error: Expected a name');
    parts.push(...(token.kind === 'quoted' && parts.length === 0 ? token.text.split('.') : [token.text]));
    next += 1;
    if (!isSymbol(tokens[next], '.')) return { parts, next };
    next += 1;
  }
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
  reader.must('TABLE');
  const ifNotExists = reader.takes('IF', 'NOT', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  const columns = columnsOf(reader.bracket());
  const options = await tableOptions(reader, context);
  catalog.dataset(ref.dataset);
  if (catalog.find(ref) !== undefined && !orReplace) {
    if (ifNotExists) return 'CREATE_TABLE';
    throw duplicate(`Table ${catalog.project}:${ref.dataset}.${ref.table}`);
  }
  await catalog.createTable(connection, ref, columns, options);
  return 'CREATE_TABLE';
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
  while (!reader.done()) {
    if (reader.takes('PARTITION', 'BY')) {
      options = { ...options, partitionColumn: partitionColumn(reader.until('CLUSTER', 'OPTIONS')) };
    } else if (reader.takes('CLUSTER', 'BY')) {
      const clusterColumns = splitOutside(reader.until('OPTIONS'), ',').map((part) => part[0]?.text ?? '');
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
  reader.must('TABLE');
  const ifExists = reader.takes('IF', 'EXISTS');
  const ref = tableRef(reader.path(), context);
  if (ifExists && catalog.find(ref) === undefined) return 'DROP_TABLE';
  await catalog.dropTable(connection, ref);
  return 'DROP_TABLE';
}
