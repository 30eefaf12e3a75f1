import { missingObject, syntaxError, unsupported } from '../errors.js';
import { type Result, STATEMENT_TYPES, statusResult } from '../results.js';
import { stringConstant } from '../sql/literals.js';
import { engineName, quoteEngineName, showName } from '../sql/names.js';
import { closing, splitAtCommas } from '../sql/rewrite.js';
import type { Token } from '../sql/tokens.js';
import { readType } from '../sql/types.js';
import {
  type Place,
  type Work,
  engineTable,
  mayIn,
  mayOn,
  own,
  expectEnd,
  hasWords,
  nameAt,
  placeKey,
  placeOf,
  schemaExists,
  skipWords,
  tableExists,
  unexpectedAt,
} from './context.js';
import { alreadyThere, mustBe, queryBody, requireSchema } from './views.js';

const done = (text: string): Result => statusResult(text, STATEMENT_TYPES.ddl);

/** CREATE SCHEMA [IF NOT EXISTS]. The session is in it afterwards, as in Snowflake. */
export async function createSchema(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'NOT', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  expectEnd(work, next);
  const [schema = '', database = work.session.database] = [...parts].reverse();
  if (database === undefined || !work.hasDatabase(database)) throw missingObject('Database', database ?? '');
  if (schemaExists(work, database, schema)) {
    if (start === at) throw alreadyThere(schema);
    return done(`${schema} already exists, statement succeeded.`);
  }
  work.privileges.require(work.session.role, 'CREATE SCHEMA', 'database', [database]);
  await work.session.connection.run(`CREATE SCHEMA ${quoteEngineName(database)}.${quoteEngineName(schema)}`);
  work.objects.addSchema(database, schema);
  work.privileges.grant({ role: work.session.role ?? '', privilege: 'OWNERSHIP', on: [database, schema] });
  await work.session.use(database, schema);
  return done(`Schema ${schema} successfully created.`);
}

/** DROP SCHEMA [IF EXISTS] … [CASCADE], with the tables in it. */
export async function dropSchema(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  expectEnd(work, skipWords(work, next, 'CASCADE'));
  const [schema = '', database = work.session.database ?? ''] = [...parts].reverse();
  if (!schemaExists(work, database, schema)) {
    if (start === at) throw missingObject('Schema', schema);
    return done('Drop statement executed successfully (SCHEMA already dropped).');
  }
  work.privileges.require(work.session.role, 'OWNERSHIP', 'schema', [database, schema]);
  if (work.session.schema === schema) await work.session.use(database, undefined);
  await work.session.connection.run(
    `DROP SCHEMA ${quoteEngineName(database)}.${quoteEngineName(schema)} CASCADE`,
  );
  work.objects.dropSchema(database, schema);
  work.stages.dropSchema(database, schema);
  return done(`${schema} successfully dropped.`);
}

/** CREATE TABLE with columns. `at` is behind the word TABLE. */
export async function createTable(
  work: Work,
  at: number,
  { replaces, transient }: { readonly replaces: boolean; readonly transient: boolean },
): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'NOT', 'EXISTS');
  if (replaces && start !== at) throw unexpectedAt(work, at);
  const { parts, next } = nameAt(work, start);
  const place = placeOf(work, parts, 'CREATE TABLE');
  const { columns, end } = tableColumns(work, next);
  const after = tableOptions(work, end);
  const made =
    columns === undefined
      ? await queryBody(work, after)
      : `(${columns.map(({ written }) => written).join(', ')})`;
  requireSchema(work, place);
  mayIn(work, 'CREATE TABLE', place);
  await work.session.lock(placeKey(place), work.signal);
  const shown = showName([place.name]);
  mustBe(work, 'table', place);
  if (tableExists(work, place)) {
    if (replaces) mayOn(work, 'OWNERSHIP', 'table', place);
    if (start !== at) return done(`${shown} already exists, statement succeeded.`);
    if (!replaces) throw alreadyThere(placeKey(place));
  }
  const create = replaces ? 'CREATE OR REPLACE TABLE' : 'CREATE TABLE';
  await work.session.connection.run(`${create} ${engineTable(place)} ${made}`);
  if (transient) await work.session.connection.run(`COMMENT ON TABLE ${engineTable(place)} IS 'transient'`);
  for (const column of columns ?? []) await keepComment(work, place, column);
  own(work, place);
  work.objects.add(placeKey(place), 'table');
  work.stages.forgetLoads(placeKey(place));
  return done(`Table ${shown} successfully created.`);
}

interface ReadColumn {
  readonly name: string;
  /** In the engine's SQL, which has no comments there. */
  readonly written: string;
  readonly comment: string | undefined;
}

