import { compilePattern, DEFAULT_PATTERN, type FilePattern } from './file-patterns.js';
import { naturalSortKey } from './natural-order.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';

/** A data file of layout `files`. */
export interface SourceFile extends ObjectInfo {
  /** {@link naturalSortKey} of the key: orders files of one modification time. */
  readonly sortKey: string;
}

/**
 * The data files of layout `files` by table of the source, tables by name. Files of a table come in load order: by
 * modification time, then by numeric-aware key. `patterns` are tried in their order, the first that matches names
 * the table; none given: every `.avro` object under `<prefix>sync_<n>/<table>/`.
 */
export async function listDataFiles(
  store: ObjectStore,
  prefix: string,
  patterns: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly SourceFile[]>> {
  const compiled = patterns.length === 0 ? [DEFAULT_PATTERN] : patterns.map(compilePattern);
  const byTable = new Map<string, SourceFile[]>();
  for await (const info of store.list(
    prefix + commonHead(compiled),
    signal === undefined ? {} : { signal },
  )) {
    const table = tableOf(info.key.slice(prefix.length), compiled);
    if (table === undefined) continue;
    const file: SourceFile = { ...info, sortKey: naturalSortKey(info.key) };
    const files = byTable.get(table);
    if (files === undefined) byTable.set(table, [file]);
    else files.push(file);
  }
  const tables = [...byTable].sort(([a], [b]) => compareText(a, b));
  return new Map(tables.map(([table, files]) => [table, files.sort(byLoadOrder)]));
}

function tableOf(key: string, patterns: readonly FilePattern[]): string | undefined {
  for (const pattern of patterns) {
    const table = pattern.tableOf(key);
    if (table !== undefined) return table;
  }
  return undefined;
}

/** What all keys of interest start with, so that nothing else needs to be listed. */
function commonHead(patterns: readonly FilePattern[]): string {
  const [first = '', ...others] = patterns.map((pattern) => pattern.head);
  let length = first.length;
  while (!others.every((head) => head.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byLoadOrder(a: SourceFile, b: SourceFile): number {
  return a.modifiedAt - b.modifiedAt || compareText(a.sortKey, b.sortKey);
}
