import type { LogicalType } from '../../src/schema/logical-types.js';
import type { Value } from '../../src/schema/values.js';
import type { RowValue } from '../../src/warehouse/contract.js';

/** Values of the model and of a warehouse's result rows as one text each, so that they can be compared. */

export function canonicalValue(value: Value, type: LogicalType): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'date':
      return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'float64':
      return floatText(value as number);
    case 'json':
      return JSON.stringify(JSON.parse(value as string));
    case 'string':
    case 'int64':
    case 'bool':
    case 'timestamp':
      return String(value);
    default:
      return type satisfies never;
  }
}

export function canonicalCell(cell: RowValue | undefined, type: LogicalType): string | null {
  if (cell === null || cell === undefined) return null;
  if (type.kind === 'float64') return floatText(Number(cell));
  if (type.kind === 'json') return JSON.stringify(JSON.parse(String(cell)));
  return String(cell);
}

function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
