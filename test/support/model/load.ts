import type { Value } from '../../../src/schema/values.js';
import { type FileRoutes, type KnownColumns, fold, routeFiles } from './columns.js';
import type { LoadCounts, ModelConfig, ModelFile, ModelReject, ModelTable } from './types.js';

/** A row of a final table: {@link fold} of a column's name → its value; a column without an entry is NULL. */
export interface StoredRow {
  readonly values: ReadonlyMap<string, Value>;
  readonly dump: bigint;
}

export interface TableContent {
  readonly columns: KnownColumns;
  readonly rows: ReadonlyMap<string, StoredRow>;
}

export interface LoadInputs {
  readonly dump: bigint;
  readonly entry: ModelTable;
  readonly key: readonly string[];
  readonly content: TableContent;
  readonly config: ModelConfig;
}

export interface LoadOutcome {
  readonly content: TableContent;
  readonly counts: LoadCounts;
  readonly rejects: readonly ModelReject[];
}

/** Text that differs for any two different keys. */
export function rowKey(values: readonly Value[]): string {
  return JSON.stringify(
    values.map((value) => {
      if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
      return `${typeof value} ${String(value)}`;
    }),
  );
}

/** Rules 3 to 7, 9 and 11: one load onto what the table holds. Throws `ModelFailure` when it cannot be done. */
export function applyLoad(inputs: LoadInputs): LoadOutcome {
  const { dump, entry, config, content } = inputs;
  const routed = routeFiles(entry.files, content.columns, { name: entry.name, key: inputs.key }, config);
  const staged = entry.files.flatMap((file, index) => stageFile(file, index, routed.files[index], inputs));
  const rejects = staged.flatMap((row) => row.rejects);
  const keyed = staged.filter((row) => row.key !== undefined);
  const timely = keyed.filter((row) => !row.isEarly);
  // A later row of the same key takes the place of an earlier one.
  const winners = new Map(timely.map((row) => [row.key ?? '', row]));
  const rows = new Map(entry.incremental ? content.rows : []);
  const counts = { inserted: 0, updated: 0 };
  const presence = columnsOfLoad(routed.files);
  for (const [key, row] of winners) {
    const old = rows.get(key);
    if (old !== undefined && old.dump > dump) continue;
    counts[old === undefined ? 'inserted' : 'updated'] += 1;
    rows.set(key, { dump, values: merged(old, row, presence) });
  }
  const rejectedRows = staged.length - keyed.length;
  const filtered = keyed.length - timely.length;
  return {
    content: { columns: routed.columns, rows },
    rejects,
    counts: {
      rowsRead: staged.length,
      ...counts,
      unchanged: staged.length - rejectedRows - filtered - counts.inserted - counts.updated,
      filtered,
      rejectedRows,
      rejectedValues: rejects.filter((reject) => reject.kind === 'value').length,
    },
  };
}

interface StagedRow {
  /** Undefined: a key column is NULL. */
  readonly key: string | undefined;
  readonly isEarly: boolean;
  readonly values: ReadonlyMap<string, Value>;
  /** Columns that stay as they are on update, because a variant took the value. */
  readonly untouched: ReadonlySet<string>;
  readonly rejects: readonly ModelReject[];
}

function stageFile(
  file: ModelFile,
  fileIndex: number,
  routes: FileRoutes | undefined,
  inputs: LoadInputs,
): readonly StagedRow[] {
  if (routes === undefined) return [];
  const untouched = new Set(routes.routes.flatMap((route) => route.insteadOf ?? []));
  return file.rows.map((raw, row) => {
    const place = { dump: inputs.dump, file: fileIndex, row };
    const rejects: ModelReject[] = [];
    const values = new Map<string, Value>();
    for (const route of routes.routes) {
      const rawValue = raw[route.from] ?? null;
      const { value, rejected } = route.convert(rawValue);
      values.set(route.to, value);
      if (rejected) rejects.push({ ...place, kind: 'value', column: route.to, raw: rawValue });
    }
    const key = inputs.key.map((name) => values.get(fold(name)) ?? null);
    const hasKey = !key.includes(null);
    if (!hasKey) rejects.push({ ...place, kind: 'row', column: undefined, raw: undefined });
    const time = routes.time?.(raw) ?? null;
    return {
      key: hasKey ? rowKey(key) : undefined,
      isEarly: isEarly(time, inputs),
      values,
      untouched,
      rejects,
    };
  });
}

const NEVER_FILTERED: ReadonlySet<string> = new Set(['users', 'user_migrations']);

function isEarly(time: bigint | null, { config, entry }: LoadInputs): boolean {
  if (config.startDate === undefined || NEVER_FILTERED.has(entry.name)) return false;
  return time !== null && time < config.startDate;
}

/** Final columns that some file of the load has, judged by the headers: also those whose values went to a variant. */
function columnsOfLoad(routes: readonly FileRoutes[]): ReadonlySet<string> {
  return new Set(
    routes.flatMap((file) => file.routes.flatMap((route) => [route.to, route.insteadOf ?? route.to])),
  );
}

function merged(
  old: StoredRow | undefined,
  row: StagedRow,
  presence: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  const values = new Map(old?.values ?? []);
  for (const name of presence) {
    if (!row.untouched.has(name)) values.set(name, row.values.get(name) ?? null);
  }
  return values;
}
