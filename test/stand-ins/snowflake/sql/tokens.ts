import { SnowflakeError, placeOf, syntaxError } from '../errors.js';

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'bind' | 'stage' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** Words in upper case, as Snowflake folds them; names and strings without quotes, their escapes undone. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<quoted>"(?:[^"]|"")*")`,
    String.raw`(?<string>'(?:[^'\\]|''|\\[\s\S])*')`,
    String.raw`(?<dollars>\$\$[\s\S]*?\$\$)`,
    String.raw`(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`,
    String.raw`(?<bind>:\d+)`,
    String.raw`(?<stage>@(?:"(?:[^"]|"")*"|[^\s(),;"'])+)`,
    String.raw`(?<word>[A-Za-z_$][\w$]*)`,
    String.raw`(?<symbol>::|<>|!=|<=|>=|\|\||=>|[-+*/%=<>(),.;:[\]])`,
  ].join('|'),
  'y',
);

/** Throws a syntax error of Snowflake's at what is no token. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < sql.length) {
    PATTERN.lastIndex = offset;
    const groups = PATTERN.exec(sql)?.groups;
    if (groups === undefined) throw unreadable(sql, offset);
    const end = PATTERN.lastIndex;
    const token = readToken(groups, offset, end);
    if (token !== undefined) tokens.push(token);
    offset = end;
  }
  return tokens;
}

function readToken(
  groups: Readonly<Record<string, string | undefined>>,
  start: number,
  end: number,
): Token | undefined {
  const { quoted, string, dollars, word, number, bind, stage, symbol } = groups;
  if (quoted !== undefined) return { kind: 'quoted', text: unquote(quoted), start, end };
  if (string !== undefined) return { kind: 'string', text: unescape(string.slice(1, -1)), start, end };
  if (dollars !== undefined) return { kind: 'string', text: dollars.slice(2, -2), start, end };
  if (word !== undefined) return { kind: 'word', text: word.toUpperCase(), start, end };
  if (number !== undefined) return { kind: 'number', text: number, start, end };
  if (bind !== undefined) return { kind: 'bind', text: bind.slice(1), start, end };
  if (stage !== undefined) return { kind: 'stage', text: stage, start, end };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, start, end };
  return undefined;
}

function unreadable(sql: string, offset: number): SnowflakeError {
  const rest = sql.slice(offset, offset + 1);
  if (rest !== "'" && rest !== '"') return syntaxError(sql, offset, rest);
  const place = placeOf(sql, offset);
  const message = `SQL compilation error:\nparse error line ${place.line} at position ${place.pos} near '<EOF>'.`;
  return new SnowflakeError('001003', '42000', message, place);
}

/** A quoted name's own text. */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll('""', '"');
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
};

/** Snowflake's escapes in single quotes; a backslash before anything else is dropped. */
function unescape(inner: string): string {
  return inner.replace(
    /''|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([0-3]?[0-7]{1,2})|\\([\s\S])/g,
    (match: string, unicode?: string, hex?: string, octal?: string, other?: string) => {
      if (match === "''") return "'";
      if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return ESCAPES[other ?? ''] ?? other ?? '';
    },
  );
}
