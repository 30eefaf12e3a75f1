import { invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, closing, findOutside, isSymbol, keyword } from './lexer.js';
import { readPath } from './reader.js';
import type { Scope } from './scope.js';
import { translate } from './translate.js';

/** DML that pairs rows of a target with rows of a source. */
export interface Paired {
  /** Of the target, as DuckDB takes it. */
  readonly sql: string;
  /** The rows that will be changed with what changes them; undefined where none is changed by another. */
  readonly matched: Matched | undefined;
}

export interface Matched {
  /** `FROM … WHERE …` as DuckDB takes it. */
  readonly from: string;
  /** Of the target in it. */
  readonly alias: string;
}

export const TOO_MANY_SOURCES = 'UPDATE/MERGE must match at most one source row for each target row';

interface Aliased {
  readonly text: string;
  readonly alias: string;
  readonly next: number;
}

/** A table or a subquery with its alias. */
function aliased(tokens: readonly Token[], at: number, scope: Scope): Aliased {
  const isQuery = isSymbol(tokens[at], '(');
  const end = isQuery ? closing(tokens, at) + 1 : readPath(tokens, at).next;
  const text = translate(tokens.slice(at, end), scope);
  const hasAs = keyword(tokens[end]) === 'AS';
  const name = tokens[end + (hasAs ? 1 : 0)];
  const ends = ['USING', 'ON', 'SET', 'WHERE', 'FROM'];
  const isAlias =
    hasAs || ((name?.kind === 'name' || name?.kind === 'quoted') && !ends.includes(keyword(name)));
  if (!isAlias) return { text, alias: text.split('.').at(-1) ?? text, next: end };
  const alias = translate(name === undefined ? [] : [name], scope);
  return { text: `${text} AS ${alias}`, alias, next: end + (hasAs ? 2 : 1) };
}

/** MERGE; tokens start at the keyword. */
export function translateMerge(tokens: readonly Token[], scope: Scope): Paired {
  const target = aliased(tokens, keyword(tokens[1]) === 'INTO' ? 2 : 1, scope);
  if (keyword(tokens[target.next]) !== 'USING') throw invalidQuery('Syntax error: Expected keyword USING');
  const source = aliased(tokens, target.next + 1, scope);
  if (keyword(tokens[source.next]) !== 'ON') throw invalidQuery('Syntax error: Expected keyword ON');
  const whens = findOutside(tokens, source.next, (token) => keyword(token) === 'WHEN');
  const on = translate(tokens.slice(source.next + 1, whens), scope);
  const clauses = whenClauses(tokens.slice(whens));
  const body = clauses.map((clause) => translate(clause, scope)).join(' ');
  const conditions = clauses.flatMap((clause) => matchedCondition(clause, scope));
  const sql = `MERGE INTO ${target.text} USING ${source.text} ON ${on} ${body}`;
  const from = `FROM ${target.text} JOIN ${source.text} ON ${on} WHERE ${conditions.join(' OR ')}`;
  return { sql, matched: conditions.length === 0 ? undefined : { from, alias: target.alias } };
}

function whenClauses(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const starts: number[] = [];
  // WHEN of a CASE has a CASE before it that is still open.
  let cases = 0;
  findOutside(tokens, 0, (token, n) => {
    if (keyword(token) === 'CASE') cases += 1;
    if (keyword(token) === 'END') cases -= 1;
    if (keyword(token) === 'WHEN' && cases === 0) starts.push(n);
    if (keyword(token) === 'ROW') throw unknownToStandIn('INSERT ROW');
    return false;
  });
  return starts.map((start, n) => tokens.slice(start, starts[n + 1]));
}

/** When a row counts as changed by WHEN MATCHED. */
function matchedCondition(clause: readonly Token[], scope: Scope): readonly string[] {
  if (keyword(clause[1]) !== 'MATCHED') return [];
  if (keyword(clause[2]) === 'THEN') return ['TRUE'];
  let cases = 0;
  const then = findOutside(clause, 0, (token) => {
    if (keyword(token) === 'CASE') cases += 1;
    if (keyword(token) === 'END') cases -= 1;
    return keyword(token) === 'THEN' && cases === 0;
  });
  return [`(${translate(clause.slice(3, then), scope)})`];
}

/** UPDATE; tokens start at the keyword. */
export function translateUpdate(tokens: readonly Token[], scope: Scope): Paired {
  const target = aliased(tokens, 1, scope);
  const from = findOutside(tokens, target.next, (token) => keyword(token) === 'FROM');
  const where = findOutside(tokens, target.next, (token) => keyword(token) === 'WHERE');
  if (where === tokens.length) throw invalidQuery('UPDATE must have a WHERE clause');
  const sql = translate(tokens, scope);
  if (from > where) {
    const rows = `FROM ${target.text} WHERE ${translate(tokens.slice(where + 1), scope)}`;
    return { sql, matched: { from: rows, alias: target.alias } };
  }
  const source = translate(tokens.slice(from + 1, where), scope);
  const condition = translate(tokens.slice(where + 1), scope);
  return {
    sql,
    matched: { from: `FROM ${target.text}, ${source} WHERE ${condition}`, alias: target.alias },
  };
}
