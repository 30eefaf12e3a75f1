import duckdb from '@duckdb/node-bindings';
import type { ColumnBuffer } from '../../src/avro/columnar/column-buffer.js';

/** Bytes of an entry of a text; see {@link ColumnBuffer}. */
const ENTRY = 16;
const WORD = 2 ** 32;

/**
 * Copies the first `rows` values of a column into a vector of its type. Nothing the vector points at belongs to us:
 * long texts are handed over as one, which the vector keeps in memory of its own, and their entries point into that.
 * That an entry is length, four bytes and a pointer is the public layout of `duckdb_string_t`.
 */
export function fillVector(vector: duckdb.Vector, column: ColumnBuffer, rows: number): void {
  if (rows === 0) return;
  if (column.hasEntries) finishEntries(vector, column);
  duckdb.copy_data_to_vector(vector, 0, column.data.buffer, 0, rows * column.width);
  if (!column.hasNulls(rows)) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, column.validity.buffer, 0, Math.ceil(rows / 8));
}

/** Turns places in the heap into pointers. */
function finishEntries(vector: duckdb.Vector, column: ColumnBuffer): void {
  if (column.longCount === 0) return;
  const { low, high } = adoptHeap(vector, column);
  const { words, long, longCount } = column;
  for (let n = 0; n < longCount; n += 1) {
    const entry = (long[n] ?? 0) * 4;
    const pointer = low + (words[entry + 2] ?? 0);
    words[entry + 2] = pointer;
    words[entry + 3] = pointer >= WORD ? high + 1 : high;
  }
}

/** Hands the heap over to the vector, as a text that is longer than an entry can hold; gives where it stands now. */
function adoptHeap(
  vector: duckdb.Vector,
  column: ColumnBuffer,
): { readonly low: number; readonly high: number } {
  duckdb.vector_assign_string_element_len(vector, 0, column.heap.subarray(0, column.heapLength));
  const first = duckdb.vector_get_data(vector, ENTRY);
  const entry = new DataView(first.buffer, first.byteOffset, ENTRY);
  return { low: entry.getUint32(8, true), high: entry.getUint32(12, true) };
}
