import { invalidQuery } from './errors.js';
import { type Token, closing, findOutside, isSymbol, keyword, tokenize } from './lexer.js';
import { type Type, readType } from './types.js';

/** A statement of a script, or a loop over the rows of a query. */
export type ScriptStatement =
  | { readonly kind: 'statement'; readonly tokens: readonly Token[] }
  | {
      readonly kind: 'loop';
      readonly variable: string;
      readonly query: readonly Token[];
      readonly body: readonly ScriptStatement[];
    };

/** The statements of a text, in order. */
export function readScript(sql: string): readonly ScriptStatement[] {
  return block(tokenize(sql), 0, () => false).statements;
}

interface Block {
  readonly statements: readonly ScriptStatement[];
  /** Index of the token that ended it. */
  readonly next: number;
}

function block(tokens: readonly Token[], from: number, isEnd: (at: number) => boolean): Block {
  const statements: ScriptStatement[] = [];
  let at = from;
  while (at < tokens.length && !isEnd(at)) {
    if (isSymbol(tokens[at], ';')) at += 1;
    else if (keyword(tokens[at]) === 'FOR') {
      const { loop, next } = readLoop(tokens, at);
      statements.push(loop);
      at = next;
    } else {
      const end = findOutside(tokens, at, (token) => isSymbol(token, ';'));
      statements.push({ kind: 'statement', tokens: tokens.slice(at, end) });
      at = end;
    }
  }
  return { statements, next: at };
}

/** FOR name IN ( query ) DO statements END FOR */
function readLoop(tokens: readonly Token[], at: number): { loop: ScriptStatement; next: number } {
  const open = at + 3;
  if (keyword(tokens[at + 2]) !== 'IN' || !isSymbol(tokens[open], '('))
    throw invalidQuery('Syntax error: Expected IN and a query after FOR');
  const close = closing(tokens, open);
  if (keyword(tokens[close + 1]) !== 'DO') throw invalidQuery('Syntax error: Expected keyword DO');
  const { statements, next } = block(
    tokens,
    close + 2,
    (n) => keyword(tokens[n]) === 'END' && keyword(tokens[n + 1]) === 'FOR',
  );
  if (next >= tokens.length) throw invalidQuery('Syntax error: Expected END FOR');
  const variable = tokens[at + 1]?.text.toLowerCase() ?? '';
  return {
    loop: { kind: 'loop', variable, query: tokens.slice(open + 1, close), body: statements },
    next: next + 2,
  };
}

/** Throws where a script declares variables behind other statements. */
export function checkDeclarations(statements: readonly ScriptStatement[]): void {
  const isDeclaration = (statement: ScriptStatement | undefined): boolean =>
    statement?.kind === 'statement' && keyword(statement.tokens[0]) === 'DECLARE';
  const misplaced = statements.some(
    (statement, n) => n > 0 && isDeclaration(statement) && !isDeclaration(statements[n - 1]),
  );
  if (misplaced)
    throw invalidQuery('Variable declarations are allowed only at the start of a block or script');
}

export interface Declaration {
  /** In lower case. */
  readonly names: readonly string[];
  /** Undefined: that of the expression. */
  readonly type: Type | undefined;
  /** Empty: NULL. */
  readonly expression: readonly Token[];
}

/** DECLARE a, b TYPE [DEFAULT expression] */
export function readDeclaration(tokens: readonly Token[]): Declaration {
  const byDefault = findOutside(tokens, 1, (token) => keyword(token) === 'DEFAULT');
  const names: string[] = [];
  let at = 1;
  for (;;) {
    names.push(tokens[at]?.text.toLowerCase() ?? '');
    at += 1;
    if (!isSymbol(tokens[at], ',')) break;
    at += 1;
  }
  const type = at < byDefault ? readType(tokens, at).type : undefined;
  return { names, type, expression: tokens.slice(byDefault + 1) };
}
