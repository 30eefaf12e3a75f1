import type { HeaploadError } from '../errors.js';

/** One table of one dump: the unit of retry, commit and report. */
export interface LoadRef {
  /** `<dump>/<table of the source>`, or `files-<hash of the file set>/<table>` in layout `files`. */
  readonly loadId: string;
  /** Layout `files`: milliseconds since 1970 of the newest file's modification. */
  readonly dumpId: bigint;
  /** Final name. */
  readonly table: string;
  readonly sourceTable: string;
  /** False: a full resync. */
  readonly incremental: boolean;
}

/** A file a load is made of. */
export interface LoadFile {
  readonly key: string;
  /** Layout `files`: what the listing showed, and the order among all files of the table (`naturalSortKey`). */
  readonly listed?: { readonly etag: string; readonly sortKey: string; readonly modifiedAt: number };
}

/** A load that will be carried out, in the order of {@link Schedule.loads}. */
export interface ScheduledLoad extends LoadRef {
  readonly mode: 'merge' | 'replace';
  /** In load order. */
  readonly files: readonly LoadFile[];
  /** Column names as the manifest lists them; undefined when it lists none. */
  readonly manifestColumns: readonly string[] | undefined;
}

export interface SettledLoad extends LoadRef {
  readonly status: 'nothing' | 'superseded' | 'excluded';
}

/** A dump whose manifest was read for the first time. */
export interface NewDump {
  readonly dumpId: bigint;
  readonly manifestKey: string;
  readonly manifestEtag: string;
  readonly loads: readonly NewLoad[];
}

export interface NewLoad extends LoadRef {
  readonly files: number;
  /** What the ledger says of it from the start, so that a run that dies has not taken on what it must not. */
  readonly status: 'pending' | 'excluded';
}

/** A load, table or dump that cannot go on; everything else does. */
export interface LoadFailure {
  readonly dumpId: bigint | undefined;
  /** Undefined: the whole dump. */
  readonly table: string | undefined;
  readonly error: HeaploadError;
}

/** Something a person should know that stops nothing. */
export interface Note {
  readonly dumpId?: bigint;
  readonly table?: string;
  readonly message: string;
}

export interface Schedule {
  readonly newDumps: readonly NewDump[];
  readonly settled: readonly SettledLoad[];
  readonly loads: readonly ScheduledLoad[];
  readonly failures: readonly LoadFailure[];
  readonly notes: readonly Note[];
}

/** What the command line narrows a run to. */
export interface Scope {
  /** Table names, final or of the source; undefined: all. */
  readonly tables: readonly string[] | undefined;
  /** Dumps above this one are left for later. */
  readonly toDump: bigint | undefined;
}
