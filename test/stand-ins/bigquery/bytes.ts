import type { DuckDBConnection } from '@duckdb/node-api';
import type { Table } from './catalog.js';

/** A figure in the right order of magnitude: so many bytes for each column of each row. */
export async function bytesOfTables(
  tables: readonly Table[],
  connection: DuckDBConnection,
  bytesPerValue: number,
): Promise<bigint> {
  if (tables.length === 0) return 0n;
  const counts = tables.map(
    ({ ref, columns }) =>
      `(SELECT count(*) * ${columns.length * bytesPerValue} FROM "${ref.dataset}"."${ref.table}")`,
  );
  const reader = await connection.runAndReadAll(`SELECT CAST(${counts.join(' + ')} AS BIGINT)`);
  return BigInt(String(reader.getRows()[0]?.[0] ?? 0));
}

const MEGABYTE = 1_048_576n;

/** Whole megabytes, ten at least. */
export function billed(bytes: bigint): bigint {
  if (bytes === 0n) return 0n;
  const rounded = ((bytes + MEGABYTE - 1n) / MEGABYTE) * MEGABYTE;
  return rounded < 10n * MEGABYTE ? 10n * MEGABYTE : rounded;
}
