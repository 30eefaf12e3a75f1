/** Columns and tables whose names start so belong to heapload itself. */
export const RESERVED_PREFIX = '_heapload_';

/** Column of every final table: the dump that wrote the row's present version. Guards against older dumps. */
export const DUMP_ID_COLUMN = '_heapload_dump_id';
/** Column of final tables in layout `files` only: the file's key, encoded so that text order is key order. */
export const FILE_KEY_COLUMN = '_heapload_file_key';
/** Staging column: place of the row's file in its load, from 0. */
export const STAGED_FILE_COLUMN = '_heapload_file';
/** Staging column: place of the row in its file, from 0. */
export const STAGED_ROW_COLUMN = '_heapload_row';

/** Staging column where files are read again: place of the row in its load, from 0. */
export const STAGED_PLACE_COLUMN = '_heapload_place';

/** Columns of a candidate that hold staged values start so. */
export const STAGED_VALUE_PREFIX = '_heapload_staged_';

/** Staging tables start so. */
export const STAGING_PREFIX = '_heapload_stage_';

/**
 * The warehouse name of a table of the source: lower case, each run of other characters than `[a-z0-9_]`
 * one underscore. Leading and trailing underscores stay.
 */
export function foldTableName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
}

/** Names compare without case everywhere; this is what they are compared by. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** Under which a load's files can be read again: the staging table with its schema. */
export function scanName(schema: string, staging: string): string {
  return `${schema}.${staging}`;
}
