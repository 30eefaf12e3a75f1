import type { LiteralValue } from '../../src/warehouse/contract.js';

/** How Snowflake writes names and values. */

/**
 * Letters a to z are stored in upper case, so that unquoted queries find the name. Other letters stay: folding
 * them can make one name of two (ß and ss) that the rest of heapload takes for different.
 */
export function quoteIdentifier(name: string): string {
  return `"${name.replace(/[a-z]+/g, (letters) => letters.toUpperCase()).replaceAll('"', '""')}"`;
}

/** A value as SQL. NaN and the infinities have no literal, so they come as casts. */
export function literal(value: LiteralValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replace(UNSAFE, escape)}'`;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'bigint') return value.toString();
  return Number.isFinite(value) ? value.toString() : `CAST('${specialNumber(value)}' AS FLOAT)`;
}

// Backslashes escape in single-quoted strings, NUL among others; no control character belongs in a printed plan.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\\'\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

function escape(character: string): string {
  if (character === "'") return "''";
  if (character === '\\') return '\\\\';
  if (character === '\n') return '\\n';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function specialNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'inf' : '-inf';
}
