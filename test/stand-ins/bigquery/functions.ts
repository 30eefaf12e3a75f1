import { unknownToStandIn } from './errors.js';
import type { Token } from './lexer.js';
/** GoogleSQL's functions in DuckDB: macros made once per database, and the names that are the same in both. */

const MIN_TIMESTAMP = -62_135_596_800_000_000n;
const MAX_TIMESTAMP = 253_402_300_799_999_999n;

export const MACROS: readonly string[] = [
  // The service knows the years 1 to 9999 only.
  `CREATE MACRO bq_in_range(t) AS CASE WHEN t IS NULL THEN NULL WHEN epoch_us(t) BETWEEN ${MIN_TIMESTAMP} AND ${MAX_TIMESTAMP} THEN t ELSE error('Timestamp is out of range') END`,
  ...Object.entries({
    timestamp_micros: ['n', 'make_timestamptz(n::BIGINT)'],
    timestamp_millis: ['n', 'make_timestamptz(n::BIGINT * 1000)'],
    timestamp_seconds: ['n', 'make_timestamptz(n::BIGINT * 1000000)'],
    timestamp_add: ['t, i', 't + i'],
    timestamp_sub: ['t, i', 't - i'],
  }).flatMap(([name, [names = '', body = '']]) => [
    `CREATE MACRO bq_raw_${name}(${names}) AS ${body}`,
    `CREATE MACRO ${name}(${names}) AS bq_in_range(${body})`,
  ]),
  `CREATE MACRO timestamp_trunc(t, part) AS date_trunc(part, t)`,
  `CREATE MACRO bq_timestamp(x, zone := 'UTC') AS CASE WHEN x IS NULL THEN NULL ELSE (x::TIMESTAMP) AT TIME ZONE zone END`,
  `CREATE MACRO unix_micros(t) AS epoch_us(t)`,
  `CREATE MACRO unix_millis(t) AS epoch_ms(t)`,
  `CREATE MACRO unix_seconds(t) AS epoch_us(t) // 1000000`,
  `CREATE MACRO bq_date(x) AS CAST(x AS DATE)`,
  `CREATE MACRO date_add_(d, i) AS CAST(d + i AS DATE)`,
  `CREATE MACRO date_sub_(d, i) AS CAST(d - i AS DATE)`,
  `CREATE MACRO ieee_divide(a, b) AS a::DOUBLE / b::DOUBLE`,
  `CREATE MACRO safe_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a::DOUBLE / b::DOUBLE END`,
  `CREATE MACRO div(a, b) AS a // b`,
  `CREATE MACRO regexp_contains(s, r) AS regexp_matches(s, r)`,
  `CREATE MACRO bq_regexp_extract(s, r, g) AS CASE WHEN regexp_matches(s, r) THEN regexp_extract(s, r, g) END`,
  // What float64 and timestamps look like as text.
  `CREATE MACRO bq_float_text(x) AS CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END WHEN x = 0 THEN '0' WHEN regexp_matches(x::VARCHAR, '[.]0$') THEN left(x::VARCHAR, -2) ELSE regexp_replace(x::VARCHAR, 'e([0-9])', 'e+\\1') END`,
  `CREATE MACRO bq_text(x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN bq_float_text(TRY_CAST(x AS DOUBLE)) WHEN typeof(x) LIKE 'DECIMAL%' THEN regexp_replace(regexp_replace(x::VARCHAR, '([.][0-9]*?)0+$', '\\1'), '[.]$', '') WHEN typeof(x) = 'BLOB' THEN decode(TRY_CAST(x AS BLOB)) ELSE x::VARCHAR END`,
  `CREATE MACRO bq_safe_int64(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_matches(x::VARCHAR, '^\\s*[+-]?[0-9]+\\s*$') THEN NULL ELSE TRY_CAST(x AS BIGINT) END`,
  `CREATE MACRO bq_safe_timestamp(x) AS CASE WHEN epoch_us(TRY_CAST(x AS TIMESTAMPTZ)) BETWEEN ${MIN_TIMESTAMP} AND ${MAX_TIMESTAMP} THEN TRY_CAST(x AS TIMESTAMPTZ) END`,
  `CREATE MACRO to_json_string(x) AS to_json(x)::VARCHAR`,
  `CREATE MACRO array_length_(a) AS len(a)`,
  `CREATE MACRO generate_array(a, b) AS generate_series(a::BIGINT, b::BIGINT)`,
  `CREATE MACRO countif_(c) AS count(*) FILTER (WHERE c)`,
];

