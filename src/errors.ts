/** What a person has to do about an error. */
export type Recovery = 'fix-config' | 'fix-source' | 'fix-warehouse' | 'retry' | 'report-bug';

/** Process exit codes; see docs/errors.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, bug: 70, interrupted: 130 } as const;

interface ErrorKind {
  readonly recovery: Recovery;
  /** One sentence for docs/errors.md. */
  readonly meaning: string;
}

/** Every error a user can meet. Codes are stable; docs/errors.md has a row for each, held equal by a test. */
export const ERROR_KINDS = {
  CONFIG_INVALID: { recovery: 'fix-config', meaning: 'integration.yml is not valid.' },
  CONFIG_MISSING: { recovery: 'fix-config', meaning: 'There is no configuration file at the given path.' },
  USAGE: { recovery: 'fix-config', meaning: 'The command line is not valid.' },
  TABLE_UNKNOWN: {
    recovery: 'fix-config',
    meaning: 'A table named on the command line or in the settings is not known.',
  },
  KEY_MISSING: {
    recovery: 'fix-config',
    meaning: 'A file has no column for a primary key column of its table.',
  },
  KEY_TYPE: {
    recovery: 'fix-source',
    meaning: 'A key column has a type that cannot be a key, or not the type it had.',
  },
  NAME_COLLISION: {
    recovery: 'fix-config',
    meaning: 'Two names of the source become one name in the warehouse.',
  },
  NAME_INVALID: { recovery: 'fix-config', meaning: 'A name is too long or reserved in the warehouse.' },
  NEW_TABLE: { recovery: 'fix-config', meaning: 'A table appeared and tables.new_tables is fail.' },
  NEW_COLUMN: { recovery: 'fix-config', meaning: 'A column appeared and columns.new_columns is fail.' },
  TYPE_CHANGED: {
    recovery: 'fix-config',
    meaning: 'A column changed its type and columns.on_type_change is fail.',
  },
  SOURCE_MISSING: { recovery: 'fix-source', meaning: 'A file or folder of the source does not exist.' },
  SOURCE_CHANGED: { recovery: 'retry', meaning: 'A file was overwritten between planning and reading.' },
  SOURCE_UNREADABLE: { recovery: 'retry', meaning: 'The source could not be listed or read.' },
  SOURCE_DENIED: { recovery: 'fix-config', meaning: 'The source refused access.' },
  URI_FOREIGN: {
    recovery: 'fix-config',
    meaning: 'A file URI points outside the configured bucket or directory.',
  },
  MANIFEST_INVALID: { recovery: 'fix-source', meaning: 'A manifest cannot be read or contradicts itself.' },
  MANIFEST_DUPLICATE: {
    recovery: 'fix-source',
    meaning: 'Two manifests claim one dump_id, or one manifest lists a table twice.',
  },
  AVRO_INVALID: {
    recovery: 'fix-source',
    meaning: 'An Avro file is corrupt, truncated or uses something unsupported.',
  },
  COUNTS_MISMATCH: {
    recovery: 'report-bug',
    meaning: 'The rows of a load do not add up; it was rolled back.',
  },
  LEASE_HELD: { recovery: 'retry', meaning: 'Another run is working on this schema.' },
  LEASE_LOST: { recovery: 'retry', meaning: 'Another run took over; this one may not publish any more.' },
  LOAD_STATE: { recovery: 'retry', meaning: 'A load was committed by another run in the meantime.' },
  TABLE_VANISHED: {
    recovery: 'fix-warehouse',
    meaning: 'The ledger knows a table that the warehouse no longer shows.',
  },
  COLUMN_FOREIGN: {
    recovery: 'fix-warehouse',
    meaning: 'A column of a table has a native type heapload does not use.',
  },
  LEDGER_VERSION: {
    recovery: 'fix-warehouse',
    meaning: 'The ledger was written by another version of heapload.',
  },
  DUMPS_GONE: {
    recovery: 'fix-source',
    meaning: 'Dumps that a reset table would need are no longer in the source.',
  },
  WAREHOUSE_DENIED: {
    recovery: 'fix-config',
    meaning: 'The warehouse refused access: credentials, or a missing permission.',
  },
  WAREHOUSE_LIMIT: {
    recovery: 'fix-warehouse',
    meaning: 'A limit, a quota or maximum_bytes_billed stopped a statement.',
  },
  WAREHOUSE_UNAVAILABLE: { recovery: 'retry', meaning: 'The warehouse cannot be opened or reached.' },
  TRANSFER_UNSUPPORTED: {
    recovery: 'fix-config',
    meaning: 'The chosen way of transfer cannot take a column as it is.',
  },
  SQL_FAILED: { recovery: 'report-bug', meaning: 'The warehouse refused a statement or a load.' },
  MODEL_INVALID: { recovery: 'fix-config', meaning: 'A model, its properties or a data test is not valid.' },
  MODEL_UNKNOWN: { recovery: 'fix-config', meaning: 'A model named on the command line is not known.' },
  MODEL_FAILED: {
    recovery: 'fix-config',
    meaning: 'The warehouse refused the SQL of a model or a data test.',
  },
  MODEL_INCOMPLETE: {
    recovery: 'retry',
    meaning: 'A model was not built because what it reads is not complete.',
  },
  TEST_FAILED: { recovery: 'fix-source', meaning: 'A data test of severity error found rows.' },
  ARTIFACTS_UNWRITABLE: { recovery: 'fix-config', meaning: 'The folder target/ cannot be written.' },
  INTERRUPTED: { recovery: 'retry', meaning: 'The run was stopped by a signal.' },
  BUG: { recovery: 'report-bug', meaning: 'Something in heapload itself went wrong.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** Where it happened; every part is optional and printed when known. */
export interface ErrorPlace {
  /** A key of the source, or a path of the local machine. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Bytes from the start of `file`. */
  readonly offset?: number;
  readonly dump?: bigint;
  readonly table?: string;
}

/** An error with a code, a place and advice. `message` says what happened, `hint` what to do next. */
export class HeaploadError extends Error {
  override readonly name = 'HeaploadError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly hint: string;

  constructor(
    code: ErrorCode,
    message: string,
    details: { readonly hint: string; readonly place?: ErrorPlace; readonly cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place ?? {};
    this.hint = details.hint;
  }

  /** The same error, with the parts of a place that were not known deeper down. */
  at(place: ErrorPlace): HeaploadError {
    const error = new HeaploadError(this.code, this.message, {
      hint: this.hint,
      place: { ...place, ...this.place },
      cause: this.cause,
    });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }
}

/** `dump 43 · table users · sync_43/users/a.avro, byte 1234` or `integration.yml:3:5`; empty when nothing is known. */
export function describePlace(place: ErrorPlace): string {
  const parts: string[] = [];
  if (place.dump !== undefined) parts.push(`dump ${place.dump.toString()}`);
  if (place.table !== undefined) parts.push(`table ${place.table}`);
  if (place.file !== undefined) {
    const line = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`;
    const offset = place.offset === undefined ? '' : `, byte ${place.offset}`;
    parts.push(`${place.file}${line}${offset}`);
  }
  return parts.join(' · ');
}

/** Anything thrown, as a HeaploadError; what is not one already is our bug. */
export function asHeaploadError(error: unknown): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HeaploadError('BUG', message, {
    hint: 'This is a bug in heapload. Please report it with the command, the message and the stack trace.',
    cause: error,
  });
}

/** A run that a signal has stopped. */
export function interrupted(): HeaploadError {
  return new HeaploadError('INTERRUPTED', 'The run was stopped.', {
    hint: 'What was committed stays; run again to go on from there.',
  });
}
