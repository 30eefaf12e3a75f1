import { SnowflakeError, syntaxError, unsupported } from '../errors.js';
import { catalogView } from './catalog-names.js';
import { writeCall } from './functions.js';
import { KEYWORDS } from './keywords.js';
import { type Bind, bindConstant, stringConstant } from './literals.js';
import { quoteEngineName } from './names.js';
import type { Token } from './tokens.js';
import { readType } from './types.js';

/** What SQL can ask of its session. */
export interface SessionFacts {
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
}

/** What a text is rewritten with. */
export interface Surroundings {
  readonly sql: string;
  readonly binds: Readonly<Record<string, Bind>>;
  /** Microseconds since 1970. */
  readonly now: bigint;
  readonly session: SessionFacts;
  /** In a COPY: the SQL of a field of a file's row, and of what is known of the row itself. */
  readonly staged?: {
    readonly field: (name: string) => string;
    readonly words: Readonly<Record<string, string>>;
  };
}

/** Snowflake's expressions and queries as the engine's. Throws for words and functions it does not know. */
export function rewrite(tokens: readonly Token[], around: Surroundings): string {
  return new Rewriter(tokens, around).all();
}

class Rewriter {
  readonly #tokens: readonly Token[];
  readonly #around: Surroundings;
  readonly #written: string[] = [];
  #at = 0;
  /** Whether the last piece written is a value, to which `::` and `:` can be put. */
  #value = false;

  constructor(tokens: readonly Token[], around: Surroundings) {
    this.#tokens = tokens;
    this.#around = around;
  }

  all(): string {
    while (this.#at < this.#tokens.length) this.#one();
    return this.#written.join(' ');
  }

  #one(): void {
    const token = this.#next();
    switch (token.kind) {
      case 'string':
        this.#put(stringConstant(token.text));
        return;
      case 'number':
        this.#put(token.text);
        return;
      case 'bind':
        this.#put(this.#bind(token));
        return;
      case 'quoted':
        this.#name(token);
        return;
      case 'word':
        this.#word(token);
        return;
      case 'symbol':
        this.#symbol(token);
        return;
      case 'stage':
        throw unsupported('a stage in that place');
    }
  }

