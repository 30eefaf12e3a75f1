import duckdb from '@duckdb/node-bindings';
import type { Batch } from '../../src/avro/columnar/batch.js';
import type { ColumnBuffer } from '../../src/avro/columnar/column-buffer.js';

/** Bytes of an entry of a text; see {@link ColumnBuffer}. */
const ENTRY = 16;

/**
 * Copies the values of a column of the batch into a vector of its type. Nothing the vector points at belongs to us: long
 * texts are handed over as one, which the vector keeps in memory of its own, and their entries point into that. That an
 * entry is length, four bytes and a pointer is the public layout of `duckdb_string_t`.
 */
export function fillVector(vector: duckdb.Vector, column: ColumnBuffer, batch: Batch): void {
  const { rows } = batch;
  if (rows === 0) return;
  const texts = column.gather(batch.window, batch.text);
  if (texts !== undefined) pointInto(vector, texts, column);
  const data = column.data(rows);
  duckdb.copy_data_to_vector(vector, 0, data.buffer, data.byteOffset, data.length);
  for (const { row, bytes } of column.longValues) duckdb.vector_assign_string_element_len(vector, row, bytes);
  if (!column.hasNulls(rows)) return;
  const validity = column.validity(rows);
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, validity.byteOffset, validity.length);
}

/** Hands the texts over to the vector, as one that is longer than an entry can hold, and asks where they stand now. */
function pointInto(vector: duckdb.Vector, texts: Uint8Array, column: ColumnBuffer): void {
  duckdb.vector_assign_string_element_len(vector, 0, texts);
  const first = duckdb.vector_get_data(vector, ENTRY);
  const entry = new DataView(first.buffer, first.byteOffset, ENTRY);
  column.pointTo(entry.getUint32(8, true), entry.getUint32(12, true));
}
