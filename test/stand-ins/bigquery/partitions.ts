import type { DuckDBValue } from '@duckdb/node-api';
import type { Table } from './catalog.js';
import { invalidQuery } from './errors.js';
import { identifier } from './quoting.js';

/** Partitions one job may change, and a statement of a script is a job. */
const MAX_JOB_PARTITIONS = 4000;
/** Partitions a table may have. */
const MAX_TABLE_PARTITIONS = 10_000;
/** Partitions the statements of a transaction may change between them, each time counted. */
export const MAX_TRANSACTION_PARTITIONS = 100_000;

/** SQL of the day of a row of a table, or of an alias of it; undefined for a table without partitions. */
export function dayOf({ partitionColumn }: Table, alias?: string): string | undefined {
  if (partitionColumn === undefined) return undefined;
  const column = `${alias === undefined ? '' : `${alias}.`}${identifier(partitionColumn)}`;
  return `CAST(${column} AS DATE)::VARCHAR`;
}

/** How many partitions a statement changes: those its rows come from and those they go to. */
export function changedPartitions(days: readonly DuckDBValue[]): number {
  const count = new Set(days).size;
  if (count > MAX_JOB_PARTITIONS) throw tooMany(MAX_JOB_PARTITIONS, count);
  return count;
}

export function checkTablePartitions(count: number): void {
  if (count > MAX_TABLE_PARTITIONS) throw tooMany(MAX_TABLE_PARTITIONS, count);
}

function tooMany(allowed: number, count: number): Error {
  return invalidQuery(
    `Too many partitions produced by query, allowed ${allowed}, query produces at least ${count} partitions`,
  );
}
