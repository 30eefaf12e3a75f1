import { unknownToStandIn } from './errors.js';
import { RENAMED, SAFE_TIMES, SAME, capturesIn, timeFormat, truncated } from './functions.js';
import { type Token, closing, findOutside, isSymbol, keyword, splitOutside } from './lexer.js';
import { identifier, stringLiteral } from './quoting.js';
import { type Scope, parameter, systemVariable, variableText } from './scope.js';
import { duckType, readType, typeNamed } from './types.js';

/** GoogleSQL of an expression or a query, or of DML but MERGE, as DuckDB takes it. Throws for what it does not know. */
export function translate(tokens: readonly Token[], scope: Scope): string {
  let sql = '';
  for (let n = 0; n < tokens.length;) {
    const { text, next } = translateAt(tokens, n, scope);
    const apart = tokens[n]?.apart === true || /^[\w"']/.test(text);
    sql += sql !== '' && apart && !/[.(]$/.test(sql) ? ` ${text}` : text;
    n = next;
  }
  return sql;
}

interface Piece {
  readonly text: string;
  /** Index of the first token after it. */
  readonly next: number;
}

function translateAt(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const token = tokens[at];
  if (token === undefined) return { text: '', next: at + 1 };
  switch (token.kind) {
    case 'string':
      return { text: stringLiteral(token.text), next: at + 1 };
    case 'bytes':
      return { text: `from_hex('${Buffer.from(token.text, 'latin1').toString('hex')}')`, next: at + 1 };
    case 'number':
      // A number with a point is a float64 there and a decimal here.
      return { text: /^[0-9.]*\.[0-9.]*$/.test(token.text) ? `${token.text}e0` : token.text, next: at + 1 };
    case 'parameter':
      return { text: parameter(token.text, scope), next: at + 1 };
    case 'variable':
      return { text: systemVariable(token.text, scope), next: at + 1 };
    case 'symbol':
      return symbolAt(tokens, at);
    case 'quoted':
    case 'name':
      return nameAt(tokens, at, scope);
    default:
      return token.kind satisfies never;
  }
}

function symbolAt(tokens: readonly Token[], at: number): Piece {
  const text = tokens[at]?.text ?? '';
  const isExcept = text === '*' && keyword(tokens[at + 1]) === 'EXCEPT' && isSymbol(tokens[at + 2], '(');
  if (isExcept) return { text: '* EXCLUDE', next: at + 2 };
  if (/^[&|^~]$|^<<$|^>>$|^=>$|^->$/.test(text)) throw unknownToStandIn(`the operator ${text}`);
  return { text, next: at + 1 };
}

function nameAt(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const path = catalogPath(tokens, at, scope);
  if (path !== undefined) return path;
  const token = tokens[at];
  if (token === undefined || isSymbol(tokens[at - 1], '.')) return plainName(tokens, at);
  const name = keyword(token);
  if (name === 'SAFE' && isSymbol(tokens[at + 1], '.')) {
    return safeCall(tokens, at + 2, scope);
  }
  if (isSymbol(tokens[at + 1], '(') && token.kind === 'name') return parenthesised(tokens, at, scope);
  if (name === 'INTERVAL') return interval(tokens, at, scope);
  if (name === 'ARRAY' && isSymbol(tokens[at + 1], '<')) return typedArray(tokens, at, scope);
  const literal = tokens[at + 1]?.kind === 'string' ? typeNamed(name) : undefined;
  if (literal !== undefined) {
    return {
      text: `CAST(${stringLiteral(tokens[at + 1]?.text ?? '')} AS ${duckType({ name: literal })})`,
      next: at + 2,
    };
  }
  if (name === 'CURRENT_TIMESTAMP') return { text: 'now()', next: at + 1 };
  if (name === 'LIKE') return like(tokens, at, scope);
  if (name === 'DISTINCT' && /^(UNION|EXCEPT|INTERSECT)$/.test(keyword(tokens[at - 1])))
    return { text: '', next: at + 1 };
  return variableAt(tokens, at, scope) ?? plainName(tokens, at);
}

/** A variable of the script, or a column of a loop's variable. */
function variableAt(tokens: readonly Token[], at: number, scope: Scope): Piece | undefined {
  if (keyword(tokens[at - 1]) === 'AS') return undefined;
  const length = isSymbol(tokens[at + 1], '.') ? 3 : 1;
  const name = tokens
    .slice(at, at + length)
    .map(({ text }) => text.toLowerCase())
    .join('');
  const type = scope.variables.get(name);
  return type === undefined ? undefined : { text: variableText(name, type), next: at + length };
}

/** Its patterns have a backslash before what is meant literally, which DuckDB has to be told. */
function like(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const called = isSymbol(tokens[at + 2], '(') ? 2 : undefined;
  const open = isSymbol(tokens[at + 1], '(') ? 1 : called;
  const next = open === undefined ? at + 2 : closing(tokens, at + open) + 1;
  return { text: `LIKE ${translate(tokens.slice(at + 1, next), scope)} ESCAPE '\\'`, next };
}

function plainName(tokens: readonly Token[], at: number): Piece {
  const token = tokens[at];
  const text = token?.text ?? '';
  return { text: token?.kind === 'quoted' ? identifier(text) : text, next: at + 1 };
}

/** `dataset.INFORMATION_SCHEMA.VIEW`, and a project in front of a table. */
function catalogPath(tokens: readonly Token[], at: number, scope: Scope): Piece | undefined {
  const parts: string[] = [];
  let n = at;
  for (; tokens[n]?.kind === 'name' || tokens[n]?.kind === 'quoted'; n += 2) {
    const { text, kind } = tokens[n] ?? { text: '', kind: 'name' };
    parts.push(...(kind === 'quoted' && n === at ? text.split('.') : [text]));
    if (!isSymbol(tokens[n + 1], '.')) {
      n += 1;
      break;
    }
  }
  if (parts[0] === scope.project && parts.length >= 3) parts.shift();
  else if (!parts.some((part) => part.toUpperCase() === 'INFORMATION_SCHEMA')) return undefined;
  const place = parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (place < 0) return { text: parts.map(identifier).join('.'), next: n };
  const view = parts[place + 1] ?? '';
  return { text: `(${scope.catalogView(parts[place - 1], view.toUpperCase())})`, next: n };
}

const NOT_FUNCTIONS: ReadonlySet<string> = new Set(
  `SELECT FROM WHERE AND OR NOT IN ON USING VALUES INTO SET AS BY OVER WHEN THEN ELSE CASE END JOIN EXISTS HAVING
   QUALIFY LIMIT UNION ALL RECURSIVE LIKE IGNORE NULLS DISTINCT EXCLUDE REPLACE INSERT EXCEPT BETWEEN PARTITION ORDER WITH FILTER`.split(
    /\s+/,
  ),
);

function parenthesised(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const name = keyword(tokens[at]);
  if (name === 'UNNEST') return unnest(tokens, at, scope);
  const isInsertColumns = keyword(tokens[at - 1]) === 'INTO';
  if (NOT_FUNCTIONS.has(name) || isInsertColumns || keyword(tokens[at - 1]) === 'AS')
    return plainName(tokens, at);
  // WITH name AS ( … ) and the column list of INSERT INTO a.name ( … ) have no call before their bracket.
  return callAt(tokens, at, scope);
}

function callAt(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const open = at + 1;
  const close = closing(tokens, open);
  const inside = tokens.slice(open + 1, close);
  const name = keyword(tokens[at]);
  const next = close + 1;
  const all = (): string => translate(inside, scope);
  const argument = (n: number): readonly Token[] => splitOutside(inside, ',')[n] ?? [];
  const one = (n: number): string => translate(argument(n), scope);
  switch (name) {
    case 'CAST':
    case 'SAFE_CAST':
      return { text: cast(name, inside, scope), next };
    case 'CURRENT_TIMESTAMP':
      return { text: 'now()', next };
    case 'CURRENT_DATE':
      return { text: 'current_date', next };
    case 'TIMESTAMP_TRUNC':
    case 'DATE_TRUNC':
      return { text: truncated(name, one(0), keyword(argument(1)[0])), next };
    case 'TIMESTAMP_DIFF':
    case 'DATE_DIFF':
      return { text: `date_diff('${keyword(argument(2)[0]).toLowerCase()}', ${one(1)}, ${one(0)})`, next };
    case 'REGEXP_EXTRACT':
      return { text: `bq_regexp_extract(${one(0)}, ${one(1)}, ${capturesIn(argument(1))})`, next };
    case 'FORMAT_TIMESTAMP':
      return { text: formatTimestamp(inside, scope), next };
    case 'FORMAT':
      return { text: formatDecimal(inside, scope), next };
    case 'ARRAY_AGG':
      return { text: arrayAgg(inside, scope), next };
    case 'ARRAY':
    case 'EXTRACT':
      return { text: `${name}(${all()})`, next };
    default: {
      const called = RENAMED[name] ?? (SAME.has(name) ? name : undefined);
      if (called === undefined) throw unknownToStandIn(`the function ${tokens[at]?.text ?? ''}`);
      return { text: `${called}(${all()})`, next };
    }
  }
}

/** SAFE.f(…): NULL where f would fail. */
function safeCall(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const name = keyword(tokens[at]);
  if (!SAFE_TIMES.has(name)) throw unknownToStandIn(`SAFE.${name}`);
  const close = closing(tokens, at + 1);
  const inside = translate(tokens.slice(at + 2, close), scope);
  return { text: `bq_safe_timestamp(TRY(bq_raw_${name.toLowerCase()}(${inside})))`, next: close + 1 };
}

function cast(name: string, inside: readonly Token[], scope: Scope): string {
  const as = findOutside(inside, 0, (token) => keyword(token) === 'AS');
  const value = translate(inside.slice(0, as), scope);
  const { type, next } = readType(inside, as + 1);
  if (next < inside.length) throw unknownToStandIn('CAST with FORMAT');
  if (type.name === 'STRING' && type.repeated !== true) return `bq_text(${value})`;
  if (name === 'CAST') return `CAST(${value} AS ${duckType(type)})`;
  if (type.name === 'INT64') return `bq_safe_int64(${value})`;
  if (type.name === 'TIMESTAMP') return `bq_safe_timestamp(${value})`;
  return `TRY_CAST(${value} AS ${duckType(type)})`;
}

function formatTimestamp(inside: readonly Token[], scope: Scope): string {
  const [format = [], value = [], zone] = splitOutside(inside, ',');
  const isUtc = zone === undefined || zone[0]?.text === 'UTC';
  const known = format[0]?.kind === 'string' ? timeFormat(format[0].text) : undefined;
  if (!isUtc || known === undefined) throw unknownToStandIn('this FORMAT_TIMESTAMP');
  const local = `((${translate(value, scope)}) AT TIME ZONE 'UTC')`;
  return `strftime(${local}, ${stringLiteral(known)})`;
}

/** FORMAT('%.*f', scale, decimal), whose digits are not to pass through a float. */
function formatDecimal(inside: readonly Token[], scope: Scope): string {
  const [format = [], scale = [], value = []] = splitOutside(inside, ',');
  if (format[0]?.text !== '%.*f' || scale[0]?.kind !== 'number') throw unknownToStandIn('this FORMAT');
  return `CAST(CAST(${translate(value, scope)} AS DECIMAL(38, ${scale[0].text})) AS VARCHAR)`;
}

function arrayAgg(inside: readonly Token[], scope: Scope): string {
  const ignore = findOutside(
    inside,
    0,
    (token, n) => keyword(token) === 'IGNORE' && keyword(inside[n + 1]) === 'NULLS',
  );
  if (ignore === inside.length) return `array_agg(${translate(inside, scope)})`;
  const rest = translate([...inside.slice(0, ignore), ...inside.slice(ignore + 2)], scope);
  return `list_filter(array_agg(${rest}), lambda bq_element: bq_element IS NOT NULL)`;
}

function interval(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const units = /^(MICROSECOND|MILLISECOND|SECOND|MINUTE|HOUR|DAY|MONTH|YEAR)$/;
  const unit = findOutside(tokens, at + 1, (token) => units.test(keyword(token)));
  const value = translate(tokens.slice(at + 1, unit), scope);
  return { text: `INTERVAL (${value}) ${keyword(tokens[unit])}`, next: unit + 1 };
}

function typedArray(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const { type, next } = readType(tokens, at);
  if (!isSymbol(tokens[next], '[')) return { text: duckType(type), next };
  const close = closing(tokens, next);
  const inside = translate(tokens.slice(next + 1, close), scope);
  return { text: `CAST([${inside}] AS ${duckType(type)})`, next: close + 1 };
}

/** `x IN UNNEST(a)`, and `FROM UNNEST(a) AS name`, where the name is that of the elements. */
function unnest(tokens: readonly Token[], at: number, scope: Scope): Piece {
  const close = closing(tokens, at + 1);
  const value = translate(tokens.slice(at + 2, close), scope);
  if (keyword(tokens[at - 1]) === 'IN') return { text: `(SELECT unnest(${value}))`, next: close + 1 };
  const hasAs = keyword(tokens[close + 1]) === 'AS';
  const alias = tokens[close + (hasAs ? 2 : 1)];
  const next = close + (hasAs ? 3 : 2);
  if (alias?.kind !== 'name' && alias?.kind !== 'quoted') throw unknownToStandIn('UNNEST without an alias');
  if (keyword(tokens[next]) === 'WITH') throw unknownToStandIn('UNNEST WITH OFFSET');
  return { text: `(SELECT unnest(${value}) AS ${identifier(alias.text)}) AS bq_unnest_${at}`, next };
}
