import type { HeaploadError } from '../errors.js';
import type { ModelPlan } from '../models/plan.js';
import type { LoadFailure, Note } from '../plan/schedule-types.js';
import type { Operation, Row } from '../warehouse/contract.js';

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
  | {
      readonly kind: 'operation';
      readonly operation: Operation;
      readonly load: LoadIdentity | undefined;
      /** Set when it builds a model. */
      readonly model?: string;
    }
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
  | { readonly kind: 'failure'; readonly failure: LoadFailure }
  | { readonly kind: 'models-planned'; readonly plan: ModelPlan }
  | { readonly kind: 'node-started'; readonly node: NodeIdentity }
  | { readonly kind: 'node-done'; readonly result: NodeResult };

/** A model that is built, or a data test that is asked. */
export interface NodeIdentity {
  readonly kind: 'model' | 'test';
  readonly name: string;
}

/**
 * How it went, in dbt's words: `success` of a model, `pass`, `warn` and `fail` of a test; `error`: the warehouse refused
 * it; `skipped`: what it reads is not complete, or was not built.
 */
export type NodeStatus = 'success' | 'pass' | 'warn' | 'fail' | 'error' | 'skipped';

export interface NodeResult extends NodeIdentity {
  readonly status: NodeStatus;
  /** Of `error`, `fail` and `skipped`. */
  readonly error: HeaploadError | undefined;
  /** Rows that a test found; undefined for models, and for tests that were not asked. */
  readonly failures: bigint | undefined;
  /** Some of them, columns that are to be kept private blotted out. */
  readonly rows: readonly Row[];
  readonly seconds: number;
}

export type Emit = (event: RunEvent) => void;

export type RunStatus = 'done' | 'nothing' | 'failed' | 'interrupted';

/** How a run ended. */
export interface RunResult {
  readonly status: RunStatus;
  readonly loadsDone: number;
  readonly failures: readonly LoadFailure[];
  /** Models and data tests, in the order in which they ended. */
  readonly nodes: readonly NodeResult[];
  /** What ended the run itself, when something did. */
  readonly error: HeaploadError | undefined;
}
