import picomatch from 'picomatch';
import { nameKey } from '../schema/identifiers.js';
import type { ColumnsConfig, TablesConfig } from './types.js';

/** Pure answers to "is this loaded, under which name, with which key". Names compare without case. */

const DEFAULT_KEYS: Readonly<Record<string, readonly string[]>> = {
  users: ['user_id'],
  user_migrations: ['from_user_id'],
};
const EVENT_KEY: readonly string[] = ['event_id'];

/** A table is loaded when its final name or its name in the source matches `include`, and neither matches `exclude`. */
export function tableSelected(
  tables: Pick<TablesConfig, 'include' | 'exclude'>,
  finalName: string,
  sourceName: string = finalName,
): boolean {
  const matches = (globs: readonly string[]): boolean =>
    matchesAny(globs, finalName) || matchesAny(globs, sourceName);
  return matches(tables.include) && !matches(tables.exclude);
}

/**
 * A column is loaded when it is a key, or matches what is included for its table (all, when nothing is) and nothing
 * that is excluded. The lists of `*` and of the table count together. `table` and `column` are final names.
 */
export function columnSelected(
  columns: Pick<ColumnsConfig, 'include' | 'exclude'>,
  table: string,
  column: string,
  keyColumns: readonly string[],
): boolean {
  if (keyColumns.some((key) => nameKey(key) === nameKey(column))) return true;
  const included = listsOf(columns.include, table);
  if (included.length > 0 && !included.some((globs) => matchesAny(globs, column))) return false;
  return !listsOf(columns.exclude, table).some((globs) => matchesAny(globs, column));
}

/** The primary key of a table by its final name: as configured, or Heap's own. Never empty. */
export function keyColumnsOf(tables: Pick<TablesConfig, 'keys'>, finalName: string): readonly string[] {
  return entry(tables.keys, finalName) ?? entry(DEFAULT_KEYS, finalName) ?? EVENT_KEY;
}

/**
 * The name configured for a table of the source, undefined when it keeps its own. Source names are compared exactly:
 * two that differ in case only collide in the warehouse, and renaming one of them is the way out.
 */
export function renamedTable(tables: Pick<TablesConfig, 'rename'>, sourceName: string): string | undefined {
  return Object.hasOwn(tables.rename, sourceName) ? tables.rename[sourceName] : undefined;
}

/** The same for a column of a table (final name); what is set for the table stands before what is set for `*`. */
export function renamedColumn(
  columns: Pick<ColumnsConfig, 'rename'>,
  table: string,
  sourceName: string,
): string | undefined {
  for (const renames of [entry(columns.rename, table), entry(columns.rename, '*')]) {
    if (renames !== undefined && Object.hasOwn(renames, sourceName)) return renames[sourceName];
  }
  return undefined;
}

function listsOf(
  globs: Readonly<Record<string, readonly string[]>>,
  table: string,
): readonly (readonly string[])[] {
  return [entry(globs, '*'), entry(globs, table)].filter((list) => list !== undefined);
}

function entry<T>(record: Readonly<Record<string, T>>, table: string): T | undefined {
  const wanted = nameKey(table);
  return Object.entries(record).find(([name]) => nameKey(name) === wanted)?.[1];
}

const compiled = new WeakMap<readonly string[], (name: string) => boolean>();

/** True when a glob matches the whole name, or is the name: `total (usd)` needs no escapes to match itself. */
export function matchesAny(globs: readonly string[], name: string): boolean {
  let matches = compiled.get(globs);
  if (matches === undefined) {
    matches = compile(globs);
    compiled.set(globs, matches);
  }
  return matches(name);
}

/** In picomatch's words: a name is no path, so `*` crosses `/`, a dot is a letter, and `!` at the start is one too. */
const OPTIONS = { bash: true, dot: true, nocase: true, nonegate: true, windows: false };

function compile(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => false;
  if (globs.some((glob) => glob === '*')) return () => true;
  const literal = new Set(globs.map(nameKey));
  const glob = picomatch([...globs], OPTIONS);
  return (name) => literal.has(nameKey(name)) || glob(name);
}
