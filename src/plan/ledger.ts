import { BOOL, INT64, type LogicalType, STRING, TIMESTAMP } from '../schema/logical-types.js';

/** The ledger: tables in the warehouse's schema that say what was committed. Documented in docs/ledger.md. */

/** Grows when the ledger's tables change; a run refuses a ledger of another version. */
export const LEDGER_VERSION = 1n;

export const LEDGER = {
  runs: '_heapload_runs',
  dumps: '_heapload_dumps',
  loads: '_heapload_loads',
  files: '_heapload_files',
  columns: '_heapload_columns',
  rejects: '_heapload_rejects',
  lease: '_heapload_lease',
} as const;

export type LedgerTable = keyof typeof LEDGER;

export interface LedgerColumn {
  readonly name: string;
  readonly type: LogicalType;
}

const column = (name: string, type: LogicalType): LedgerColumn => ({ name, type });

export const LEDGER_COLUMNS: Readonly<Record<LedgerTable, readonly LedgerColumn[]>> = {
  runs: [
    column('run_id', STRING),
    column('name', STRING),
    column('version', STRING),
    column('status', STRING),
    column('started_at', TIMESTAMP),
    column('finished_at', TIMESTAMP),
    column('loads_done', INT64),
    column('loads_failed', INT64),
    column('message', STRING),
  ],
  dumps: [
    column('dump_id', INT64),
    column('manifest_key', STRING),
    column('manifest_etag', STRING),
    column('run_id', STRING),
    column('recorded_at', TIMESTAMP),
  ],
  loads: [
    column('load_id', STRING),
    column('dump_id', INT64),
    column('table_name', STRING),
    column('source_table', STRING),
    column('incremental', BOOL),
    column('files', INT64),
    column('status', STRING),
    column('run_id', STRING),
    column('rows_read', INT64),
    column('rows_staged', INT64),
    column('rows_inserted', INT64),
    column('rows_updated', INT64),
    column('rows_unchanged', INT64),
    column('rows_filtered', INT64),
    column('rows_rejected', INT64),
    column('values_rejected', INT64),
    column('table_rows', INT64),
    column('finished_at', TIMESTAMP),
  ],
  files: [
    column('load_id', STRING),
    column('dump_id', INT64),
    column('table_name', STRING),
    column('file_index', INT64),
    column('file_key', STRING),
    column('etag', STRING),
    column('bytes', INT64),
    column('modified_ms', INT64),
    column('sort_key', STRING),
    column('status', STRING),
    column('rows', INT64),
    column('reason', STRING),
  ],
  columns: [
    column('table_name', STRING),
    column('column_name', STRING),
    column('type', STRING),
    column('origin', STRING),
    column('dump_id', INT64),
    column('load_id', STRING),
    column('run_id', STRING),
    column('recorded_at', TIMESTAMP),
  ],
  rejects: [
    column('load_id', STRING),
    column('dump_id', INT64),
    column('table_name', STRING),
    column('file_key', STRING),
    column('row_index', INT64),
    column('kind', STRING),
    column('column_name', STRING),
    column('reason', STRING),
    column('raw_value', STRING),
  ],
  lease: [
    column('name', STRING),
    column('token', INT64),
    column('run_id', STRING),
    column('holder', STRING),
    column('acquired_at', TIMESTAMP),
    column('expires_at', TIMESTAMP),
    column('ledger_version', INT64),
    column('layout', STRING),
  ],
};

/**
 * - `pending`: seen, not settled; the manifest is read again
 * - `loaded`: committed with its data
 * - `nothing`: incremental without files
 * - `superseded`: a later full dump of the table made it void
 * - `excluded`: its table was not selected
 */
export type LoadStatus = 'pending' | 'loaded' | 'nothing' | 'superseded' | 'excluded';