/** The columns of a table in parentheses; what is made from a query has none. */
function tableColumns(
  work: Work,
  at: number,
): { readonly columns: readonly ReadColumn[] | undefined; readonly end: number } {
  const end = closing(work.tokens, at);
  if (end < 0) return { columns: undefined, end: at };
  const columns = splitAtCommas(work.tokens.slice(at + 1, end)).map((column) => readColumn(work, column));
  return { columns, end: end + 1 };
}

function readColumn(work: Work, tokens: readonly Token[]): ReadColumn {
  const [name] = tokens;
  if (name?.kind !== 'word' && name?.kind !== 'quoted')
    throw syntaxError(work.sql, name?.start ?? work.sql.length, ',');
  const type = readType(work.sql, tokens, 1);
  const more = tokens[type.next];
  const written = `${quoteEngineName(name.text)} ${type.engine}`;
  if (more === undefined) return { name: name.text, written, comment: undefined };
  const text = tokens[type.next + 1];
  if (more.text !== 'COMMENT' || more.kind !== 'word') throw unsupported(`${more.text} of a column`);
  if (text?.kind !== 'string' || tokens.length > type.next + 2)
    throw syntaxError(work.sql, text?.start ?? more.end, text?.text ?? '<EOF>');
  return { name: name.text, written, comment: text.text };
}

async function keepComment(work: Work, place: Place, { name, comment }: ReadColumn): Promise<void> {
  if (comment === undefined) return;
  const column = `${engineTable(place)}.${quoteEngineName(name)}`;
  await work.session.connection.run(`COMMENT ON COLUMN ${column} IS ${stringConstant(comment)}`);
}

/** What may stand behind the columns; gives the place of the query, or the end. */
function tableOptions(work: Work, at: number): number {
  let next = at;
  while (next < work.tokens.length && !hasWords(work, next, 'AS')) {
    if (hasWords(work, next, 'CLUSTER', 'BY')) {
      const end = closing(work.tokens, next + 2);
      if (end < 0) throw unexpectedAt(work, next + 2);
      next = end + 1;
    } else if (hasWords(work, next, 'COPY', 'GRANTS')) {
      next += 2;
    } else if (hasWords(work, next, 'DATA_RETENTION_TIME_IN_DAYS', '=')) {
      if (work.tokens[next + 2]?.kind !== 'number') throw unexpectedAt(work, next + 2);
      next += 3;
    } else if (hasWords(work, next, 'COMMENT', '=')) {
      if (work.tokens[next + 2]?.kind !== 'string') throw unexpectedAt(work, next + 2);
      next += 3;
    } else {
      throw unexpectedAt(work, next);
    }
  }
  return next;
}

/** ALTER TABLE … ADD COLUMN [IF NOT EXISTS] of one column. */
export async function alterTable(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  const place = placeOf(work, parts, 'ALTER TABLE');
  if (!hasWords(work, next, 'ADD')) throw unsupported('ALTER TABLE but to add a column');
  const column = skipWords(work, next + 1, 'COLUMN');
  const definition = skipWords(work, column, 'IF', 'NOT', 'EXISTS');
  const rest = work.tokens.slice(definition);
  if (splitAtCommas(rest).length !== 1) throw unsupported('several columns in one ALTER TABLE');
  const added = readColumn(work, rest);
  await work.session.lock(placeKey(place), work.signal);
  if (!tableExists(work, place)) throw missingObject('Table', placeKey(place));
  mayOn(work, 'OWNERSHIP', 'table', place);
  // A column that is there keeps its comment too.
  if (definition !== column && (await columnExists(work, place, added.name)))
    return done('Statement executed successfully.');
  await work.session.connection.run(`ALTER TABLE ${engineTable(place)} ADD COLUMN ${added.written}`);
  await keepComment(work, place, added);
  return done('Statement executed successfully.');
}

async function columnExists(work: Work, place: Place, name: string): Promise<boolean> {
  const reader = await work.session.connection.runAndReadAll(`SELECT * FROM ${engineTable(place)} LIMIT 0`);
  return reader.columnNames().includes(engineName(name));
}

/** DROP TABLE [IF EXISTS]. */
export async function dropTable(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  expectEnd(work, next);
  const place = placeOf(work, parts, 'DROP TABLE');
  await work.session.lock(placeKey(place), work.signal);
  mustBe(work, 'table', place);
  if (!tableExists(work, place)) {
    if (start === at) throw missingObject('Table', placeKey(place));
    return done('Drop statement executed successfully (TABLE already dropped).');
  }
  mayOn(work, 'OWNERSHIP', 'table', place);
  await work.session.connection.run(`DROP TABLE ${engineTable(place)}`);
  work.objects.drop(placeKey(place));
  work.stages.forgetLoads(placeKey(place));
  return done(`${showName([place.name])} successfully dropped.`);
}
