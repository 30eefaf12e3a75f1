import type { DuckDBType } from '@duckdb/node-api';
import { SnowflakeError, missingObject } from '../errors.js';
import type { RelationKind } from '../objects.js';
import { type Result, STATEMENT_TYPES, statusResult } from '../results.js';
import { showName } from '../sql/names.js';
import { rewrite } from '../sql/rewrite.js';
import {
  type Place,
  type Work,
  engineTable,
  expectEnd,
  expectWords,
  hasWords,
  mayIn,
  mayOn,
  nameAt,
  own,
  placeKey,
  placeOf,
  schemaExists,
  skipWords,
  surroundings,
} from './context.js';
import { requireWarehouse } from './query.js';

const done = (text: string): Result => statusResult(text, STATEMENT_TYPES.ddl);

/** CREATE VIEW. `at` is behind the word VIEW. */
export async function createView(work: Work, at: number, replaces: boolean): Promise<Result> {
  const { parts, next } = nameAt(work, at);
  const place = placeOf(work, parts, 'CREATE VIEW');
  const body = await queryBody(work, skipWords(work, next, 'COPY', 'GRANTS'));
  requireSchema(work, place);
  mayIn(work, 'CREATE VIEW', place);
  await work.session.lock(placeKey(place), work.signal);
  mustBe(work, 'view', place);
  if (work.objects.kindOf(placeKey(place)) === 'view') {
    if (!replaces) throw alreadyThere(placeKey(place));
    mayOn(work, 'OWNERSHIP', 'view', place);
  }
  await work.session.connection.run(`CREATE OR REPLACE VIEW ${engineTable(place)} ${body}`);
  own(work, place);
  work.objects.add(placeKey(place), 'view');
  return done(`View ${showName([place.name])} successfully created.`);
}

/** DROP VIEW [IF EXISTS]. */
export async function dropView(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  expectEnd(work, next);
  const place = placeOf(work, parts, 'DROP VIEW');
  await work.session.lock(placeKey(place), work.signal);
  mustBe(work, 'view', place);
  if (work.objects.kindOf(placeKey(place)) === undefined) {
    if (start === at) throw missingObject('View', placeKey(place));
    return done('Drop statement executed successfully (VIEW already dropped).');
  }
  mayOn(work, 'OWNERSHIP', 'view', place);
  await work.session.connection.run(`DROP VIEW ${engineTable(place)}`);
  work.objects.drop(placeKey(place));
  return done(`${showName([place.name])} successfully dropped.`);
}

/** No statement takes a view for a table, or the other way round. */
export function mustBe(work: Work, kind: RelationKind, place: Place): void {
  const found = work.objects.kindOf(placeKey(place));
  if (found === undefined || found === kind) return;
  const shown = showName([place.name]);
  const message = hasWords(work, 0, 'DROP')
    ? `Object found is of type '${found.toUpperCase()}', not specified type '${kind.toUpperCase()}'.`
    : `Object '${shown}' already exists as ${found.toUpperCase()}`;
  throw new SnowflakeError('002203', '42710', `SQL compilation error:\n${message}`);
}

/** `AS query`, with its columns in types that Snowflake has. */
export async function queryBody(work: Work, at: number): Promise<string> {
  requireWarehouse(work);
  const start = expectWords(work, at, 'AS');
  const query = rewrite(work.tokens.slice(start), surroundings(work));
  const reader = await work.session.connection.runAndReadAll(`SELECT * FROM (${query}) LIMIT 0`);
  const types = reader.columnTypes();
  const list = reader.columnNames().map((name, n) => {
    const column = `"${name.replaceAll('"', '""')}"`;
    return `CAST(${column} AS ${columnType(types[n])}) AS ${column}`;
  });
  return `AS SELECT ${list.join(', ')} FROM (${query})`;
}

/** Whole numbers are NUMBER there, however large. */
function columnType(type: DuckDBType | undefined): string {
  if (type?.alias === 'JSON') return 'JSON';
  const written = String(type);
  if (written === '"NULL"') return 'VARCHAR';
  return /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(written) ? 'DECIMAL(38,0)' : written;
}

export function requireSchema(work: Work, { database, schema }: Place): void {
  if (!schemaExists(work, database, schema)) {
    const message = `SQL compilation error:\nSchema '${showName([database, schema])}' does not exist or not authorized.`;
    throw new SnowflakeError('002003', '02000', message);
  }
}

export function alreadyThere(name: string): SnowflakeError {
  return new SnowflakeError('002002', '42710', `SQL compilation error:\nObject '${name}' already exists.`);
}
