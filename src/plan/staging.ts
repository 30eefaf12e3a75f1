import { createHash } from 'node:crypto';
import { canReject } from '../schema/conversions.js';
import type { Conversion } from '../schema/conversions.js';
import { STAGING_PREFIX, nameKey } from '../schema/identifiers.js';
import { type LogicalType, typeName } from '../schema/logical-types.js';
import type { LoadRef } from './schedule-types.js';
import type { AssignedColumn, ColumnDefinition, FileRange, FinalColumn, Publish, Source } from './steps.js';

/**
 * The staging table of a load in the run that holds the lease under `token`. No two runs share one: what a run that
 * was thought dead still has under way cannot reach the rows of the run that took over.
 */
export function stagingName(load: LoadRef, token: bigint, maxLength: number): string {
  return nameOf('', load, token, maxLength);
}

/** The staging table that becomes the final one. */
export function candidateName(load: LoadRef, token: bigint, maxLength: number): string {
  return nameOf('table_', load, token, maxLength);
}

/** The staging table of a load's list of files. */
export function fileListName(load: LoadRef, token: bigint, maxLength: number): string {
  return nameOf('files_', load, token, maxLength);
}

/** `what`: what it holds; empty: what decides about rows, or all of them. */
function nameOf(what: string, load: LoadRef, token: bigint, maxLength: number): string {
  const name = `${STAGING_PREFIX}${what}${token.toString()}_${load.dumpId.toString()}_${load.table}`;
  if (name.length <= maxLength) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, maxLength - hash.length - 1)}_${hash}`;
}

/** Collects, file by file, the staged columns of a load and what the final columns take from them. */
export class StagingLayout {
  readonly #staged: ColumnDefinition[] = [];
  readonly #places = new Map<string, number>();
  readonly #assigned = new Map<
    string,
    { column: FinalColumn; sources: Map<string, Source>; keptFor: number[] }
  >();

  /** The place of the staged column for values of `type` on their way to `column`; made when first asked for. */
  place(column: string, type: LogicalType): number {
    const identity = `${nameKey(column)} ${typeName(type)}`;
    const known = this.#places.get(identity);
    if (known !== undefined) return known;
    const place = this.#staged.length;
    this.#staged.push({ name: this.#freeName(column, type), type });
    this.#places.set(identity, place);
    return place;
  }

  /** Notes that `column` takes the values of a staged place. */
  assign(column: FinalColumn, place: number, conversion: Conversion): Source {
    const source = this.source(place, conversion);
    this.#assignment(column).sources.set(source.staged, source);
    return source;
  }

  /** Notes that rows of a file leave `column` alone on update, because their value went to a variant column. */
  keep(column: FinalColumn, fileIndex: number): void {
    this.#assignment(column).keptFor.push(fileIndex);
  }

  source(place: number, conversion: Conversion): Source {
    const staged = this.#staged[place];
    if (staged === undefined) throw new Error(`no staged column at ${place}`);
    return { staged: staged.name, from: staged.type, conversion };
  }

  staged(): readonly ColumnDefinition[] {
    return this.#staged;
  }

  /**
   * Columns that some file of the load has, in the order given. One whose values all went to a variant column has
   * no source: its rows keep it where they were diverted, and lose it where their file lacks it (rules 5 and 14).
   */
  assigned(order: readonly string[]): readonly AssignedColumn[] {
    return order.flatMap((name) => {
      const entry = this.#assigned.get(nameKey(name));
      if (entry === undefined) return [];
      return [{ ...entry.column, sources: [...entry.sources.values()], keptFor: ranges(entry.keptFor) }];
    });
  }

  #assignment(column: FinalColumn): { column: FinalColumn; sources: Map<string, Source>; keptFor: number[] } {
    const key = nameKey(column.name);
    const entry = this.#assigned.get(key) ?? { column, sources: new Map<string, Source>(), keptFor: [] };
    this.#assigned.set(key, entry);
    return entry;
  }

  #freeName(column: string, type: LogicalType): string {
    const taken = new Set(this.#staged.map((staged) => nameKey(staged.name)));
    let name = taken.has(nameKey(column)) ? `${column}__${type.kind}` : column;
    for (let n = 2; taken.has(nameKey(name)); n += 1) name = `${column}__${type.kind}_${n}`;
    return name;
  }
}

/** Sources of assigned columns that can hold a value their column cannot take. */
export function rejectableSources(
  columns: readonly AssignedColumn[],
): readonly { readonly column: string; readonly source: Source }[] {
  return columns.flatMap((column) =>
    column.sources
      .filter((source) => canReject(source.conversion))
      .map((source) => ({ column: column.name, source })),
  );
}

/** What decides about the rows of a load. */
export type Decided = Pick<Publish, 'keys' | 'columns' | 'rejectable' | 'startFilter'>;

/** Staged columns that decide about rows: of keys, of values that may be refused, of the start date. */
export function decidingColumns(
  decided: Decided,
  staged: readonly ColumnDefinition[],
): readonly ColumnDefinition[] {
  const rejectable = decided.rejectable.map(({ source }) => source.staged);
  const names = new Set([...choosing(decided), ...rejectable]);
  return staged.filter((column) => names.has(column.name));
}

/**
 * The one column that takes the values of a deciding staged column, and from no other, where nothing else is decided by
 * them; then a value was refused only where that column has none.
 */
export function refusedBy(decided: Decided, staged: string): string | undefined {
  if (choosing(decided).has(staged)) return undefined;
  const takers = decided.columns.filter(({ sources }) => sources.some((source) => source.staged === staged));
  const [taker] = takers;
  return takers.length === 1 && taker?.sources.length === 1 ? taker.name : undefined;
}

/** Staged columns, by name, by which rows are chosen: of keys and of the start date. */
function choosing({ keys, columns, startFilter }: Decided): ReadonlySet<string> {
  const names = new Set(keys.map(nameKey));
  const sources = [
    ...columns.filter((column) => names.has(nameKey(column.name))).flatMap((column) => column.sources),
    ...(startFilter?.sources ?? []),
  ];
  return new Set(sources.map((source) => source.staged));
}

/** Ascending indexes as ranges, so that thousands of files stay a few terms of SQL. */
function ranges(indexes: readonly number[]): readonly FileRange[] {
  const result: { first: number; last: number }[] = [];
  for (const index of indexes) {
    const open = result.at(-1);
    if (open?.last === index - 1) open.last = index;
    else if (open?.last !== index) result.push({ first: index, last: index });
  }
  return result;
}
