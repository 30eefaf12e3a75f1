import { missingObject, unsupported } from '../errors.js';
import { type Result, STATEMENT_TYPES, statusResult } from '../results.js';
import { engineName, quoteEngineName, showName } from '../sql/names.js';
import { splitAtCommas } from '../sql/rewrite.js';
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
import {
  checkClustering,
  keepComment,
  keepTraits,
  readColumn,
  tableColumns,
  tableOptions,
} from './table-definition.js';
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
  const { next: after, clusterBy } = tableOptions(work, end);
  const made =
    columns === undefined
      ? await queryBody(work, after)
      : `(${columns.map(({ written }) => written).join(', ')})`;
  checkClustering(work, clusterBy, columns ?? []);
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
  await keepTraits(work, place, transient, clusterBy);
  for (const column of columns ?? []) await keepComment(work, place, column);
  own(work, place);
  work.objects.add(placeKey(place), 'table');
  work.stages.forgetLoads(placeKey(place));
  return done(`Table ${shown} successfully created.`);
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
