import duckdb from '@duckdb/node-bindings';

/** Rows of one bit string; the templates cut places into parts of this many. */
export const PLACES_PER_PART = 2 ** 20;

/** A choice of rows, by their place in the load. */
export interface Places {
  readonly count: number;
  readonly has: (place: number) => boolean;
  /** Whether one of them lies from `from` up to `to`, both whole numbers. */
  hasAny(from: number, to: number): boolean;
}

/**
 * A list of bit strings of {@link PLACES_PER_PART} bits, as DuckDB's `bitstring_agg` makes them; one that is NULL has
 * no row. Undefined when the list itself is NULL: all rows.
 */
export function readPlaces(value: duckdb.Value): Places | undefined {
  if (duckdb.is_null_value(value)) return undefined;
  const parts = Array.from({ length: duckdb.get_list_size(value) }, (_, n) => {
    const child = duckdb.get_list_child(value, n);
    return duckdb.is_null_value(child) ? undefined : bitsOf(duckdb.get_bit(child));
  });
  const has = (place: number): boolean => {
    const bit = place % PLACES_PER_PART;
    const byte = parts[Math.floor(place / PLACES_PER_PART)]?.[bit >> 3] ?? 0;
    return (byte & (0x80 >> (bit & 7))) !== 0;
  };
  const hasAny = (from: number, to: number): boolean => {
    for (let place = from; place < to; place += 1) if (has(place)) return true;
    return false;
  };
  const count = parts.reduce((sum, bits) => sum + (bits === undefined ? 0 : ones(bits)), 0);
  return { count, has, hasAny };
}

/** Without the first byte, which tells how many bits of the second are padding: none, at this length. */
function bitsOf(bit: Uint8Array): Uint8Array {
  if (bit[0] !== 0 || bit.length !== PLACES_PER_PART / 8 + 1)
    throw new Error(`a bit string of ${bit.length} bytes is not what the scan expects`);
  return bit.slice(1);
}

function ones(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count += 1;
  return count;
}