  #word(token: Token): void {
    const opens = this.#peek()?.text === '(' && this.#peek()?.kind === 'symbol';
    const word = token.text;
    if (opens && (word === 'CAST' || word === 'TRY_CAST')) {
      this.#put(this.#cast(word, this.#group()));
    } else if (word === 'VALUES') {
      this.#values();
    } else if (KEYWORDS.has(word) && !(opens && (word === 'LEFT' || word === 'RIGHT'))) {
      this.#put(word, word === 'NULL' || word === 'TRUE' || word === 'FALSE' || word === 'END');
    } else if (opens && this.#tokens[this.#at - 2]?.text !== 'AS') {
      this.#put(this.#call(word, [...this.#group(), ...this.#ignoredNulls()]));
    } else {
      this.#name(token);
    }
  }

  /** `IGNORE NULLS` behind a call; the engine has it inside. */
  #ignoredNulls(): readonly Token[] {
    const words = this.#tokens.slice(this.#at, this.#at + 2);
    if (words.map(({ text }) => text).join(' ') !== 'IGNORE NULLS') return [];
    this.#at += 2;
    return words;
  }

  #call(name: string, inner: readonly Token[]): string {
    const written = splitAtCommas(inner);
    const args =
      name === 'OBJECT_CONSTRUCT_KEEP_NULL' ? [] : written.map((part) => rewrite(part, this.#around));
    return writeCall({ name, args, written, around: this.#around });
  }

  #cast(word: string, inner: readonly Token[]): string {
    const as = lastAtTop(inner, 'AS');
    if (as < 0) throw syntaxError(this.#around.sql, inner[0]?.start ?? 0, word);
    const value = rewrite(inner.slice(0, as), this.#around);
    const type = readType(this.#around.sql, inner, as + 1);
    if (type.next !== inner.length) this.#unexpected(inner[type.next]);
    return castTo(value, type.engine, word);
  }

  /** Rows of constants; their columns are COLUMN1 and so on. */
  #values(): void {
    const before = this.#tokens[this.#at - 2];
    const standsAlone = before?.text === 'FROM' || before?.text === 'JOIN';
    const rows: string[] = [];
    let width: number;
    for (;;) {
      const parts = splitAtCommas(this.#group());
      for (const part of parts) this.#constantsOnly(part, standsAlone);
      width = parts.length;
      rows.push(`(${parts.map((part) => rewrite(part, this.#around)).join(', ')})`);
      if (this.#peek()?.text !== ',' || this.#tokens[this.#at + 1]?.text !== '(') break;
      this.#at += 1;
    }
    const names = Array.from({ length: width }, (_, place) => `"COLUMN${place + 1}"`);
    const values = `VALUES ${rows.join(', ')}`;
    this.#put(standsAlone ? `(${values}) AS "VALUES"(${names.join(', ')})` : values, false);
  }

  #constantsOnly(part: readonly Token[], alone: boolean): void {
    const wrong = part.find(
      (token, place) =>
        token.kind === 'quoted' ||
        (alone && token.kind === 'bind') ||
        (token.kind === 'word' && part[place + 1]?.text === '('),
    );
    if (wrong === undefined || this.#tokens.some((token) => token.text === 'MATCHED')) return;
    const text = this.#around.sql.slice(part[0]?.start ?? 0, part.at(-1)?.end ?? 0);
    throw new SnowflakeError(
      '002014',
      '22000',
      `SQL compilation error:\nInvalid expression [${text}] in VALUES clause`,
    );
  }

  #name(first: Token): void {
    const staged = this.#around.staged?.words[first.text];
    if (staged !== undefined) {
      this.#put(staged);
      return;
    }
    const parts = [first.text];
    let star = false;
    while (this.#peek()?.text === '.' && !star) {
      this.#at += 1;
      const part = this.#next();
      star = part.text === '*' && part.kind === 'symbol';
      if (!star && part.kind !== 'word' && part.kind !== 'quoted') this.#unexpected(part);
      if (!star) parts.push(part.text);
    }
    const view = catalogView(parts);
    this.#put(`${view ?? parts.map(quoteEngineName).join('.')}${star ? '.*' : ''}`, !star);
  }

  #symbol(token: Token): void {
    const { text } = token;
    if (text === '(') {
      this.#at -= 1;
      this.#put(`(${rewrite(this.#group(), this.#around)})`);
    } else if (text === '::') {
      this.#castBehind(token);
    } else if (text === ':') {
      this.#field(token);
    } else if (SYMBOLS.has(text)) {
      this.#put(text, false);
    } else {
      this.#unexpected(token);
    }
  }

  #castBehind(token: Token): void {
    const value = this.#value ? this.#written.pop() : undefined;
    if (value === undefined) throw syntaxError(this.#around.sql, token.start, '::');
    const type = readType(this.#around.sql, this.#tokens, this.#at);
    this.#at = type.next;
    this.#put(castTo(value, type.engine, 'CAST'));
  }

  /** `$1:"x"`, in a COPY alone. */
  #field(token: Token): void {
    const name = this.#next();
    const { staged } = this.#around;
    const row = this.#tokens[this.#at - 3];
    if (staged === undefined || row?.text !== '$1' || (name.kind !== 'quoted' && name.kind !== 'word')) {
      throw syntaxError(this.#around.sql, token.start, ':');
    }
    this.#written.pop();
    // Unlike a name of a column, a field's name keeps its case when it is not quoted.
    this.#put(
      staged.field(name.kind === 'quoted' ? name.text : this.#around.sql.slice(name.start, name.end)),
    );
  }

  #bind(token: Token): string {
    const bind = this.#around.binds[token.text];
    if (bind !== undefined) return bindConstant(bind);
    throw new SnowflakeError(
      '002049',
      '42601',
      `SQL compilation error:\nBind variable :${token.text} not set.`,
    );
  }

  #put(text: string, value = true): void {
    this.#written.push(text);
    this.#value = value;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw syntaxError(this.#around.sql, this.#around.sql.length, '<EOF>');
    this.#at += 1;
    return token;
  }

  /** What stands in the parentheses that open here. */
  #group(): readonly Token[] {
    const end = closing(this.#tokens, this.#at);
    if (end < 0) throw syntaxError(this.#around.sql, this.#around.sql.length, '<EOF>');
    const inner = this.#tokens.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inner;
  }

  #unexpected(token: Token | undefined): never {
    throw syntaxError(this.#around.sql, token?.start ?? this.#around.sql.length, token?.text ?? '<EOF>');
  }
}

const SYMBOLS: ReadonlySet<string> = new Set([
  ',',
  '*',
  '+',
  '-',
  // Of the engine it gives a double, of Snowflake a number with at least six digits behind the point.
  '/',
  '=',
  '<>',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '||',
  '.',
]);

function castTo(value: string, engine: string, word: string): string {
  if (engine === 'VARCHAR' && word === 'CAST') return `memory.sf.to_varchar(${value})`;
  return `${word}(${value} AS ${engine})`;
}

/** The place of the parenthesis that closes the one at `open`; -1 when there is none. */
export function closing(tokens: readonly Token[], open: number): number {
  if (tokens[open]?.kind !== 'symbol' || tokens[open].text !== '(') return -1;
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== 'symbol') continue;
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** Where one of the words stands outside parentheses, from `from` on; -1 when nowhere. */
export function atTop(tokens: readonly Token[], from: number, ...words: readonly string[]): number {
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'word' && words.includes(token.text)) return at;
    const end = closing(tokens, at);
    if (end > 0) at = end;
  }
  return -1;
}

function lastAtTop(tokens: readonly Token[], word: string): number {
  let last = -1;
  for (let at = atTop(tokens, 0, word); at >= 0; at = atTop(tokens, at + 1, word)) last = at;
  return last;
}

export function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  if (tokens.length === 0) return [];
  const parts: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const end = closing(tokens, at);
    if (end > 0) {
      parts.at(-1)?.push(...tokens.slice(at, end + 1));
      at = end;
    } else if (token.kind === 'symbol' && token.text === ',') {
      parts.push([]);
    } else {
      parts.at(-1)?.push(token);
    }
  }
  return parts;
}
