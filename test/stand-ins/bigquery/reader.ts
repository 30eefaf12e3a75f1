import { invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, closing, findOutside, isSymbol, keyword } from './lexer.js';

/** Reads a statement from left to right. */
export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  word(): string {
    const word = keyword(this.#tokens[this.#at]);
    this.#at += 1;
    return word;
  }

  /** Takes these keywords when they come next. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, n) => keyword(this.#tokens[this.#at + n]) === word)) return false;
    this.#at += words.length;
    return true;
  }

  must(...words: readonly string[]): void {
    if (!this.takes(...words)) {
      throw unknownToStandIn(
        `"${this.#tokens[this.#at]?.text ?? 'end'}" where it expects ${words.join(' ')}`,
      );
    }
  }

  done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Whether this keyword comes next. */
  isAt(word: string): boolean {
    return keyword(this.#tokens[this.#at]) === word;
  }

  /** Whether a bracket comes next. */
  opens(): boolean {
    return isSymbol(this.#tokens[this.#at], '(');
  }

  /** The inside of a bracket that has to come next. */
  bracket(): readonly Token[] {
    const open = this.#at;
    if (!isSymbol(this.#tokens[open], '(')) throw invalidQuery('Syntax error: Expected "("');
    this.#at = closing(this.#tokens, open) + 1;
    return this.#tokens.slice(open + 1, this.#at - 1);
  }

  /** Tokens up to one of these keywords, or to the end. */
  until(...words: readonly string[]): readonly Token[] {
    const from = this.#at;
    this.#at = findOutside(this.#tokens, from, (token) => words.includes(keyword(token)));
    return this.#tokens.slice(from, this.#at);
  }

  rest(): readonly Token[] {
    return this.until();
  }

  path(): readonly string[] {
    const { parts, next } = readPath(this.#tokens, this.#at);
    this.#at = next;
    return parts;
  }
}

/** A path of names at an index. */
export function readPath(tokens: readonly Token[], at: number): { parts: readonly string[]; next: number } {
  const parts: string[] = [];
  let next = at;
  for (;;) {
    const token = tokens[next];
    if (token?.kind !== 'name' && token?.kind !== 'quoted')
      throw invalidQuery('Syntax error: Expected a name');
    parts.push(...(token.kind === 'quoted' && parts.length === 0 ? token.text.split('.') : [token.text]));
    next += 1;
    if (!isSymbol(tokens[next], '.')) return { parts, next };
    next += 1;
  }
}
