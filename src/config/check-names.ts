import { RESERVED_PREFIX, foldTableName, nameKey } from '../schema/identifiers.js';
import type { ConfigDocument } from './document.js';
import type { ProblemList } from './problem-list.js';
import { type Path, label } from './problems.js';
import { show } from './check-shape.js';
import type { Written } from './shape.js';
import { keyColumnsOf } from './selection.js';

/** A table's keys as far as they are known here; `table` undefined: every table without a setting of its own. */
export interface KeyOwner {
  readonly table: string | undefined;
  readonly keys: readonly string[];
}

/** Tables whose keys are known, those with default keys first. */
export function keyOwners(tables: Pick<Written['tables'], 'keys'>): readonly KeyOwner[] {
  const named = new Set(['users', 'user_migrations', ...Object.keys(tables.keys)]);
  const owners = [...named].map((table) => ({ table, keys: keyColumnsOf(tables, table) }));
  return [{ table: undefined, keys: keyColumnsOf({ keys: {} }, '') }, ...owners];
}

/** Names of tables in keys, and lists of key columns. */
export function checkKeys(written: Written, document: ConfigDocument, problems: ProblemList): void {
  for (const [table, keys] of Object.entries(written.tables.keys)) {
    checkTableName(['tables', 'keys', table], table, problems);
    const seen = new Set<string>();
    for (const [index, key] of keys.entries()) {
      const path = ['tables', 'keys', table, index];
      if (seen.has(nameKey(key))) {
        problems.add(
          path,
          `${label(path)} repeats ${show(document.written(path) ?? '')}; expected each column once`,
        );
      }
      seen.add(nameKey(key));
    }
  }
  for (const section of ['include', 'exclude', 'rename'] as const) {
    for (const table of Object.keys(written.columns[section])) {
      if (table !== '*') checkTableName(['columns', section, table], table, problems);
    }
  }
}

function checkTableName(path: Path, table: string, problems: ProblemList): void {
  const final = foldTableName(table);
  if (final === table && table !== '') return;
  const expected = final === '' ? "the table's name" : final;
  problems.add(
    path,
    `${label(path)}: tables go by their names in the warehouse here; expected ${expected}`,
    'key',
  );
}

/** Names given under tables.rename and columns.rename. */
export function checkRenames(written: Written, document: ConfigDocument, problems: ProblemList): void {
  const { tables, columns } = written;
  const tableRenames = Object.entries(tables.rename).map(([source, target]) => {
    return { source, target, path: ['tables', 'rename', source] };
  });
  checkTargets(tableRenames, document, problems);
  for (const scope of Object.keys(columns.rename)) {
    const renames = renamesOf(columns, scope);
    checkTargets(renames, document, problems);
    for (const owner of keyOwners(tables)) {
      if (scope === '*' || owner.table === scope) checkKeysStay(owner, columns, renames, problems);
    }
    if (keyOwners(tables).every((owner) => owner.table !== scope)) {
      checkKeysStay({ table: scope, keys: keyColumnsOf(tables, scope) }, columns, renames, problems);
    }
  }
}

interface Rename {
  readonly source: string;
  readonly target: string;
  readonly path: Path;
}

/** The renames that count for a table, those of every table first; a table's own stands before that of `*`. */
export function renamesOf(
  columns: Pick<Written['columns'], 'rename'>,
  table: string | undefined,
): readonly Rename[] {
  const own = table !== undefined && Object.hasOwn(columns.rename, table) ? columns.rename[table] : undefined;
  const every = Object.hasOwn(columns.rename, '*') && table !== '*' ? columns.rename['*'] : undefined;
  const inherited = Object.entries(every ?? {}).filter(
    ([source]) => own === undefined || !Object.hasOwn(own, source),
  );
  return [
    ...inherited.map(([source, target]) => ({ source, target, path: ['columns', 'rename', '*', source] })),
    ...Object.entries(own ?? {}).map(([source, target]) => {
      return { source, target, path: ['columns', 'rename', table ?? '', source] };
    }),
  ];
}

function checkTargets(renames: readonly Rename[], document: ConfigDocument, problems: ProblemList): void {
  const sources = new Map<string, string>();
  for (const { source, target, path } of renames) {
    const shown = show(document.written(path) ?? '');
    const other = sources.get(nameKey(target));
    if (nameKey(target).startsWith(RESERVED_PREFIX)) {
      problems.add(
        path,
        `${label(path)} is ${shown}; expected a name that does not start with ${RESERVED_PREFIX}`,
      );
    } else if (other !== undefined) {
      const both = `${JSON.stringify(other)} and ${JSON.stringify(source)}`;
      problems.add(path, `${label(path)}: ${both} both become ${shown}; expected two different names`);
    }
    sources.set(nameKey(target), source);
  }
}

/** Keys go by final names, so a key column that is renamed away would never be found. */
function checkKeysStay(
  owner: KeyOwner,
  columns: Written['columns'],
  renames: readonly Rename[],
  problems: ProblemList,
): void {
  const effective = renamesOf(columns, owner.table);
  for (const key of owner.keys) {
    const rename = renames.find(({ source }) => nameKey(source) === nameKey(key));
    if (rename === undefined || !effective.some(({ path }) => label(path) === label(rename.path))) continue;
    if (effective.some(({ target }) => nameKey(target) === nameKey(key))) continue;
    const table = owner.table ?? 'tables without a key of their own';
    const message = `renames a key column of ${table}; expected its new name under tables.keys`;
    problems.add(rename.path, `${label(rename.path)} ${message}`, 'key');
  }
}
