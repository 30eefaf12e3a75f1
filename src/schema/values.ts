/**
 * One value on its way from an Avro file to a warehouse, already mapped to its logical type:
 *
 * | logical type | value |
 * |---|---|
 * | string, json | `string` (json: compact text, integers with all their digits) |
 * | int64 | `bigint` |
 * | float64 | `number`, NaN and infinities included |
 * | bool | `boolean` |
 * | bytes | `Uint8Array` |
 * | date | `bigint`, days since 1970-01-01 |
 * | timestamp | `bigint`, microseconds since 1970-01-01T00:00:00Z |
 * | decimal | `bigint`, the unscaled number |
 */
export type Value = string | bigint | number | boolean | Uint8Array | null;
