import type { Column } from 'snowflake-sdk';
import type { Row, RowValue } from '../../src/warehouse/contract.js';

/** What the driver makes of result values: numbers, VARIANT and BINARY come as text, the rest as JavaScript values. */
export const AS_TEXT = ['Number', 'JSON', 'Buffer'] as const;

export function plainRow(columns: readonly Column[], values: readonly unknown[]): Row {
  return Object.fromEntries(columns.map((column, n) => [column.getName(), plainValue(column, values[n])]));
}

function plainValue(column: Column, value: unknown): RowValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (value instanceof Date) return column.isDate() ? dayOf(value) : microsOf(value);
  if (typeof value !== 'string') throw new Error(`column ${column.getName()}: unexpected ${typeof value}`);
  if (column.isNumber()) return numberOf(column, value);
  return column.isBinary() ? Buffer.from(value, 'hex').toString('base64') : value;
}

function numberOf(column: Column, text: string): RowValue {
  if (column.getType().toLowerCase() === 'real') return floatOf(text);
  return column.getScale() > 0 ? text : BigInt(text);
}

function floatOf(text: string): number {
  switch (text.toLowerCase()) {
    case 'inf':
      return Infinity;
    case '-inf':
      return -Infinity;
    default:
      return Number(text);
  }
}

function dayOf(value: Date): string {
  const [day = ''] = value.toISOString().split('T');
  // Years beyond 9999 have a sign and six digits there.
  return day.replace(/^\+0*/, '');
}

/** Timestamps are the driver's own kind of Date, which holds more than milliseconds. */
function microsOf(value: Date): bigint {
  const exact = value as Date & { getEpochSeconds?: () => number; getNanoSeconds?: () => number };
  if (exact.getEpochSeconds === undefined || exact.getNanoSeconds === undefined)
    throw new Error('the driver gave a timestamp without its nanoseconds');
  return BigInt(exact.getEpochSeconds()) * 1_000_000n + BigInt(Math.trunc(exact.getNanoSeconds() / 1000));
}
