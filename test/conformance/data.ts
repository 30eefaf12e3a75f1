import type { AvroRecordSchema, AvroRow, DumpSpec, FileSpec, TableSpec } from '../support/dump-writer.js';

/** Short ways to write dumps down. */

/** Field name → Avro type; a type that is no union is made nullable. */
export type Fields = Readonly<Record<string, unknown>>;

/** A record of nullable fields, as Heap writes them. */
export function record(fields: Fields): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({
    name,
    type: Array.isArray(type) ? (type as readonly unknown[]) : ['null', type],
  }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

/** A record of fields that cannot be null. */
export function plainRecord(fields: Fields): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

export function file(fields: Fields, rows: readonly AvroRow[], more: Partial<FileSpec> = {}): FileSpec {
  return { schema: record(fields), rows, ...more };
}

export function full(name: string, ...files: readonly FileSpec[]): TableSpec {
  return { name, incremental: false, files };
}

export function incremental(name: string, ...files: readonly FileSpec[]): TableSpec {
  return { name, incremental: true, files };
}

export function dump(dumpId: bigint, ...tables: readonly TableSpec[]): DumpSpec {
  return { dumpId, tables };
}

export const CLICK: Fields = { event_id: 'long', label: 'string' };

/** `event_id` and `label`. */
export type ClickRow = readonly [bigint | null, string | null];

/** A file of clicks, each row an id and a label. */
export function clicks(...rows: readonly ClickRow[]): FileSpec {
  return file(
    CLICK,
    rows.map(([event_id, label]) => click(event_id, label)),
  );
}

export function click(
  event_id: bigint | null,
  label: string | null,
): { event_id: bigint | null; label: string | null } {
  return { event_id, label };
}

/** An unscaled decimal as Avro writes it: two's complement, the highest byte first. */
export function unscaled(value: bigint): Buffer {
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size += 1;
  return Buffer.from(
    BigInt.asUintN(size * 8, value)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}

/** Microseconds since 1970 UTC of an instant in ISO 8601 with milliseconds at most. */
export function micros(instant: string): bigint {
  const ms = new Date(instant).getTime();
  if (Number.isNaN(ms)) throw new Error(`no instant: ${instant}`);
  return BigInt(ms) * 1000n;
}
