import { invalidQuery } from './errors.js';

/**
 * A token of GoogleSQL. `text` is as written, but for names in backticks and for strings, where it is the value:
 * `name` unquoted, `quoted` in backticks, `string`, `bytes` (latin1), `number`, `parameter` @x, `variable` @@x, `symbol`.
 */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'string' | 'bytes' | 'number' | 'parameter' | 'variable' | 'symbol';
  readonly text: string;
  /** White space or a comment came before it. */
  readonly apart: boolean;
  /** Offsets in the text it was read from. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;
const SYMBOL = /<=>|<<|>>|<>|<=|>=|!=|\|\||=>|->|[-+*/%()[\]{},.;:<>=!&|^~?]/y;
const STRING_START = /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')/y;

/** Throws a {@link invalidQuery} where the text is no GoogleSQL. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let apart = false;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  const push = (kind: Token['kind'], text: string, length: number): void => {
    tokens.push({ kind, text, apart, start: at, end: at + length });
    at += length;
    apart = false;
  };
  while (at < sql.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      apart = true;
      continue;
    }
    const opening = match(STRING_START);
    if (opening !== undefined) {
      const { value, length } = readString(sql, at, opening);
      push(/b/i.test(opening) ? 'bytes' : 'string', value, length);
      continue;
    }
    if (sql[at] === '`') {
      const { value, length } = readString(sql, at, '`');
      push('quoted', value, length);
      continue;
    }
    const lead = sql.startsWith('@@', at) ? '@@' : sql[at] === '@' ? '@' : '';
    at += lead.length;
    const name = match(NAME);
    at -= lead.length;
    if (name !== undefined) {
      const kind = lead === '@@' ? 'variable' : lead === '@' ? 'parameter' : 'name';
      push(kind, name, lead.length + name.length);
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) push('number', number, number.length);
    else {
      const symbol = match(SYMBOL);
      if (symbol === undefined)
        throw invalidQuery(`Syntax error: Illegal input character "${sql[at] ?? ''}"`);
      push('symbol', symbol, symbol.length);
    }
  }
  return tokens;
}

function readString(sql: string, from: number, opening: string): { value: string; length: number } {
  const quote = opening.replace(/^[rRbB]+/, '');
  const raw = /r/i.test(opening.slice(0, -quote.length));
  let at = from + opening.length;
  let value = '';
  while (!sql.startsWith(quote, at)) {
    const character = sql[at];
    if (character === undefined || (quote.length === 1 && character === '\n')) {
      throw invalidQuery('Syntax error: Unclosed string literal');
    }
    if (character !== '\\') {
      value += character;
      at += 1;
    } else if (raw) {
      value += sql.slice(at, at + 2);
      at += 2;
    } else {
      const { text, length } = escape(sql, at + 1);
      value += text;
      at += 1 + length;
    }
  }
  return { value, length: at + quote.length - from };
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function escape(sql: string, at: number): { text: string; length: number } {
  const letter = sql[at] ?? '';
  const digits = { x: 2, X: 2, u: 4, U: 8 }[letter];
  if (digits !== undefined) {
    const code = Number.parseInt(sql.slice(at + 1, at + 1 + digits), 16);
    return { text: String.fromCodePoint(code), length: 1 + digits };
  }
  const octal = /^[0-7]{3}/.exec(sql.slice(at, at + 3))?.[0];
  if (octal !== undefined) return { text: String.fromCharCode(Number.parseInt(octal, 8)), length: 3 };
  const simple = SIMPLE[letter] ?? (/[\\?"'`]/.test(letter) ? letter : undefined);
  if (simple === undefined) throw invalidQuery(`Syntax error: Illegal escape sequence: \\${letter}`);
  return { text: simple, length: 1 };
}

/** Upper-case text of a name token, for comparing with keywords. */
export function keyword(token: Token | undefined): string {
  return token?.kind === 'name' ? token.text.toUpperCase() : '';
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}

/** Index of the token that closes the bracket at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let n = open; n < tokens.length; n += 1) {
    if (isSymbol(tokens[n], '(') || isSymbol(tokens[n], '[')) depth += 1;
    else if (isSymbol(tokens[n], ')') || isSymbol(tokens[n], ']')) depth -= 1;
    if (depth === 0) return n;
  }
  throw invalidQuery('Syntax error: Unexpected end of statement');
}

/** Index of the first token from `from` on, outside of brackets, that `test` accepts; the length when none does. */
export function findOutside(
  tokens: readonly Token[],
  from: number,
  test: (token: Token, index: number) => boolean,
): number {
  for (let n = from; n < tokens.length; n += 1) {
    const token = tokens[n];
    if (token === undefined) break;
    if (test(token, n)) return n;
    if (isSymbol(token, '(') || isSymbol(token, '[')) n = closing(tokens, n);
  }
  return tokens.length;
}

/** Splits at a symbol that stands outside of brackets. Nothing gives no parts. */
export function splitOutside(tokens: readonly Token[], symbol: string): readonly (readonly Token[])[] {
  const parts: (readonly Token[])[] = [];
  let from = 0;
  while (from < tokens.length) {
    const to = findOutside(tokens, from, (token) => isSymbol(token, symbol));
    parts.push(tokens.slice(from, to));
    from = to + 1;
  }
  return parts;
}
