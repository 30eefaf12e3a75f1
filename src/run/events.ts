import type { HeaploadError } from '../errors.js';
import type { LoadFailure, Note } from '../plan/schedule-types.js';
import type { Operation } from '../warehouse/contract.js';

/** Rows of one committed load, as the ledger has them. */
export interface LoadCounts {
  readonly read: bigint;
  readonly inserted: bigint;
  readonly updated: bigint;
  /** Duplicates within the load, and rows older than what the table holds. */
  readonly unchanged: bigint;
  readonly filtered: bigint;
  readonly rejected: bigint;
  readonly valuesRejected: bigint;
  /** Rows of the table afterwards. */
  readonly tableRows: bigint;
}

export interface LoadIdentity {
  readonly loadId: string;
  readonly dumpId: bigint;
  readonly table: string;
  readonly mode: 'merge' | 'replace';
}

/** What a run tells while it works; the reporters turn it into lines, bars or JSON. */
export type RunEvent =
  | { readonly kind: 'planned'; readonly loads: number; readonly files: number; readonly bytes: number }
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'operation'; readonly operation: Operation; readonly load: LoadIdentity | undefined }
  | {
      readonly kind: 'load-started';
      readonly load: LoadIdentity;
      readonly files: number;
      readonly bytes: number;
      readonly createsTable: boolean;
      readonly addedColumns: readonly string[];
    }
  | {
      readonly kind: 'load-progress';
      readonly load: LoadIdentity;
      readonly files: number;
      readonly rows: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'load-done';
      readonly load: LoadIdentity;
      readonly counts: LoadCounts;
      /** What the warehouse charged; undefined where it does not charge by bytes. */
      readonly bytesBilled?: bigint | undefined;
    }
  | { readonly kind: 'failure'; readonly failure: LoadFailure };

export type Emit = (event: RunEvent) => void;

export type RunStatus = 'done' | 'nothing' | 'failed' | 'interrupted';

/** How a run ended. */
export interface RunResult {
  readonly status: RunStatus;
  readonly loadsDone: number;
  readonly failures: readonly LoadFailure[];
  /** What ended the run itself, when something did. */
  readonly error: HeaploadError | undefined;
}
