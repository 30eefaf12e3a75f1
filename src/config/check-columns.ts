import { nameKey } from '../schema/identifiers.js';
import { type KeyOwner, keyOwners, renamesOf } from './check-names.js';
import { show } from './check-shape.js';
import type { ConfigDocument } from './document.js';
import type { ProblemList } from './problem-list.js';
import { label } from './problems.js';
import { keyColumnsOf, matchesAny } from './selection.js';
import type { Written } from './shape.js';

/** columns.include and columns.exclude: key columns stay, and columns go by their final names. */
export function checkColumnGlobs(written: Written, document: ConfigDocument, problems: ProblemList): void {
  for (const [table, globs] of Object.entries(written.columns.exclude)) {
    const owners = ownersFor(table, written);
    for (const [index, glob] of globs.entries()) {
      const path = ['columns', 'exclude', table, index];
      const hit = firstKeyMatched(glob, owners);
      if (hit === undefined) continue;
      const key = shownKey(hit, document);
      const of = hit.owner.table ?? 'event tables';
      const shown = show(document.written(path) ?? '');
      problems.add(
        path,
        `${label(path)}: ${shown} matches ${key}, a key column of ${of}; expected globs that leave keys in`,
      );
    }
  }
  for (const section of ['include', 'exclude'] as const)
    checkFinalNames(section, written, document, problems);
}

interface KeyHit {
  readonly owner: KeyOwner;
  readonly index: number;
}

function ownersFor(table: string, { tables }: Written): readonly KeyOwner[] {
  return table === '*' ? keyOwners(tables) : [{ table, keys: keyColumnsOf(tables, table) }];
}

function firstKeyMatched(glob: string, owners: readonly KeyOwner[]): KeyHit | undefined {
  for (const owner of owners) {
    const index = owner.keys.findIndex((key) => matchesAny([glob], key));
    if (index >= 0) return { owner, index };
  }
  return undefined;
}

/** A key set in the file may have come from the environment. */
function shownKey({ owner, index }: KeyHit, document: ConfigDocument): string {
  const written = document.written(['tables', 'keys', owner.table ?? '', index]);
  return written ?? owner.keys[index] ?? '';
}

/** Excluding a column by the name it had before `rename` would load what was meant to stay out. */
function checkFinalNames(
  section: 'include' | 'exclude',
  { columns }: Written,
  document: ConfigDocument,
  problems: ProblemList,
): void {
  for (const [table, globs] of Object.entries(columns[section])) {
    const renames = renamesOf(columns, table);
    for (const [index, glob] of globs.entries()) {
      const rename = renames.find(({ source }) => nameKey(source) === nameKey(glob));
      if (rename === undefined || renames.some(({ target }) => matchesAny([glob], target))) continue;
      const path = ['columns', section, table, index];
      const target = show(document.written(rename.path) ?? '');
      const shown = show(document.written(path) ?? '');
      problems.add(
        path,
        `${label(path)}: ${shown} is renamed, and columns go by their new names here; expected ${target}`,
      );
    }
  }
}
