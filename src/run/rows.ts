import type { Row } from '../warehouse/contract.js';

/** Reading result rows: a column of another type than expected is our bug, and says so. Names compare without case. */

export function textOf(row: Row, name: string): string {
  return optionalText(row, name) ?? wrong(row, name, 'a string');
}

export function optionalText(row: Row, name: string): string | undefined {
  const value = field(row, name);
  if (value === null) return undefined;
  return typeof value === 'string' ? value : wrong(row, name, 'a string');
}

export function bigintOf(row: Row, name: string): bigint {
  return optionalBigint(row, name) ?? wrong(row, name, 'an integer');
}

export function optionalBigint(row: Row, name: string): bigint | undefined {
  const value = field(row, name);
  if (value === null) return undefined;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return wrong(row, name, 'an integer');
}

export function flagOf(row: Row, name: string): boolean {
  const value = field(row, name);
  return typeof value === 'boolean' ? value : wrong(row, name, 'a boolean');
}

function field(row: Row, name: string): Row[string] {
  const value = row[name] ?? row[name.toUpperCase()];
  return value === undefined ? null : value;
}

function wrong(row: Row, name: string, expected: string): never {
  throw new Error(`column ${name} of a ledger row is not ${expected}: ${String(field(row, name))}`);
}
