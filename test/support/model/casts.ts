import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { dateText, instantText } from './instants.js';

type Decimal = Extract<LogicalType, { kind: 'decimal' }>;

export type Cast = (value: Value) => Value;

const keep: Cast = (value) => value;

/** Rule 6: how a value of type `from` becomes one of the column's type `to` without loss; undefined: a conflict. */
export function losslessCast(from: LogicalType, to: LogicalType): Cast | undefined {
  if (from.kind === 'decimal' && to.kind === 'decimal') return rescale(from, to);
  if (from.kind === to.kind) return keep;
  if (from.kind === 'int64' && to.kind === 'float64') return unlessNull((value) => Number(value));
  if (to.kind === 'string' && from.kind !== 'bytes' && from.kind !== 'json') {
    return unlessNull((value) => textOf(value, from));
  }
  return undefined;
}

/** The text of a scalar in a string column; also how unions of several scalars are written. */
export function textOf(value: NonNullable<Value>, type: LogicalType): string {
  switch (type.kind) {
    case 'float64':
      return floatText(value as number);
    case 'date':
      return dateText(value as bigint);
    case 'timestamp':
      return instantText(value as bigint);
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'string':
    case 'int64':
    case 'bool':
    case 'bytes':
    case 'json':
      return String(value);
  }
}

function unlessNull(cast: (value: NonNullable<Value>) => Value): Cast {
  return (value) => (value === null ? null : cast(value));
}

function rescale(from: Decimal, to: Decimal): Cast | undefined {
  const fits = from.scale <= to.scale && from.precision - from.scale <= to.precision - to.scale;
  if (!fits) return undefined;
  return unlessNull((value) => (value as bigint) * 10n ** BigInt(to.scale - from.scale));
}

function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The shortest digits that read back as the same number, spelled as Python's `repr` does. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponentText = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = Math.abs(exponent).toString().padStart(2, '0');
    return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
