/**
 * The types heapload knows, between Avro on one side and a warehouse's native types on the other.
 * Source: the type map in docs/semantics.md, section "Types".
 */
export type LogicalType =
  | { readonly kind: 'string' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'date' }
  /** An instant in UTC with microseconds. */
  | { readonly kind: 'timestamp' }
  /** Exact number; `precision` is the count of all digits (1 to 38), `scale` of those after the point. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** A record, array, map or a union with a nested branch, as JSON text. */
  | { readonly kind: 'json' };

export type TypeKind = LogicalType['kind'];

export const STRING: LogicalType = { kind: 'string' };
export const INT64: LogicalType = { kind: 'int64' };
export const FLOAT64: LogicalType = { kind: 'float64' };
export const BOOL: LogicalType = { kind: 'bool' };
export const BYTES: LogicalType = { kind: 'bytes' };
export const DATE: LogicalType = { kind: 'date' };
export const TIMESTAMP: LogicalType = { kind: 'timestamp' };
export const JSON_TYPE: LogicalType = { kind: 'json' };

/** The largest decimal precision every warehouse can hold; wider Avro decimals are loaded as strings. */
export const MAX_DECIMAL_PRECISION = 38;

export function sameType(a: LogicalType, b: LogicalType): boolean {
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale;
  return a.kind === b.kind;
}

/** Text for people and for the ledger: `int64`, `decimal(12,2)`. {@link parseTypeName} reads it back. */
export function typeName(type: LogicalType): string {
  return type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind;
}
