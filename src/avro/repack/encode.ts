import type { LogicalType } from '../../schema/logical-types.js';
import type { Value } from '../../schema/values.js';
import type { Output } from './output.js';

const VALUE_BRANCH = 2;

/** Writes a value of a logical type as the union of null and the type `containerSchema` gives it. */
export function encodeValue(out: Output, type: LogicalType, value: Value): void {
  if (value === null) {
    out.nulls(1);
    return;
  }
  out.byte(VALUE_BRANCH);
  if (typeof value === 'string') out.text(value);
  else if (typeof value === 'number') out.double(value);
  else if (typeof value === 'boolean') out.byte(value ? 1 : 0);
  else if (typeof value === 'object') out.binary(value);
  else if (type.kind === 'decimal') out.binary(twosComplement(value));
  else out.long(value);
}

/** The fewest bytes that hold the number, the highest first. */
function twosComplement(value: bigint): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(8 * bytes, value) !== value) bytes += 1;
  const hex = BigInt.asUintN(8 * bytes, value).toString(16);
  return Buffer.from(hex.padStart(2 * bytes, '0'), 'hex');
}
