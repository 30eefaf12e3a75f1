import { type Result, STATEMENT_TYPES, countsResult } from '../results.js';
import { atTop, rewrite } from '../sql/rewrite.js';
import { quoteEngineName } from '../sql/names.js';
import {
  type Work,
  engineTable,
  expectWords,
  mayOn,
  nameAt,
  placeKey,
  placeOf,
  skipWords,
  surroundings,
} from './context.js';
import { requireWarehouse } from './query.js';

/** INSERT INTO … SELECT or VALUES. It keeps nobody from the table. */
export async function runInsert(work: Work): Promise<Result> {
  requireWarehouse(work);
  const name = nameAt(work, expectWords(work, 0, 'INSERT', 'INTO'));
  const place = placeOf(work, name.parts, 'INSERT');
  mayOn(work, 'INSERT', 'table', place);
  const table = engineTable(place);
  const rest = rewrite(work.tokens.slice(name.next), surroundings(work));
  const rows = await change(work, `INSERT INTO ${table} ${rest}`);
  return countsResult({ 'number of rows inserted': rows }, STATEMENT_TYPES.insert);
}

export async function runUpdate(work: Work): Promise<Result> {
  requireWarehouse(work);
  const name = nameAt(work, expectWords(work, 0, 'UPDATE'));
  const place = placeOf(work, name.parts, 'UPDATE');
  mayOn(work, 'UPDATE', 'table', place);
  await work.session.lock(placeKey(place), work.signal);
  const { alias, next } = readAlias(work, name.next, name.parts);
  const target = `${engineTable(place)} AS ${alias}`;
  const set = rewrite(work.tokens.slice(expectWords(work, next, 'SET') - 1), surroundings(work));
  const joined = await multiplyJoined(work, target, alias, atTop(work.tokens, next, 'FROM'));
  const rows = await change(work, `UPDATE ${target} ${set}`);
  const counts = { 'number of rows updated': rows, 'number of multi-joined rows updated': joined };
  return countsResult(counts, STATEMENT_TYPES.update);
}

/** Rows of the target that several rows of the source match: Snowflake takes any of those, and counts it. */
async function multiplyJoined(work: Work, target: string, alias: string, from: number): Promise<number> {
  if (from < 0) return 0;
  const where = atTop(work.tokens, from, 'WHERE');
  const end = where < 0 ? work.tokens.length : where;
  const source = rewrite(work.tokens.slice(from + 1, end), surroundings(work));
  const condition = rewrite(work.tokens.slice(end), surroundings(work));
  const reader = await work.session.connection.runAndReadAll(
    `SELECT count(*) FROM (SELECT 1 FROM ${target}, ${source} ${condition} GROUP BY ${alias}.rowid HAVING count(*) > 1)`,
  );
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

export async function runDelete(work: Work): Promise<Result> {
  requireWarehouse(work);
  const name = nameAt(work, expectWords(work, 0, 'DELETE', 'FROM'));
  const place = placeOf(work, name.parts, 'DELETE');
  mayOn(work, 'DELETE', 'table', place);
  await work.session.lock(placeKey(place), work.signal);
  const rest = rewrite(work.tokens.slice(name.next), surroundings(work));
  const rows = await change(work, `DELETE FROM ${engineTable(place)} ${rest}`);
  return countsResult({ 'number of rows deleted': rows }, STATEMENT_TYPES.delete);
}

/** An alias behind a name, with or without AS; the name's last part without one. */
export function readAlias(
  work: Work,
  at: number,
  parts: readonly string[],
): { readonly alias: string; readonly next: number } {
  const after = skipWords(work, at, 'AS');
  const token = work.tokens[after];
  const isName =
    token?.kind === 'quoted' || (token?.kind === 'word' && !/^(USING|SET|ON|FROM|WHERE)$/.test(token.text));
  if (!isName) return { alias: quoteEngineName(parts.at(-1) ?? ''), next: after };
  return { alias: quoteEngineName(token.text), next: after + 1 };
}

/** Carries a change out; gives the number of rows. */
export async function change(work: Work, sql: string): Promise<number> {
  const result = await work.session.connection.run(sql);
  return result.rowsChanged;
}
