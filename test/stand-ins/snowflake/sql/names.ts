import type { Token } from './tokens.js';

/**
 * Names in the engine. It takes names that differ in case only for one; Snowflake does not. So a lower-case letter is
 * written as `^` and the letter in upper case, and `^` as `^0`: what was quoted with the wrong case is not found.
 */
export function engineName(name: string): string {
  return name.replace(/[a-z^]/g, (letter) => (letter === '^' ? '^0' : `^${letter.toUpperCase()}`));
}

export function quoteEngineName(name: string): string {
  return `"${engineName(name).replaceAll('"', '""')}"`;
}

/** Back from {@link engineName}. */
export function snowflakeName(name: string): string {
  return name.replace(/\^(.)/g, (_, letter: string) => (letter === '0' ? '^' : letter.toLowerCase()));
}

/** The same in the engine's SQL. */
export function snowflakeNameSql(column: string): string {
  return `CASE WHEN contains(${column}, '^') THEN array_to_string(list_transform(string_split(${column}, '^'), lambda part, place: CASE WHEN place = 1 THEN part WHEN part[1] = '0' THEN '^' || part[2:] ELSE lower(part[1]) || part[2:] END), '') ELSE ${column} END`;
}

/** A name as it was written: up to three parts, outermost first, and the place after it. */
export interface QualifiedName {
  readonly parts: readonly string[];
  readonly next: number;
}

/** Undefined when there is no name at `at`. */
export function readName(tokens: readonly Token[], at: number): QualifiedName | undefined {
  const parts: string[] = [];
  let next = at;
  for (;;) {
    const token = tokens[next];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') return undefined;
    parts.push(token.text);
    next += 1;
    const dot = tokens[next];
    if (dot?.kind !== 'symbol' || dot.text !== '.') return { parts, next };
    next += 1;
  }
}

/** As Snowflake shows names in messages. */
export function showName(parts: readonly string[]): string {
  return parts.map((part) => (/^[A-Z_][A-Z0-9_$]*$/.test(part) ? part : `"${part}"`)).join('.');
}
