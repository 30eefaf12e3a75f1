import type { LiteralValue } from '../../src/warehouse/contract.js';

/** How GoogleSQL writes names and values. Names and strings share one set of backslash escapes. */

export function quoteIdentifier(name: string): string {
  return `\`${escaped(name)}\``;
}

/** A value as SQL. NaN and the infinities have no literal, so they come as casts. */
export function literal(value: LiteralValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${escaped(value)}'`;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'bigint') return value.toString();
  return Number.isFinite(value) ? value.toString() : `CAST('${String(value)}' AS FLOAT64)`;
}

// Control characters may not stand in a one-line string, and none of them belongs in a printed plan.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\\'`\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return '\\n';
    const code = character.charCodeAt(0);
    if (code > 0x1f && code < 0x7f) return `\\${character}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