/** Functions known with `SAFE.` before them. */
export const SAFE_TIMES: ReadonlySet<string> = new Set(
  `TIMESTAMP_MICROS TIMESTAMP_MILLIS TIMESTAMP_SECONDS TIMESTAMP_ADD TIMESTAMP_SUB`.split(' '),
);

/** Functions that are called in DuckDB by another name. */
export const RENAMED: Readonly<Record<string, string>> = {
  TIMESTAMP: 'bq_timestamp',
  DATE: 'bq_date',
  DATE_ADD: 'date_add_',
  DATE_SUB: 'date_sub_',
  ARRAY_LENGTH: 'array_length_',
  COUNTIF: 'countif_',
  TO_BASE64: 'to_base64',
  FROM_BASE64: 'from_base64',
  LOGICAL_OR: 'bool_or',
  LOGICAL_AND: 'bool_and',
  APPROX_COUNT_DISTINCT: 'approx_count_distinct',
  TO_HEX: 'bq_to_hex',
  BYTE_LENGTH: 'strlen',
  CHAR_LENGTH: 'length',
  ERROR: 'error',
};

/** Functions that mean the same in both, of DuckDB itself or of the macros; any other is refused. */
export const SAME: ReadonlySet<string> = new Set(
  `COUNT SUM MIN MAX AVG ANY_VALUE ABS ROUND TRUNC FLOOR CEIL SIGN MOD DIV SQRT POW COALESCE NULLIF IFNULL IF
   CONCAT LENGTH LOWER UPPER TRIM LTRIM RTRIM SUBSTR REPLACE STARTS_WITH ENDS_WITH STRPOS REVERSE SPLIT
   ROW_NUMBER RANK DENSE_RANK LAG LEAD FIRST_VALUE LAST_VALUE
   TIMESTAMP_MICROS TIMESTAMP_MILLIS TIMESTAMP_SECONDS TIMESTAMP_ADD TIMESTAMP_SUB
   UNIX_MICROS UNIX_MILLIS UNIX_SECONDS IEEE_DIVIDE SAFE_DIVIDE REGEXP_CONTAINS TO_JSON_STRING TO_JSON
   GENERATE_ARRAY ARRAY_CONCAT STRING_AGG EXISTS`.split(/\s+/),
);

const FORMAT_PARTS: Readonly<Record<string, string>> = {
  '%E4Y': '%Y',
  '%E6S': '%S.%f',
  '%E3S': '%S.%g',
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%Z': 'UTC',
};

/** A format of FORMAT_TIMESTAMP as strftime of DuckDB takes it; undefined when it has parts not known to agree. */
export function timeFormat(format: string): string | undefined {
  const unknown = format.match(TIME_PARTS)?.some((part) => timePart(part) === undefined) ?? false;
  return unknown ? undefined : format.replace(TIME_PARTS, (part) => timePart(part) ?? '');
}

const TIME_PARTS = /%(?:E[0-9]?[A-Za-z]|.)/g;

function timePart(part: string): string | undefined {
  return ['%Y', '%m', '%d', '%H', '%M', '%S', '%j', '%%'].includes(part) ? part : FORMAT_PARTS[part];
}

/** A call of TIMESTAMP_TRUNC or DATE_TRUNC. */
export function truncated(name: string, value: string, part: string): string {
  if (!/^(DAY|HOUR|MINUTE|SECOND|MONTH|YEAR|ISOWEEK|QUARTER)$/.test(part))
    throw unknownToStandIn(`${name} to ${part}`);
  const unit = part === 'ISOWEEK' ? 'week' : part.toLowerCase();
  return `date_trunc('${unit}', ${value})`;
}

/** Groups of a pattern: REGEXP_EXTRACT gives the first, or all where there is none. */
export function capturesIn(pattern: readonly Token[]): number {
  const [literal] = pattern;
  if (literal?.kind !== 'string' || pattern.length !== 1)
    throw unknownToStandIn('REGEXP_EXTRACT of a computed pattern');
  return /(?<!\\)\((?!\?)/.test(literal.text) ? 1 : 0;
}
