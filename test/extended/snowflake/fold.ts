import { closing } from '../../stand-ins/snowflake/sql/rewrite.js';
import { type Token, tokenize } from '../../stand-ins/snowflake/sql/tokens.js';

/**
 * A statement as pieces that hold no query and no CASE inside another. sqlfluff takes many minutes for what is nested
 * five deep; each piece takes it moments. Nothing is left out: where a piece was stands another of its kind, so that a
 * query is read as a query, a CASE as an expression, and what is around them with them in their place.
 */
export function fold(sql: string): readonly string[] {
  const pieces: string[] = [];
  let rest = sql;
  for (;;) {
    const inner = innermost(tokenize(rest), !sql.startsWith('COPY'));
    if (inner === undefined) return [...pieces, rest];
    const { from, to, piece, instead } = inner;
    pieces.push(piece(rest.slice(from, to)));
    rest = `${rest.slice(0, from)}${instead}${rest.slice(to)}`;
  }
}

interface Inner {
  readonly from: number;
  readonly to: number;
  /** What stands there, as a statement. */
  readonly piece: (text: string) => string;
  readonly instead: string;
}

/** The last one to begin holds no other. The SELECT of a COPY is not a query and stays. */
function innermost(tokens: readonly Token[], queries: boolean): Inner | undefined {
  for (let at = tokens.length - 1; at >= 0; at -= 1) {
    const token = tokens[at];
    if (token?.kind === 'word' && token.text === 'CASE') {
      const end = tokens.slice(at).find(({ kind, text }) => kind === 'word' && text === 'END');
      if (end === undefined) return undefined;
      return { from: token.start, to: end.end, piece: (text) => `SELECT ${text}`, instead: '"FOLDED"' };
    }
    const close = queries ? queryEnd(tokens, at) : undefined;
    if (token !== undefined && close !== undefined) {
      return {
        from: token.start,
        to: close.end,
        piece: (text) => text.slice(1, -1).trim(),
        instead: '(SELECT 1)',
      };
    }
  }
  return undefined;
}

/** The parenthesis that closes the query which opens at `at`, unless that is a folded one. */
function queryEnd(tokens: readonly Token[], at: number): Token | undefined {
  const select = tokens[at + 1];
  if (tokens[at]?.text !== '(' || select?.kind !== 'word' || select.text !== 'SELECT') return undefined;
  const end = closing(tokens, at);
  return end === at + 3 ? undefined : tokens[end];
}
