import { SnowflakeError, unsupported } from '../errors.js';
import { instantConstant, stringConstant } from './literals.js';
import type { Surroundings } from './rewrite.js';
import type { Token } from './tokens.js';

/** A call of a function: its arguments as the engine's SQL and as written. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly written: readonly (readonly Token[])[];
  readonly around: Surroundings;
}

type Writer = (call: Call) => string;

/** The SQL of a call. Functions that are not in the list are refused as Snowflake refuses those it does not have. */
export function writeCall(call: Call): string {
  const writer = FUNCTIONS[call.name];
  if (writer !== undefined) return writer(call);
  throw new SnowflakeError('002140', '42601', `SQL compilation error:\nUnknown function ${call.name}`);
}

const same = (engine: string, least: number, most: number): Writer => {
  return (call) => {
    countArguments(call, least, most);
    return `${engine}(${call.args.join(', ')})`;
  };
};

/** A macro of {@link MACROS}. */
const macro = (name: string, least: number, most = least): Writer => same(`memory.sf.${name}`, least, most);

const fact = (pick: (around: Surroundings) => string | undefined): Writer => {
  return (call) => {
    countArguments(call, 0, 0);
    const value = pick(call.around);
    return value === undefined ? 'NULL' : stringConstant(value);
  };
};

const FUNCTIONS: Readonly<Record<string, Writer>> = {
  COALESCE: same('coalesce', 2, 100),
  NVL: same('coalesce', 2, 2),
  IFNULL: same('coalesce', 2, 2),
  NULLIF: same('nullif', 2, 2),
  GREATEST: same('greatest', 1, 100),
  COUNT: same('count', 1, 1),
  SUM: same('sum', 1, 1),
  MIN: same('min', 1, 1),
  MAX: same('max', 1, 1),
  ROW_NUMBER: same('row_number', 0, 0),
  FIRST_VALUE: same('first_value', 1, 1),
  UPPER: same('upper', 1, 1),
  LOWER: same('lower', 1, 1),
  LENGTH: same('length', 1, 1),
  LEFT: same('left', 2, 2),
  RIGHT: same('right', 2, 2),
  SUBSTR: same('substr', 2, 3),
  RPAD: same('rpad', 3, 3),
  LPAD: same('lpad', 3, 3),
  REPLACE: same('replace', 3, 3),
  SPLIT_PART: same('split_part', 3, 3),
  CONTAINS: same('contains', 2, 2),
  STARTSWITH: same('starts_with', 2, 2),
  ENDSWITH: same('ends_with', 2, 2),
  REGEXP_LIKE: same('regexp_full_match', 2, 2),
  REGEXP_SUBSTR: regexpSubstr,
  IFF: ({ args: [condition = '', yes = '', no = ''] }) => `CASE WHEN ${condition} THEN ${yes} ELSE ${no} END`,
  BASE64_ENCODE: same('base64', 1, 1),
  TO_BINARY: toBinary,
  TO_NUMBER: macro('to_number', 1),
  TRY_TO_NUMBER: tryToNumber,
  TO_VARCHAR: toVarchar,
  TO_TIMESTAMP_NTZ: macro('epoch', 2),
  TRY_TO_TIMESTAMP_NTZ: ({ args: [text = ''], written }) =>
    `try_strptime(${text}, ${stringConstant(timeFormat(constant(written[1])))})`,
  TO_DATE: toDate,
  DATEADD: dateAdd,
  TIMESTAMPDIFF: timestampDiff,
  PARSE_JSON: macro('parse_json', 1),
  TO_VARIANT: macro('parse_json', 1),
  RANDOM: same('random', 0, 0),
  TO_JSON: macro('to_json', 1),
  OBJECT_CONSTRUCT_KEEP_NULL: objectConstruct,
  SYSDATE: ({ around }) => instantConstant(around.now),
  CURRENT_ROLE: fact((around) => around.session.role),
  CURRENT_USER: fact((around) => around.session.user),
  CURRENT_WAREHOUSE: fact((around) => around.session.warehouse),
  CURRENT_DATABASE: fact((around) => around.session.database),
  CURRENT_SCHEMA: fact((around) => around.session.schema),
  CURRENT_ACCOUNT: fact((around) => around.session.account),
  CURRENT_SESSION: fact((around) => around.session.id),
};

/** Made once in the engine; each is what a function of Snowflake's does and the engine's of like name does not. */
export const MACROS: readonly string[] = [
  `CREATE MACRO memory.sf.epoch(n, scale) AS make_timestamp(CAST(n AS BIGINT) * CASE scale WHEN 6 THEN 1 WHEN 3 THEN 1000 WHEN 0 THEN 1000000 END)`,
  `CREATE MACRO memory.sf.to_number(x) AS CAST(x AS DECIMAL(38,0))`,
  // Whole doubles have no fraction in Snowflake's text, and NaN has capitals.
  `CREATE MACRO memory.sf.to_varchar(x) AS CASE typeof(x) WHEN 'DOUBLE' THEN replace(regexp_replace(CAST(x AS VARCHAR), '\\.0$', ''), 'nan', 'NaN') WHEN 'JSON' THEN CASE WHEN json_valid(CAST(x AS VARCHAR)) AND json_type(CAST(x AS VARCHAR)) = 'VARCHAR' THEN json_extract_string(CAST(x AS VARCHAR), '$') ELSE CAST(x AS VARCHAR) END ELSE CAST(x AS VARCHAR) END`,
  // The engine takes more than one form of a date.
  `CREATE MACRO memory.sf.to_date(x) AS CASE WHEN x IS NULL OR regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN CAST(x AS DATE) ELSE CAST('Date ' || x || ' is not recognized' AS DATE) END`,
  `CREATE MACRO memory.sf.parse_json(x) AS CAST(CAST(x AS VARCHAR) AS JSON)`,
  `CREATE MACRO memory.sf.to_json(x) AS CAST(x AS VARCHAR)`,
];

