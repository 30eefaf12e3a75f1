import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { losslessCast } from './casts.js';
import { toInstant } from './instants.js';
import { type ModelColumn, type ModelConfig, ModelFailure, type ModelFile } from './types.js';

export interface Converted {
  readonly value: Value;
  readonly rejected: boolean;
}

/** Where one column of a file goes. */
export interface Route {
  /** Place in the file's header. */
  readonly from: number;
  /** {@link fold} of the final column's name. */
  readonly to: string;
  /** The column whose place a variant takes for these rows. */
  readonly insteadOf: string | undefined;
  readonly convert: (value: Value) => Converted;
}

export interface FileRoutes {
  readonly routes: readonly Route[];
  /** Value of `time` for the start date, wherever that column goes. */
  readonly time: ((row: readonly Value[]) => bigint | null) | undefined;
}

/** A final column while a load is worked out. */
interface Known extends ModelColumn {
  /** For a variant column the {@link fold} of the column it stands beside. */
  readonly variantOf: string | undefined;
}

export type KnownColumns = ReadonlyMap<string, Known>;

/** Names are compared without case. */
export function fold(name: string): string {
  return name.toLowerCase();
}

const DEFAULT_TIMESTAMPS = {
  columns: ['time', 'session_time', 'joindate', 'last_modified'],
  as: 'timestamp',
};

/** Rules 5 to 8 for the headers of one load: the columns after it, and the way of every file's values. */
export function routeFiles(
  files: readonly ModelFile[],
  before: KnownColumns,
  table: { readonly name: string; readonly key: readonly string[] },
  config: ModelConfig,
): { readonly columns: KnownColumns; readonly files: readonly FileRoutes[] } {
  const router = new Router(before, table, config);
  return { files: files.map((file) => router.route(file)), columns: router.columns };
}

class Router {
  readonly columns: Map<string, Known>;
  readonly #tableExists: boolean;
  readonly #key: ReadonlySet<string>;
  readonly #excluded: ReadonlySet<string>;
  readonly #timestamps: ReadonlySet<string>;
  readonly #config: ModelConfig;

  constructor(
    before: KnownColumns,
    table: { readonly name: string; readonly key: readonly string[] },
    config: ModelConfig,
  ) {
    this.columns = new Map(before);
    this.#tableExists = before.size > 0;
    this.#key = new Set(table.key.map(fold));
    const excluded = [
      ...(config.excludeColumns?.['*'] ?? []),
      ...(config.excludeColumns?.[table.name] ?? []),
    ];
    this.#excluded = new Set(excluded.map(fold).filter((name) => !this.#key.has(name)));
    const timestamps = config.timestamps ?? DEFAULT_TIMESTAMPS;
    this.#timestamps = new Set(timestamps.as === 'raw' ? [] : timestamps.columns.map(fold));
    this.#config = config;
  }

  route(file: ModelFile): FileRoutes {
    const names = file.columns.map((column) => fold(column.name));
    const loaded = names.filter((name) => !this.#excluded.has(name));
    if (new Set(loaded).size < loaded.length) throw new ModelFailure('NAME_COLLISION');
    if ([...this.#key].some((name) => !names.includes(name))) throw new ModelFailure('KEY_MISSING');
    const routes = file.columns.flatMap((column, from) => {
      const name = fold(column.name);
      return this.#isLoaded(name) ? [{ from, ...this.#routeColumn(column, name) }] : [];
    });
    const timeAt = names.indexOf('time');
    const timeType = file.columns[timeAt]?.type;
    const time = timeType && ((row: readonly Value[]) => toInstant(row[timeAt] ?? null, timeType).micros);
    return { routes, time };
  }

  #isLoaded(name: string): boolean {
    if (this.#excluded.has(name)) return false;
    const { newColumns = 'add' } = this.#config;
    if (!this.#tableExists || this.columns.has(name) || newColumns === 'add') return true;
    if (newColumns === 'fail') throw new ModelFailure('NEW_COLUMN');
    return false;
  }

  #routeColumn(column: ModelColumn, name: string): Omit<Route, 'from'> {
    const isTimestamp = this.#timestamps.has(name);
    const target = this.columns.get(name) ?? this.#newColumn(column, name, isTimestamp);
    if (target.variantOf !== undefined) throw new ModelFailure('NAME_COLLISION');
    if (isTimestamp) {
      const convert = (value: Value): Converted => {
        const { micros, rejected } = toInstant(value, column.type);
        return { value: micros, rejected };
      };
      return { to: name, insteadOf: undefined, convert };
    }
    const cast = losslessCast(column.type, target.type);
    if (cast !== undefined) return { to: name, insteadOf: undefined, convert: accepting(cast) };
    if (this.#key.has(name)) throw new ModelFailure('KEY_TYPE');
    if (this.#config.onTypeChange === 'fail') throw new ModelFailure('TYPE_CHANGED');
    return { insteadOf: name, ...this.#variant(target, column.type, name) };
  }

  #newColumn(column: ModelColumn, name: string, isTimestamp: boolean): Known {
    const type: LogicalType = isTimestamp ? { kind: 'timestamp' } : column.type;
    const canBeKey = type.kind !== 'json' && type.kind !== 'float64';
    if (this.#key.has(name) && !canBeKey) throw new ModelFailure('KEY_TYPE');
    const known = { name: column.name, type, variantOf: undefined };
    this.columns.set(name, known);
    return known;
  }

  #variant(target: ModelColumn, type: LogicalType, origin: string): Pick<Route, 'to' | 'convert'> {
    for (const name of variantNames(target.name, type)) {
      const to = fold(name);
      const known = this.columns.get(to) ?? { name, type, variantOf: origin };
      if (known.variantOf !== origin) throw new ModelFailure('NAME_COLLISION');
      const cast = losslessCast(type, known.type);
      if (cast === undefined) continue;
      this.columns.set(to, known);
      return { to, convert: accepting(cast) };
    }
    throw new ModelFailure('TYPE_CHANGED');
  }
}

/** A decimal that fits no earlier decimal variant gets one that names its size. */
function variantNames(column: string, type: LogicalType): readonly string[] {
  const name = `${column}__${type.kind}`;
  return type.kind === 'decimal' ? [name, `${name}_${type.precision}_${type.scale}`] : [name];
}

function accepting(cast: (value: Value) => Value): (value: Value) => Converted {
  return (value) => ({ value: cast(value), rejected: false });
}
