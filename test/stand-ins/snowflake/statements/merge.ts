import { SnowflakeError } from '../errors.js';
import { type Result, STATEMENT_TYPES, countsResult } from '../results.js';
import { atTop, rewrite } from '../sql/rewrite.js';
import type { Token } from '../sql/tokens.js';
import {
  type Work,
  engineTable,
  expectWords,
  hasWords,
  mayOn,
  nameAt,
  placeKey,
  placeOf,
  surroundings,
  unexpectedAt,
} from './context.js';
import { readAlias } from './dml.js';
import { requireWarehouse } from './query.js';

/** MERGE. A row of the target that several rows of the source would change is an error, unlike in the engine. */
export async function runMerge(work: Work): Promise<Result> {
  requireWarehouse(work);
  const name = nameAt(work, expectWords(work, 0, 'MERGE', 'INTO'));
  const place = placeOf(work, name.parts, 'MERGE');
  mayOn(work, 'UPDATE', 'table', place);
  mayOn(work, 'INSERT', 'table', place);
  await work.session.lock(placeKey(place), work.signal);
  const { alias, next } = readAlias(work, name.next, name.parts);
  const target = `${engineTable(place)} AS ${alias}`;
  const on = atTop(work.tokens, expectWords(work, next, 'USING'), 'ON');
  const when = atTop(work.tokens, on, 'WHEN');
  if (on < 0 || when < 0) throw unexpectedAt(work, work.tokens.length);
  const text = (tokens: readonly Token[]): string => rewrite(tokens, surroundings(work));
  const source = text(work.tokens.slice(next + 1, on));
  const condition = text(work.tokens.slice(on + 1, when));
  for (const and of matchedConditions(work, when)) {
    await refuseDuplicates(work, target, alias, source, [
      condition,
      ...(and.length === 0 ? [] : [text(and)]),
    ]);
  }
  const reader = await work.session.connection.runAndReadAll(
    `MERGE INTO ${target} USING ${source} ON ${condition} ${text(work.tokens.slice(when))} RETURNING merge_action`,
  );
  const actions = reader.getRows().map(([action]) => action);
  const count = (wanted: string): number => actions.filter((action) => action === wanted).length;
  const counts = { 'number of rows inserted': count('INSERT'), 'number of rows updated': count('UPDATE') };
  const deleted = hasDelete(work) ? { 'number of rows deleted': count('DELETE') } : {};
  return countsResult({ ...counts, ...deleted }, STATEMENT_TYPES.merge);
}

/** Of each WHEN MATCHED what stands behind its AND. */
function matchedConditions(work: Work, first: number): readonly (readonly Token[])[] {
  const conditions: (readonly Token[])[] = [];
  for (let at = first; at >= 0; at = atTop(work.tokens, at + 1, 'WHEN')) {
    const then = atTop(work.tokens, at, 'THEN');
    if (then < 0) throw unexpectedAt(work, work.tokens.length);
    if (hasWords(work, at, 'WHEN', 'MATCHED')) {
      conditions.push(hasWords(work, at + 2, 'AND') ? work.tokens.slice(at + 3, then) : []);
    }
  }
  return conditions;
}

async function refuseDuplicates(
  work: Work,
  target: string,
  alias: string,
  source: string,
  conditions: readonly string[],
): Promise<void> {
  const on = conditions.map((condition) => `(${condition})`).join(' AND ');
  const reader = await work.session.connection.runAndReadAll(
    `SELECT CAST(any_value(${alias}) AS VARCHAR) FROM ${target} JOIN ${source} ON ${on} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`,
  );
  const row = reader.getRows()[0]?.[0];
  if (row === undefined) return;
  const message = `Duplicate row detected during DML action\nRow Values: [${String(row)}]`;
  throw new SnowflakeError('100090', '42P18', message);
}

function hasDelete(work: Work): boolean {
  return work.tokens.some((_, at) => hasWords(work, at, 'THEN', 'DELETE'));
}