function countArguments(call: Call, least: number, most: number): void {
  const count = call.args.length;
  if (count >= least && count <= most) return;
  const problem = count < least ? 'not enough' : 'too many';
  const message = `SQL compilation error:\n${problem} arguments for function [${call.name}], expected ${least}, got ${count}`;
  throw new SnowflakeError(count < least ? '000938' : '000939', '22023', message);
}

function constant(written: readonly Token[] | undefined): string {
  const [token, more] = written ?? [];
  if (token === undefined || more !== undefined || (token.kind !== 'string' && token.kind !== 'number')) {
    throw unsupported('anything but a constant in that place');
  }
  return token.text;
}

function regexpSubstr({ args, written }: Call): string {
  const [subject = '', pattern = ''] = args;
  const [, , position, occurrence, flags, group] = written;
  if (
    args.length !== 6 ||
    constant(position) !== '1' ||
    constant(occurrence) !== '1' ||
    constant(flags) !== 'e'
  ) {
    throw unsupported('REGEXP_SUBSTR but for the first match and a group of it');
  }
  const found = `regexp_extract(${subject}, ${pattern}, ${constant(group)})`;
  return `CASE WHEN regexp_matches(${subject}, ${pattern}) THEN ${found} END`;
}

function tryToNumber({ args: [text = ''], written }: Call): string {
  const precision = written[1] === undefined ? '38' : constant(written[1]);
  const scale = written[2] === undefined ? '0' : constant(written[2]);
  return `TRY_CAST(${text} AS DECIMAL(${precision},${scale}))`;
}

function toBinary({ args: [text = ''], written }: Call): string {
  const format = constant(written[1]).toUpperCase();
  if (format === 'BASE64') return `from_base64(${text})`;
  if (format === 'HEX') return `from_hex(${text})`;
  throw unsupported(`TO_BINARY from ${format}`);
}

function toVarchar(call: Call): string {
  const { args, written } = call;
  if (written[1] === undefined) return macro('to_varchar', 1)(call);
  return `strftime(${args[0] ?? ''}, ${stringConstant(timeFormat(constant(written[1])))})`;
}

const FORMAT_PARTS: Readonly<Record<string, string>> = {
  YYYY: '%Y',
  MM: '%m',
  DD: '%d',
  HH24: '%H',
  MI: '%M',
  SS: '%S',
  FF6: '%f',
};

/** Snowflake's format of a time as the engine's. */
function timeFormat(format: string): string {
  return format.replace(/"([^"]*)"|[A-Za-z]+\d*|%/g, (part: string, literal?: string) => {
    if (literal !== undefined) return literal;
    const written = FORMAT_PARTS[part];
    if (written === undefined) throw unsupported(`${part} in a format of time`);
    return written;
  });
}

function toDate({ args: [text = ''], written }: Call): string {
  if (constant(written[1]) !== 'YYYY-MM-DD') throw unsupported('TO_DATE but of YYYY-MM-DD');
  return `memory.sf.to_date(${text})`;
}

const STEPS: Readonly<Record<string, string>> = {
  MICROSECOND: '1',
  SECOND: '1000000',
  MINUTE: '60000000',
  HOUR: '3600000000',
};

function dateAdd({ args: [, amount = '', instant = ''], written }: Call): string {
  const part = written[0]?.[0]?.text ?? '';
  // A date and a number of days is a date; the engine takes no instant there.
  if (part === 'DAY') return `(${instant} + CAST(${amount} AS INTEGER))`;
  const step = STEPS[part];
  if (step === undefined) throw unsupported(`DATEADD of ${part}`);
  return `(${instant} + to_microseconds(CAST(${amount} AS BIGINT) * ${step}))`;
}

/** Counts the borders of the unit that lie between the two. */
function timestampDiff({ args: [, from = '', to = ''], written }: Call): string {
  const part = written[0]?.[0]?.text ?? '';
  if (STEPS[part] === undefined) throw unsupported(`TIMESTAMPDIFF of ${part}`);
  return `date_diff('${part}', ${from}, ${to})`;
}

function objectConstruct({ written }: Call): string {
  const [row, dot, star, more] = written[0] ?? [];
  if (row === undefined || dot?.text !== '.' || star?.text !== '*' || more !== undefined) {
    throw unsupported('OBJECT_CONSTRUCT_KEEP_NULL but of all columns of a table');
  }
  return `to_json("${row.text}")`;
}
