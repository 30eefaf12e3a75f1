import { syntaxError, unsupported } from '../errors.js';
import type { Token } from './tokens.js';

export interface ReadType {
  /** The engine's type. */
  readonly engine: string;
  readonly next: number;
}

const PLAIN: Readonly<Record<string, string>> = {
  VARCHAR: 'VARCHAR',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  FLOAT: 'DOUBLE',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  BINARY: 'BLOB',
  DATE: 'DATE',
  VARIANT: 'JSON',
  INT: 'DECIMAL(38,0)',
  INTEGER: 'DECIMAL(38,0)',
  BIGINT: 'DECIMAL(38,0)',
};

/** Of fractional digits; the engine has a type for each of these, so that the catalog can say it again. */
const INSTANTS: Readonly<Record<string, string>> = {
  0: 'TIMESTAMP_S',
  3: 'TIMESTAMP_MS',
  6: 'TIMESTAMP',
  9: 'TIMESTAMP_NS',
};

/** Reads a type's name and numbers. Types without a counterpart in the engine are refused. */
export function readType(sql: string, tokens: readonly Token[], at: number): ReadType {
  const token = tokens[at];
  if (token?.kind !== 'word') throw syntaxError(sql, token?.start ?? sql.length, token?.text ?? '<EOF>');
  const { numbers, next } = readNumbers(sql, tokens, at + 1);
  const name = token.text;
  if (name === 'NUMBER' || name === 'DECIMAL' || name === 'NUMERIC') {
    const [precision = 38, scale = 0] = numbers;
    if (precision < 1 || precision > 38 || scale > precision) throw syntaxError(sql, token.start, name);
    return { engine: `DECIMAL(${precision},${scale})`, next };
  }
  if (name === 'TIMESTAMP_NTZ' || name === 'TIMESTAMP') {
    const engine = INSTANTS[numbers[0] ?? 9];
    if (engine === undefined) throw unsupported(`${name}(${numbers.join(',')})`);
    return { engine, next };
  }
  const engine = PLAIN[name];
  if (engine === undefined) throw unsupported(`the type ${name}`);
  if (numbers.length > 0) throw unsupported(`${name} with a length`);
  return { engine, next };
}

function readNumbers(
  sql: string,
  tokens: readonly Token[],
  at: number,
): { readonly numbers: readonly number[]; readonly next: number } {
  if (tokens[at]?.text !== '(' || tokens[at].kind !== 'symbol') return { numbers: [], next: at };
  const numbers: number[] = [];
  for (let next = at + 1; ; next += 2) {
    const number = tokens[next];
    const after = tokens[next + 1];
    if (number?.kind !== 'number')
      throw syntaxError(sql, number?.start ?? sql.length, number?.text ?? '<EOF>');
    numbers.push(Number(number.text));
    if (after?.text === ')') return { numbers, next: next + 2 };
    if (after?.text !== ',') throw syntaxError(sql, after?.start ?? sql.length, after?.text ?? '<EOF>');
  }
}
