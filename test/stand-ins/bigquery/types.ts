import { invalid, invalidQuery, unknownToStandIn } from './errors.js';
import { type Token, closing, isSymbol, keyword } from './lexer.js';

/** A column or value type; `repeated` is an ARRAY of it. */
export interface Type {
  readonly name: TypeName;
  readonly precision?: number;
  readonly scale?: number;
  readonly repeated?: boolean;
}

const NAMES = ['INT64', 'FLOAT64', 'BOOL', 'STRING', 'BYTES', 'TIMESTAMP', 'DATE', 'DATETIME'] as const;
const MORE = ['NUMERIC', 'BIGNUMERIC', 'JSON'] as const;
export type TypeName = (typeof NAMES)[number] | (typeof MORE)[number];

const KNOWN: ReadonlySet<string> = new Set([...NAMES, ...MORE]);

const ALIASES: Readonly<Record<string, TypeName>> = {
  INT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

/** The name of a type in SQL or in a schema of the REST API. */
export function typeNamed(name: string): TypeName | undefined {
  const upper = name.toUpperCase();
  return KNOWN.has(upper) ? (upper as TypeName) : ALIASES[upper];
}

/** Reads a type at `from`; gives it and the index after it. */
export function readType(tokens: readonly Token[], from: number): { type: Type; next: number } {
  if (keyword(tokens[from]) === 'ARRAY') {
    if (!isSymbol(tokens[from + 1], '<')) throw invalidQuery('Syntax error: Expected "<" after ARRAY');
    const { type, next } = readType(tokens, from + 2);
    if (!isSymbol(tokens[next], '>')) throw invalidQuery('Syntax error: Expected ">"');
    return { type: { ...type, repeated: true }, next: next + 1 };
  }
  const name = typeNamed(tokens[from]?.text ?? '');
  if (name === undefined) throw unknownToStandIn(`the type ${tokens[from]?.text ?? ''}`);
  if (!isSymbol(tokens[from + 1], '(')) return { type: { name }, next: from + 1 };
  const close = closing(tokens, from + 1);
  const numbers = tokens.slice(from + 2, close).filter((token) => token.kind === 'number');
  return { type: checked(name, numbers[0]?.text, numbers[1]?.text), next: close + 1 };
}

/** A type with its parameters, as texts; throws where the service would. */
export function checked(name: TypeName, precision?: string, scale?: string): Type {
  if (precision === undefined || (name !== 'NUMERIC' && name !== 'BIGNUMERIC')) return { name };
  const [p, s] = [Number(precision), Number(scale ?? 0)];
  const [whole, point] = name === 'NUMERIC' ? [29, 9] : [38, 38];
  if (s > point || p > s + whole || p < Math.max(s, 1)) {
    throw invalidQuery(`${name}(P, S) cannot have P = ${p}, S = ${s}`);
  }
  return { name, precision: p, scale: s };
}

/** The type in DuckDB. BIGNUMERIC reaches as far as its DECIMAL. */
export function duckType(type: Type): string {
  return type.repeated === true ? `${duckElement(type)}[]` : duckElement(type);
}

function duckElement({ name, precision, scale }: Type): string {
  switch (name) {
    case 'INT64':
      return 'BIGINT';
    case 'FLOAT64':
      return 'DOUBLE';
    case 'BOOL':
      return 'BOOLEAN';
    case 'STRING':
      return 'VARCHAR';
    case 'BYTES':
      return 'BLOB';
    case 'TIMESTAMP':
      return 'TIMESTAMPTZ';
    case 'DATETIME':
      return 'TIMESTAMP';
    case 'DATE':
    case 'JSON':
      return name;
    case 'NUMERIC':
      return `DECIMAL(${precision ?? 38}, ${scale ?? 9})`;
    case 'BIGNUMERIC':
      if ((precision ?? 38) > 38) throw unknownToStandIn(`BIGNUMERIC of ${precision ?? 0} digits`);
      return `DECIMAL(${precision ?? 38}, ${scale ?? 18})`;
    default:
      return name satisfies never;
  }
}

/** As INFORMATION_SCHEMA.COLUMNS has it in `data_type`. */
export function dataType({ name, precision, scale, repeated }: Type): string {
  const parameters =
    precision === undefined
      ? ''
      : scale === undefined || scale === 0
        ? `(${precision})`
        : `(${precision}, ${scale})`;
  return repeated === true ? `ARRAY<${name}${parameters}>` : `${name}${parameters}`;
}

/** A field of a schema of the REST API. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly precision?: string;
  readonly scale?: string;
}

const REST_NAMES: Partial<Record<TypeName, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

/** A column as the REST API describes it. */
export function fieldOf(name: string, type: Type, mode?: string): Field {
  const shown = type.repeated === true ? 'REPEATED' : mode;
  return {
    name,
    type: REST_NAMES[type.name] ?? type.name,
    ...(shown === undefined ? {} : { mode: shown }),
    ...(type.precision === undefined ? {} : { precision: String(type.precision) }),
    ...(type.scale === undefined || type.scale === 0 ? {} : { scale: String(type.scale) }),
  };
}

export function typeOfField(field: Field): Type {
  const name = typeNamed(field.type);
  if (name === undefined) throw invalid(`Invalid value for type: ${field.type} is not a valid value`);
  const type = checked(name, field.precision, field.scale);
  return field.mode === 'REPEATED' ? { ...type, repeated: true } : type;
}
